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

const registeredBy = "registry.mlflow-operator.io/registered-by"

func TestAVersionIsRegisteredWithAllFields(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name, run := w.createModel(), w.createRun()
		created := requireValue(w.client.CreateModelVersion(w.Context(), name, mlflow.CreateModelVersionRequest{
			Source: "runs:/" + run.RunID + "/model", RunID: run.RunID, Description: "Of April",
			Tags: map[string]string{registeredBy: "cluster/news/april/0b1c", "trained on": "news", "human_rating": "4.20"},
		}))(w)
		want := &entities.ModelVersion{
			Name: name, Version: "1", CurrentStage: entities.StageNone, Description: "Of April",
			Source: "runs:/" + run.RunID + "/model", RunID: run.RunID, Status: entities.StatusReady,
			Tags:              map[string]string{registeredBy: "cluster/news/april/0b1c", "trained on": "news", "human_rating": "4.20"},
			CreationTimestamp: created.CreationTimestamp, LastUpdatedTimestamp: created.CreationTimestamp,
		}
		for what, shown := range map[string]*entities.ModelVersion{
			"created": created, "read": w.getVersion(name, "1"), "newest": w.getModel(name).NewestVersion(),
		} {
			if diff := cmp.Diff(want, shown); diff != "" {
				w.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
	})
}

func TestAVersionIsRegisteredFromALoggedModel(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		if byGeneration(w, false, true) {
			return // the second generation has no logged models: see TestLoggedModelsSinceMLflow3
		}
		run := w.createRun()
		logged := requireValue(w.user.CreateLoggedModel(w.Context(), "0", run.RunID))(w)
		created := requireValue(w.client.CreateModelVersion(w.Context(), w.createModel(), mlflow.CreateModelVersionRequest{
			Source: "models:/" + logged.ModelID, LoggedModelID: logged.ModelID,
		}))(w)
		if created.LoggedModelID() != logged.ModelID || created.RunID != run.RunID {
			w.Errorf("got %+v", created)
		}
		created = requireValue(w.client.CreateModelVersion(w.Context(), w.createModel(), mlflow.CreateModelVersionRequest{
			Source: "models:/" + logged.ModelID, LoggedModelID: logged.ModelID, RunID: run.RunID,
		}))(w)
		if created.LoggedModelID() != logged.ModelID || created.RunID != run.RunID {
			w.Errorf("with its run: got %+v", created)
		}
	})
}

func TestRejectedRegistrations(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), w.createModel()
		_, err := w.client.CreateModelVersion(ctx, newName("absent"), mlflow.CreateModelVersionRequest{Source: "s3://bucket/m"})
		w.requireKind(err, mlflow.ErrNotFound)
		_, err = w.client.CreateModelVersion(ctx, name, mlflow.CreateModelVersionRequest{Source: "file:///tmp/model"})
		w.requireKind(err, mlflow.ErrInvalidParameter)
		_, err = w.client.CreateModelVersion(ctx, name, mlflow.CreateModelVersionRequest{Source: "s3://bucket/../m"})
		w.requireKind(err, mlflow.ErrInvalidParameter)
		if newest := w.getModel(name).NewestVersion(); newest != nil {
			w.Errorf("registered %+v", newest)
		}
	})
}

// What was registered is found by the end of a tag, whatever comes before it.
func TestAVersionIsFoundByTheSuffixOfItsOwnerTag(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name, other := w.createModel(), w.createModel()
		const uid = "6f2d7a0e-1b8c-4c55-9a3e-0d9c1f1f4b6a"
		for _, v := range []mlflowtest.VersionSpec{
			{Name: name, Source: "s3://b/1", Tags: map[string]string{registeredBy: "cluster/news/april/" + uid}},
			{Name: name, Source: "s3://b/2", Tags: map[string]string{registeredBy: "cluster/news/may/" + uid[:35] + "b"}},
			{Name: name, Source: "s3://b/3", Tags: map[string]string{"note": "cluster/news/april/" + uid}},
			{Name: name, Source: "s3://b/4"},
			{Name: other, Source: "s3://b/1", Tags: map[string]string{registeredBy: "cluster/news/april/" + uid}},
			{Name: name, Source: "s3://b/5", Tags: map[string]string{registeredBy: "moved/news/april/" + uid}},
		} {
			w.createVersion(v)
		}
		byName := requireValue(mlflow.FilterEquals("name", name))(w)
		marked := requireValue(mlflow.FilterTagSuffix(registeredBy, "/"+uid))(w)
		numbers := w.searchVersionNumbers(byName+" and "+marked, "version_number ASC")
		if diff := cmp.Diff([]string{"1", "5"}, numbers); diff != "" {
			w.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestTheDescriptionOfAVersion(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), w.createModelWithVersions(1)
		before := w.getVersion(name, "1")
		w.requireNoError(w.client.UpdateModelVersion(ctx, name, "1", "Of April"))
		after := w.getVersion(name, "1")
		if after.Description != "Of April" || after.LastUpdatedTimestamp <= before.LastUpdatedTimestamp {
			w.Errorf("got %+v", after)
		}
		if newest := w.getModel(name).NewestVersion(); newest.Description != "Of April" {
			w.Errorf("the newest version of the model is %+v", newest)
		}
		w.requireNoError(w.client.UpdateModelVersion(ctx, name, "1", ""))
		if after = w.getVersion(name, "1"); after.Description != "" {
			w.Errorf("got %+v", after)
		}
		w.requireKind(w.client.UpdateModelVersion(ctx, name, "9", "text"), mlflow.ErrNotFound)
	})
}

func TestATagOfAVersionIsRemoved(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), w.createModelWithVersions(1)
		w.requireNoError(w.client.SetModelVersionTag(ctx, name, "1", "k", "v"))
		w.requireNoError(w.client.SetModelVersionTag(ctx, name, "1", "K", "other"))
		w.requireNoError(w.client.DeleteModelVersionTag(ctx, name, "1", "k"))
		w.requireNoError(w.client.DeleteModelVersionTag(ctx, name, "1", "k")) // what is not there is no error
		if diff := cmp.Diff(map[string]string{"K": "other"}, w.getVersion(name, "1").Tags); diff != "" {
			w.Errorf("tags (-want +got):\n%s", diff)
		}
		w.requireKind(w.client.DeleteModelVersionTag(ctx, name, "9", "k"), mlflow.ErrNotFound)
	})
}

func TestAVersionIsDeleted(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), w.createModelWithVersions(2)
		before := w.getModel(name)
		w.requireNoError(w.client.DeleteModelVersion(ctx, name, "2"))
		w.requireKind(w.client.DeleteModelVersion(ctx, name, "2"), mlflow.ErrNotFound)
		if after := w.getModel(name); after.NewestVersion().Version != "1" || after.LastUpdatedTimestamp <= before.LastUpdatedTimestamp {
			w.Errorf("got %+v", after)
		}
		created := requireValue(w.client.CreateModelVersion(ctx, name, mlflow.CreateModelVersionRequest{Source: "s3://bucket/m"}))(w)
		if created.Version != "3" {
			w.Errorf("the next version is %s", created.Version)
		}
	})
}

func TestAVersionIsArchived(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), w.createModelWithVersions(1)
		for range 2 { // once more is no error
			w.requireNoError(w.client.TransitionModelVersionStage(ctx, name, "1", entities.StageArchived, false))
		}
		if stage := w.getVersion(name, "1").CurrentStage; stage != entities.StageArchived {
			w.Errorf("it is in stage %s", stage)
		}
	})
}
