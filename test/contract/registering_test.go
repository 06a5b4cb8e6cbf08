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

func TestAVersionIsRegisteredWithAllThatIsSaidOfIt(t *testing.T) {
	everywhere(t, func(w *world) {
		name, run := w.model(), w.run()
		created := got(w.client.CreateModelVersion(w.Context(), name, mlflow.NewModelVersion{
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
			"created": created, "read": w.readVersion(name, "1"), "newest": w.read(name).Newest(),
		} {
			if diff := cmp.Diff(want, shown); diff != "" {
				w.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
	})
}

func TestAVersionIsRegisteredFromALoggedModel(t *testing.T) {
	everywhere(t, func(w *world) {
		if per(w, false, true) {
			return // the second generation has no logged models: see TestLoggedModelsAreOfTheThirdGeneration
		}
		run := w.run()
		logged := got(w.people.CreateLoggedModel(w.Context(), "0", run.RunID))(w)
		created := got(w.client.CreateModelVersion(w.Context(), w.model(), mlflow.NewModelVersion{
			Source: "models:/" + logged.ModelID, LoggedModelID: logged.ModelID,
		}))(w)
		if created.LoggedModelID() != logged.ModelID || created.RunID != run.RunID {
			w.Errorf("got %+v", created)
		}
		created = got(w.client.CreateModelVersion(w.Context(), w.model(), mlflow.NewModelVersion{
			Source: "models:/" + logged.ModelID, LoggedModelID: logged.ModelID, RunID: run.RunID,
		}))(w)
		if created.LoggedModelID() != logged.ModelID || created.RunID != run.RunID {
			w.Errorf("with its run: got %+v", created)
		}
	})
}

func TestARegistrationThatIsRefused(t *testing.T) {
	everywhere(t, func(w *world) {
		ctx, name := w.Context(), w.model()
		_, err := w.client.CreateModelVersion(ctx, fresh("absent"), mlflow.NewModelVersion{Source: "s3://bucket/m"})
		w.is(err, mlflow.ErrNotFound)
		_, err = w.client.CreateModelVersion(ctx, name, mlflow.NewModelVersion{Source: "file:///tmp/model"})
		w.is(err, mlflow.ErrInvalidParameter)
		_, err = w.client.CreateModelVersion(ctx, name, mlflow.NewModelVersion{Source: "s3://bucket/../m"})
		w.is(err, mlflow.ErrInvalidParameter)
		if newest := w.read(name).Newest(); newest != nil {
			w.Errorf("registered %+v", newest)
		}
	})
}

// What was registered is found by the end of a tag, whatever comes before it.
func TestAVersionIsFoundByTheEndOfItsMark(t *testing.T) {
	everywhere(t, func(w *world) {
		name, other := w.model(), w.model()
		const uid = "6f2d7a0e-1b8c-4c55-9a3e-0d9c1f1f4b6a"
		for _, v := range []mlflowtest.VersionSpec{
			{Name: name, Source: "s3://b/1", Tags: map[string]string{registeredBy: "cluster/news/april/" + uid}},
			{Name: name, Source: "s3://b/2", Tags: map[string]string{registeredBy: "cluster/news/may/" + uid[:35] + "b"}},
			{Name: name, Source: "s3://b/3", Tags: map[string]string{"note": "cluster/news/april/" + uid}},
			{Name: name, Source: "s3://b/4"},
			{Name: other, Source: "s3://b/1", Tags: map[string]string{registeredBy: "cluster/news/april/" + uid}},
			{Name: name, Source: "s3://b/5", Tags: map[string]string{registeredBy: "moved/news/april/" + uid}},
		} {
			w.add(v)
		}
		byName := got(mlflow.FilterEquals("name", name))(w)
		marked := got(mlflow.FilterTagSuffix(registeredBy, "/"+uid))(w)
		numbers := w.versionNumbers(byName+" and "+marked, "version_number ASC")
		if diff := cmp.Diff([]string{"1", "5"}, numbers); diff != "" {
			w.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestTheDescriptionOfAVersion(t *testing.T) {
	everywhere(t, func(w *world) {
		ctx, name := w.Context(), w.modelWith(1)
		before := w.readVersion(name, "1")
		w.must(w.client.UpdateModelVersion(ctx, name, "1", "Of April"))
		after := w.readVersion(name, "1")
		if after.Description != "Of April" || after.LastUpdatedTimestamp <= before.LastUpdatedTimestamp {
			w.Errorf("got %+v", after)
		}
		if newest := w.read(name).Newest(); newest.Description != "Of April" {
			w.Errorf("the newest version of the model is %+v", newest)
		}
		w.must(w.client.UpdateModelVersion(ctx, name, "1", ""))
		if after = w.readVersion(name, "1"); after.Description != "" {
			w.Errorf("got %+v", after)
		}
		w.is(w.client.UpdateModelVersion(ctx, name, "9", "text"), mlflow.ErrNotFound)
	})
}

func TestATagOfAVersionIsRemoved(t *testing.T) {
	everywhere(t, func(w *world) {
		ctx, name := w.Context(), w.modelWith(1)
		w.must(w.client.SetModelVersionTag(ctx, name, "1", "k", "v"))
		w.must(w.client.SetModelVersionTag(ctx, name, "1", "K", "other"))
		w.must(w.client.DeleteModelVersionTag(ctx, name, "1", "k"))
		w.must(w.client.DeleteModelVersionTag(ctx, name, "1", "k")) // what is not there is no error
		if diff := cmp.Diff(map[string]string{"K": "other"}, w.readVersion(name, "1").Tags); diff != "" {
			w.Errorf("tags (-want +got):\n%s", diff)
		}
		w.is(w.client.DeleteModelVersionTag(ctx, name, "9", "k"), mlflow.ErrNotFound)
	})
}

func TestAVersionIsDeleted(t *testing.T) {
	everywhere(t, func(w *world) {
		ctx, name := w.Context(), w.modelWith(2)
		before := w.read(name)
		w.must(w.client.DeleteModelVersion(ctx, name, "2"))
		w.is(w.client.DeleteModelVersion(ctx, name, "2"), mlflow.ErrNotFound)
		if after := w.read(name); after.Newest().Version != "1" || after.LastUpdatedTimestamp <= before.LastUpdatedTimestamp {
			w.Errorf("got %+v", after)
		}
		created := got(w.client.CreateModelVersion(ctx, name, mlflow.NewModelVersion{Source: "s3://bucket/m"}))(w)
		if created.Version != "3" {
			w.Errorf("the next version is %s", created.Version)
		}
	})
}

func TestAVersionIsArchived(t *testing.T) {
	everywhere(t, func(w *world) {
		ctx, name := w.Context(), w.modelWith(1)
		for range 2 { // once more is no error
			w.must(w.client.TransitionModelVersionStage(ctx, name, "1", entities.StageArchived, false))
		}
		if stage := w.readVersion(name, "1").CurrentStage; stage != entities.StageArchived {
			w.Errorf("it is in stage %s", stage)
		}
	})
}
