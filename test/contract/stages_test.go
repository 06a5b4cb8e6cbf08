// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// getStages returns the stages of the versions of a model, by version.
func (e *env) getStages(name string) map[string]string {
	e.Helper()
	filter := requireValue(mlflow.FilterEquals("name", name))(e)
	page := requireValue(e.client.SearchModelVersions(e.Context(), mlflow.SearchRequest{Filter: filter}))(e)
	stages := map[string]string{}
	for _, version := range page.ModelVersions {
		stages[version.Version] = version.CurrentStage
	}
	return stages
}

func TestATransitionArchivesTheOthersOnRequest(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), e.createModelWithVersions(3)
		before := e.getModel(name)
		e.requireNoError(e.client.TransitionModelVersionStage(ctx, name, "1", "Production", false))
		e.requireNoError(e.client.TransitionModelVersionStage(ctx, name, "2", "production", false)) // any case will do
		want := map[string]string{"1": "Production", "2": "Production", "3": "None"}
		if diff := cmp.Diff(want, e.getStages(name)); diff != "" {
			e.Errorf("without archiving (-want +got):\n%s", diff)
		}
		e.requireNoError(e.client.TransitionModelVersionStage(ctx, name, "3", "Production", true))
		want = map[string]string{"1": "Archived", "2": "Archived", "3": "Production"}
		if diff := cmp.Diff(want, e.getStages(name)); diff != "" {
			e.Errorf("with archiving (-want +got):\n%s", diff)
		}
		if after := e.getModel(name); after.LastUpdatedTimestamp <= before.LastUpdatedTimestamp {
			e.Error("a transition changed no timestamp of the model")
		}
	})
}

func TestATransitionToTheSameStageChangesTheTimestamp(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), e.createModelWithVersions(1)
		e.requireNoError(e.client.TransitionModelVersionStage(ctx, name, "1", "Staging", true))
		before := e.getModel(name)
		e.requireNoError(e.client.TransitionModelVersionStage(ctx, name, "1", "Staging", true))
		if after := e.getModel(name); after.LastUpdatedTimestamp <= before.LastUpdatedTimestamp {
			e.Error("the timestamp did not change")
		}
	})
}

func TestAVersionIsArchivedWithATag(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), e.createModelWithVersions(2)
		e.requireNoError(e.client.SetModelVersionTag(ctx, name, "1", "a.b/archived", `{"reason":"old"}`))
		before := e.getModel(name)
		e.requireNoError(e.client.TransitionModelVersionStage(ctx, name, "1", "Archived", false))
		filter := requireValue(mlflow.FilterEquals("name", name))(e)
		page := requireValue(e.client.SearchModelVersions(ctx, mlflow.SearchRequest{Filter: filter, MaxResults: 1000}))(e)
		for _, v := range page.ModelVersions {
			if v.Version == "1" && (v.CurrentStage != entities.StageArchived || v.Tags["a.b/archived"] != `{"reason":"old"}`) {
				e.Errorf("the list shows %+v", v)
			}
		}
		if after := e.getModel(name); after.LastUpdatedTimestamp <= before.LastUpdatedTimestamp || after.NewestVersion().Version != "2" {
			e.Errorf("the model shows %+v", after)
		}
	})
}

func TestLatestVersionsAreTheHighestOfEachStage(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name := e.createModelWithVersions(4)
		e.requireNoError(e.user.TransitionStage(e.Context(), name, "1", "Production", false))
		e.requireNoError(e.user.TransitionStage(e.Context(), name, "2", "Production", false))
		model := e.getModel(name)
		if len(model.LatestVersions) != 2 || model.NewestVersion().Version != "4" ||
			model.LatestInStage(entities.StageProduction).Version != "2" || model.LatestInStage(entities.StageNone).Version != "4" {
			e.Errorf("got %+v", model.LatestVersions)
		}
	})
}

func TestRejectedStages(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), e.createModelWithVersions(1)
		e.requireKind(e.client.TransitionModelVersionStage(ctx, name, "1", "Canary", false), mlflow.ErrInvalidParameter)
		err := e.user.TransitionStage(ctx, name, "1", "Archived", true)
		e.requireRejected(err, 500, "INTERNAL_ERROR", "cannot archive existing model versions because 'Archived' is not an Active stage")
		e.requireNoError(e.client.TransitionModelVersionStage(ctx, name, "1", "Archived", false))
		err = e.user.CallEndpoint(ctx, "POST", "model-versions/transition-stage", map[string]any{
			"name": name, "version": "1", "stage": "Staging", "archive_existing_versions": "true",
		}, nil)
		e.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", "archive_existing_versions")
	})
}
