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

func TestAVersionComesBackAsCreated(t *testing.T) {
	everywhere(t, func(w *world) {
		name, before := w.model(), int64(0)
		before = int64(w.read(name).LastUpdatedTimestamp)
		number := w.add(mlflowtest.VersionSpec{
			Name: name, Source: "s3://bucket/x", RunID: "claimed", Tags: map[string]string{"validated": "true"},
		})
		read := w.readVersion(name, number)
		want := &entities.ModelVersion{
			Name: name, Version: "1", CurrentStage: entities.StageNone, Source: "s3://bucket/x", RunID: "claimed",
			Status: entities.StatusReady, Tags: map[string]string{"validated": "true"},
			CreationTimestamp: read.CreationTimestamp, LastUpdatedTimestamp: read.CreationTimestamp,
		}
		if diff := cmp.Diff(want, read); diff != "" {
			w.Errorf("(-want +got):\n%s", diff)
		}
		model := w.read(name)
		if int64(model.LastUpdatedTimestamp) <= before || model.LastUpdatedTimestamp != read.CreationTimestamp {
			w.Errorf("model updated %d, then %d; version created %d", before, model.LastUpdatedTimestamp, read.CreationTimestamp)
		}
		if diff := cmp.Diff(want, model.Newest()); diff != "" {
			w.Errorf("newest (-want +got):\n%s", diff)
		}
	})
}

func TestAMissingVersionIsNotFound(t *testing.T) {
	everywhere(t, func(w *world) {
		ctx, name := w.Context(), w.modelWith(1)
		_, err := w.client.GetModelVersion(ctx, name, "9")
		w.is(err, mlflow.ErrNotFound)
		_, err = w.client.GetModelVersion(ctx, fresh("absent"), "1")
		w.is(err, mlflow.ErrNotFound)
		w.is(w.client.TransitionModelVersionStage(ctx, name, "9", "Staging", false), mlflow.ErrNotFound)
		_, err = w.people.CreateVersion(ctx, versionOf(fresh("absent")))
		w.refused(err, 404, "RESOURCE_DOES_NOT_EXIST", "")
	})
}

func TestAVersionIsANumberInAString(t *testing.T) {
	everywhere(t, func(w *world) {
		ctx, name := w.Context(), w.modelWith(1)
		err := w.people.Do(ctx, "GET", "model-versions/get", map[string]any{"name": name, "version": "abc"}, nil)
		w.refused(err, 400, "INVALID_PARAMETER_VALUE", "must be an integer, got 'abc'")
		err = w.people.Do(ctx, "POST", "registered-models/alias", map[string]any{"name": name, "alias": "a", "version": 1}, nil)
		w.refused(err, 400, "INVALID_PARAMETER_VALUE", "Invalid value 1 for parameter 'version'")
	})
}

func TestADeletedVersionIsGoneAndItsNumberStaysTaken(t *testing.T) {
	everywhere(t, func(w *world) {
		ctx, name := w.Context(), w.modelWith(2)
		before := w.read(name)
		w.must(w.client.DeleteModelVersion(ctx, name, "2"))
		_, err := w.client.GetModelVersion(ctx, name, "2")
		w.is(err, mlflow.ErrNotFound)
		w.is(w.client.SetModelVersionTag(ctx, name, "2", "k", "v"), mlflow.ErrNotFound)
		w.is(w.client.DeleteModelVersion(ctx, name, "2"), mlflow.ErrNotFound)
		after := w.read(name)
		if after.Newest().Version != "1" || after.LastUpdatedTimestamp <= before.LastUpdatedTimestamp {
			w.Errorf("got %+v", after)
		}
		if number := w.add(versionOf(name)); number != "3" {
			w.Errorf("the next version is %s", number)
		}
	})
}

func TestAVersionsDescription(t *testing.T) {
	everywhere(t, func(w *world) {
		name := w.modelWith(1)
		w.must(w.people.DescribeVersion(w.Context(), name, "1", "text"))
		w.must(w.people.DescribeVersion(w.Context(), name, "1", ""))
		w.refused(w.people.DescribeVersion(w.Context(), name, "9", "text"), 404, "RESOURCE_DOES_NOT_EXIST", "")
	})
}

func TestManyCreatesGetManyNumbers(t *testing.T) {
	everywhere(t, func(w *world) {
		name, numbers := w.model(), make(chan string)
		for range 5 {
			go func() {
				number, _ := w.people.CreateVersion(w.Context(), versionOf(name))
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
