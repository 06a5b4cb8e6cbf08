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
	forEachOpenServer(t, func(e *env) {
		name, run := e.createModel(), e.createRun()
		created := requireValue(e.client.CreateModelVersion(e.Context(), name, mlflow.CreateModelVersionRequest{
			Source: "runs:/" + run.RunID + "/model", RunID: run.RunID, Description: "Of April",
			Tags: map[string]string{registeredBy: "cluster/news/april/0b1c", "trained on": "news", "human_rating": "4.20"},
		}))(e)
		want := &entities.ModelVersion{
			Name: name, Version: "1", CurrentStage: entities.StageNone, Description: "Of April",
			Source: "runs:/" + run.RunID + "/model", RunID: run.RunID, Status: entities.StatusReady,
			Tags:              map[string]string{registeredBy: "cluster/news/april/0b1c", "trained on": "news", "human_rating": "4.20"},
			CreationTimestamp: created.CreationTimestamp, LastUpdatedTimestamp: created.CreationTimestamp,
		}
		for what, shown := range map[string]*entities.ModelVersion{
			"created": created, "read": e.getVersion(name, "1"), "newest": e.getModel(name).NewestVersion(),
		} {
			if diff := cmp.Diff(want, shown); diff != "" {
				e.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
	})
}

func TestAVersionIsRegisteredFromALoggedModel(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		if byGeneration(e, false, true) {
			return // the second generation has no logged models: see TestLoggedModelsSinceMLflow3
		}
		run := e.createRun()
		logged := requireValue(e.user.CreateLoggedModel(e.Context(), "0", run.RunID))(e)
		created := requireValue(e.client.CreateModelVersion(e.Context(), e.createModel(), mlflow.CreateModelVersionRequest{
			Source: "models:/" + logged.ModelID, LoggedModelID: logged.ModelID,
		}))(e)
		if created.LoggedModelID() != logged.ModelID || created.RunID != run.RunID {
			e.Errorf("got %+v", created)
		}
		created = requireValue(e.client.CreateModelVersion(e.Context(), e.createModel(), mlflow.CreateModelVersionRequest{
			Source: "models:/" + logged.ModelID, LoggedModelID: logged.ModelID, RunID: run.RunID,
		}))(e)
		if created.LoggedModelID() != logged.ModelID || created.RunID != run.RunID {
			e.Errorf("with its run: got %+v", created)
		}
	})
}

func TestRejectedRegistrations(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), e.createModel()
		_, err := e.client.CreateModelVersion(ctx, newName("absent"), mlflow.CreateModelVersionRequest{Source: "s3://bucket/m"})
		e.requireKind(err, mlflow.ErrNotFound)
		_, err = e.client.CreateModelVersion(ctx, name, mlflow.CreateModelVersionRequest{Source: "file:///tmp/model"})
		e.requireKind(err, mlflow.ErrInvalidParameter)
		_, err = e.client.CreateModelVersion(ctx, name, mlflow.CreateModelVersionRequest{Source: "s3://bucket/../m"})
		e.requireKind(err, mlflow.ErrInvalidParameter)
		if newest := e.getModel(name).NewestVersion(); newest != nil {
			e.Errorf("registered %+v", newest)
		}
	})
}

// The suffix of a tag finds a registered version, whatever the tag begins with.
func TestAVersionIsFoundByTheSuffixOfItsOwnerTag(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name, other := e.createModel(), e.createModel()
		const uid = "6f2d7a0e-1b8c-4c55-9a3e-0d9c1f1f4b6a"
		for _, v := range []mlflowtest.VersionSpec{
			{Name: name, Source: "s3://b/1", Tags: map[string]string{registeredBy: "cluster/news/april/" + uid}},
			{Name: name, Source: "s3://b/2", Tags: map[string]string{registeredBy: "cluster/news/may/" + uid[:35] + "b"}},
			{Name: name, Source: "s3://b/3", Tags: map[string]string{"note": "cluster/news/april/" + uid}},
			{Name: name, Source: "s3://b/4"},
			{Name: other, Source: "s3://b/1", Tags: map[string]string{registeredBy: "cluster/news/april/" + uid}},
			{Name: name, Source: "s3://b/5", Tags: map[string]string{registeredBy: "moved/news/april/" + uid}},
		} {
			e.createVersion(v)
		}
		byName := requireValue(mlflow.FilterEquals("name", name))(e)
		marked := requireValue(mlflow.FilterTagSuffix(registeredBy, "/"+uid))(e)
		numbers := e.searchVersionNumbers(byName+" and "+marked, "version_number ASC")
		if diff := cmp.Diff([]string{"1", "5"}, numbers); diff != "" {
			e.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestTheDescriptionOfAVersion(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), e.createModelWithVersions(1)
		before := e.getVersion(name, "1")
		e.requireNoError(e.client.UpdateModelVersion(ctx, name, "1", "Of April"))
		after := e.getVersion(name, "1")
		if after.Description != "Of April" || after.LastUpdatedTimestamp <= before.LastUpdatedTimestamp {
			e.Errorf("got %+v", after)
		}
		if newest := e.getModel(name).NewestVersion(); newest.Description != "Of April" {
			e.Errorf("the newest version of the model is %+v", newest)
		}
		e.requireNoError(e.client.UpdateModelVersion(ctx, name, "1", ""))
		if after = e.getVersion(name, "1"); after.Description != "" {
			e.Errorf("got %+v", after)
		}
		e.requireKind(e.client.UpdateModelVersion(ctx, name, "9", "text"), mlflow.ErrNotFound)
	})
}

func TestATagOfAVersionIsRemoved(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), e.createModelWithVersions(1)
		e.requireNoError(e.client.SetModelVersionTag(ctx, name, "1", "k", "v"))
		e.requireNoError(e.client.SetModelVersionTag(ctx, name, "1", "K", "other"))
		e.requireNoError(e.client.DeleteModelVersionTag(ctx, name, "1", "k"))
		e.requireNoError(e.client.DeleteModelVersionTag(ctx, name, "1", "k")) // a missing tag is no error
		if diff := cmp.Diff(map[string]string{"K": "other"}, e.getVersion(name, "1").Tags); diff != "" {
			e.Errorf("tags (-want +got):\n%s", diff)
		}
		e.requireKind(e.client.DeleteModelVersionTag(ctx, name, "9", "k"), mlflow.ErrNotFound)
	})
}

func TestAVersionIsDeleted(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), e.createModelWithVersions(2)
		before := e.getModel(name)
		e.requireNoError(e.client.DeleteModelVersion(ctx, name, "2"))
		e.requireKind(e.client.DeleteModelVersion(ctx, name, "2"), mlflow.ErrNotFound)
		if after := e.getModel(name); after.NewestVersion().Version != "1" || after.LastUpdatedTimestamp <= before.LastUpdatedTimestamp {
			e.Errorf("got %+v", after)
		}
		created := requireValue(e.client.CreateModelVersion(ctx, name, mlflow.CreateModelVersionRequest{Source: "s3://bucket/m"}))(e)
		if created.Version != "3" {
			e.Errorf("the next version is %s", created.Version)
		}
	})
}

func TestAVersionIsArchived(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), e.createModelWithVersions(1)
		for range 2 { // once more is no error
			e.requireNoError(e.client.TransitionModelVersionStage(ctx, name, "1", entities.StageArchived, false))
		}
		if stage := e.getVersion(name, "1").CurrentStage; stage != entities.StageArchived {
			e.Errorf("the version is in stage %s", stage)
		}
	})
}
