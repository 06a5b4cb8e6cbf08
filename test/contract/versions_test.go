// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

func TestAVersionIsReturnedAsCreated(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name, before := e.createModel(), int64(0)
		before = int64(e.getModel(name).LastUpdatedTimestamp)
		number := e.createVersion(mlflowtest.VersionSpec{
			Name: name, Source: "s3://bucket/x", RunID: "claimed", Tags: map[string]string{"validated": "true"},
		})
		read := e.getVersion(name, number)
		want := &entities.ModelVersion{
			Name: name, Version: "1", CurrentStage: entities.StageNone, Source: "s3://bucket/x", RunID: "claimed",
			Status: entities.StatusReady, Tags: map[string]string{"validated": "true"},
			CreationTimestamp: read.CreationTimestamp, LastUpdatedTimestamp: read.CreationTimestamp,
		}
		if diff := cmp.Diff(want, read); diff != "" {
			e.Errorf("(-want +got):\n%s", diff)
		}
		model := e.getModel(name)
		if int64(model.LastUpdatedTimestamp) <= before || model.LastUpdatedTimestamp != read.CreationTimestamp {
			e.Errorf("model updated %d, then %d; version created %d", before, model.LastUpdatedTimestamp, read.CreationTimestamp)
		}
		if diff := cmp.Diff(want, model.NewestVersion()); diff != "" {
			e.Errorf("newest (-want +got):\n%s", diff)
		}
	})
}

func TestAMissingVersionIsNotFound(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), e.createModelWithVersions(1)
		_, err := e.client.GetModelVersion(ctx, name, "9")
		e.requireKind(err, mlflow.ErrNotFound)
		_, err = e.client.GetModelVersion(ctx, newName("absent"), "1")
		e.requireKind(err, mlflow.ErrNotFound)
		e.requireKind(e.client.TransitionModelVersionStage(ctx, name, "9", "Staging", false), mlflow.ErrNotFound)
		_, err = e.user.CreateVersion(ctx, newVersionSpec(newName("absent")))
		e.requireRejected(err, 404, "RESOURCE_DOES_NOT_EXIST", "")
	})
}

func TestAVersionIsANumberInAString(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), e.createModelWithVersions(1)
		err := e.user.CallEndpoint(ctx, "GET", "model-versions/get", map[string]any{"name": name, "version": "abc"}, nil)
		e.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", "must be an integer, got 'abc'")
		err = e.user.CallEndpoint(ctx, "POST", "registered-models/alias", map[string]any{"name": name, "alias": "a", "version": 1}, nil)
		e.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", "Invalid value 1 for parameter 'version'")
	})
}

func TestADeletedVersionsNumberIsNotReused(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), e.createModelWithVersions(2)
		before := e.getModel(name)
		e.requireNoError(e.client.DeleteModelVersion(ctx, name, "2"))
		_, err := e.client.GetModelVersion(ctx, name, "2")
		e.requireKind(err, mlflow.ErrNotFound)
		e.requireKind(e.client.SetModelVersionTag(ctx, name, "2", "k", "v"), mlflow.ErrNotFound)
		e.requireKind(e.client.DeleteModelVersion(ctx, name, "2"), mlflow.ErrNotFound)
		after := e.getModel(name)
		if after.NewestVersion().Version != "1" || after.LastUpdatedTimestamp <= before.LastUpdatedTimestamp {
			e.Errorf("got %+v", after)
		}
		if number := e.createVersion(newVersionSpec(name)); number != "3" {
			e.Errorf("the next version is %s", number)
		}
	})
}

func TestAVersionsDescription(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name := e.createModelWithVersions(1)
		e.requireNoError(e.user.SetVersionDescription(e.Context(), name, "1", "text"))
		e.requireNoError(e.user.SetVersionDescription(e.Context(), name, "1", ""))
		e.requireRejected(e.user.SetVersionDescription(e.Context(), name, "9", "text"), 404, "RESOURCE_DOES_NOT_EXIST", "")
	})
}

func TestConcurrentCreatesGetDistinctNumbers(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name, numbers := e.createModel(), make(chan string)
		for range 5 {
			go func() {
				number, _ := e.user.CreateVersion(e.Context(), newVersionSpec(name))
				numbers <- number
			}()
		}
		seen := map[string]bool{}
		for range 5 {
			seen[<-numbers] = true
		}
		if diff := cmp.Diff(map[string]bool{"1": true, "2": true, "3": true, "4": true, "5": true}, seen); diff != "" {
			e.Errorf("(-want +got):\n%s", diff)
		}
	})
}
