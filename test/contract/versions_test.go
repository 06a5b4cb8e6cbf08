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
	forEachOpenServer(t, func(w *env) {
		name, before := w.createModel(), int64(0)
		before = int64(w.getModel(name).LastUpdatedTimestamp)
		number := w.createVersion(mlflowtest.VersionSpec{
			Name: name, Source: "s3://bucket/x", RunID: "claimed", Tags: map[string]string{"validated": "true"},
		})
		read := w.getVersion(name, number)
		want := &entities.ModelVersion{
			Name: name, Version: "1", CurrentStage: entities.StageNone, Source: "s3://bucket/x", RunID: "claimed",
			Status: entities.StatusReady, Tags: map[string]string{"validated": "true"},
			CreationTimestamp: read.CreationTimestamp, LastUpdatedTimestamp: read.CreationTimestamp,
		}
		if diff := cmp.Diff(want, read); diff != "" {
			w.Errorf("(-want +got):\n%s", diff)
		}
		model := w.getModel(name)
		if int64(model.LastUpdatedTimestamp) <= before || model.LastUpdatedTimestamp != read.CreationTimestamp {
			w.Errorf("model updated %d, then %d; version created %d", before, model.LastUpdatedTimestamp, read.CreationTimestamp)
		}
		if diff := cmp.Diff(want, model.NewestVersion()); diff != "" {
			w.Errorf("newest (-want +got):\n%s", diff)
		}
	})
}

func TestAMissingVersionIsNotFound(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), w.createModelWithVersions(1)
		_, err := w.client.GetModelVersion(ctx, name, "9")
		w.requireKind(err, mlflow.ErrNotFound)
		_, err = w.client.GetModelVersion(ctx, newName("absent"), "1")
		w.requireKind(err, mlflow.ErrNotFound)
		w.requireKind(w.client.TransitionModelVersionStage(ctx, name, "9", "Staging", false), mlflow.ErrNotFound)
		_, err = w.user.CreateVersion(ctx, newVersionSpec(newName("absent")))
		w.requireRejected(err, 404, "RESOURCE_DOES_NOT_EXIST", "")
	})
}

func TestAVersionIsANumberInAString(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), w.createModelWithVersions(1)
		err := w.user.CallEndpoint(ctx, "GET", "model-versions/get", map[string]any{"name": name, "version": "abc"}, nil)
		w.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", "must be an integer, got 'abc'")
		err = w.user.CallEndpoint(ctx, "POST", "registered-models/alias", map[string]any{"name": name, "alias": "a", "version": 1}, nil)
		w.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", "Invalid value 1 for parameter 'version'")
	})
}

func TestADeletedVersionsNumberIsNotReused(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), w.createModelWithVersions(2)
		before := w.getModel(name)
		w.requireNoError(w.client.DeleteModelVersion(ctx, name, "2"))
		_, err := w.client.GetModelVersion(ctx, name, "2")
		w.requireKind(err, mlflow.ErrNotFound)
		w.requireKind(w.client.SetModelVersionTag(ctx, name, "2", "k", "v"), mlflow.ErrNotFound)
		w.requireKind(w.client.DeleteModelVersion(ctx, name, "2"), mlflow.ErrNotFound)
		after := w.getModel(name)
		if after.NewestVersion().Version != "1" || after.LastUpdatedTimestamp <= before.LastUpdatedTimestamp {
			w.Errorf("got %+v", after)
		}
		if number := w.createVersion(newVersionSpec(name)); number != "3" {
			w.Errorf("the next version is %s", number)
		}
	})
}

func TestAVersionsDescription(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name := w.createModelWithVersions(1)
		w.requireNoError(w.user.SetVersionDescription(w.Context(), name, "1", "text"))
		w.requireNoError(w.user.SetVersionDescription(w.Context(), name, "1", ""))
		w.requireRejected(w.user.SetVersionDescription(w.Context(), name, "9", "text"), 404, "RESOURCE_DOES_NOT_EXIST", "")
	})
}

func TestConcurrentCreatesGetDistinctNumbers(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name, numbers := w.createModel(), make(chan string)
		for range 5 {
			go func() {
				number, _ := w.user.CreateVersion(w.Context(), newVersionSpec(name))
				numbers <- number
			}()
		}
		seen := map[string]bool{}
		for range 5 {
			seen[<-numbers] = true
		}
		if diff := cmp.Diff(map[string]bool{"1": true, "2": true, "3": true, "4": true, "5": true}, seen); diff != "" {
			w.Errorf("(-want +got):\n%s", diff)
		}
	})
}
