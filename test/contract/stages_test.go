// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// getStages are the stages of the versions of a model, by version.
func (w *env) getStages(name string) map[string]string {
	w.Helper()
	filter := requireValue(mlflow.FilterEquals("name", name))(w)
	page := requireValue(w.client.SearchModelVersions(w.Context(), mlflow.SearchRequest{Filter: filter}))(w)
	stages := map[string]string{}
	for _, version := range page.ModelVersions {
		stages[version.Version] = version.CurrentStage
	}
	return stages
}

func TestATransitionArchivesTheOthersWhenAsked(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), w.createModelWithVersions(3)
		before := w.getModel(name)
		w.requireNoError(w.client.TransitionModelVersionStage(ctx, name, "1", "Production", false))
		w.requireNoError(w.client.TransitionModelVersionStage(ctx, name, "2", "production", false)) // any case will do
		want := map[string]string{"1": "Production", "2": "Production", "3": "None"}
		if diff := cmp.Diff(want, w.getStages(name)); diff != "" {
			w.Errorf("without archiving (-want +got):\n%s", diff)
		}
		w.requireNoError(w.client.TransitionModelVersionStage(ctx, name, "3", "Production", true))
		want = map[string]string{"1": "Archived", "2": "Archived", "3": "Production"}
		if diff := cmp.Diff(want, w.getStages(name)); diff != "" {
			w.Errorf("with archiving (-want +got):\n%s", diff)
		}
		if after := w.getModel(name); after.LastUpdatedTimestamp <= before.LastUpdatedTimestamp {
			w.Error("a transition moved no timestamp of the model")
		}
	})
}

func TestATransitionToTheSameStageMovesTheTimestamp(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), w.createModelWithVersions(1)
		w.requireNoError(w.client.TransitionModelVersionStage(ctx, name, "1", "Staging", true))
		before := w.getModel(name)
		w.requireNoError(w.client.TransitionModelVersionStage(ctx, name, "1", "Staging", true))
		if after := w.getModel(name); after.LastUpdatedTimestamp <= before.LastUpdatedTimestamp {
			w.Error("it did not")
		}
	})
}

func TestAVersionIsArchivedWithATag(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), w.createModelWithVersions(2)
		w.requireNoError(w.client.SetModelVersionTag(ctx, name, "1", "a.b/archived", `{"reason":"old"}`))
		before := w.getModel(name)
		w.requireNoError(w.client.TransitionModelVersionStage(ctx, name, "1", "Archived", false))
		filter := requireValue(mlflow.FilterEquals("name", name))(w)
		for _, v := range requireValue(w.client.SearchModelVersions(ctx, mlflow.SearchRequest{Filter: filter, MaxResults: 1000}))(w).ModelVersions {
			if v.Version == "1" && (v.CurrentStage != entities.StageArchived || v.Tags["a.b/archived"] != `{"reason":"old"}`) {
				w.Errorf("the list shows %+v", v)
			}
		}
		if after := w.getModel(name); after.LastUpdatedTimestamp <= before.LastUpdatedTimestamp || after.NewestVersion().Version != "2" {
			w.Errorf("the model shows %+v", after)
		}
	})
}

func TestLatestVersionsAreTheHighestOfEachStage(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name := w.createModelWithVersions(4)
		w.requireNoError(w.user.TransitionStage(w.Context(), name, "1", "Production", false))
		w.requireNoError(w.user.TransitionStage(w.Context(), name, "2", "Production", false))
		model := w.getModel(name)
		if len(model.LatestVersions) != 2 || model.NewestVersion().Version != "4" ||
			model.LatestInStage(entities.StageProduction).Version != "2" || model.LatestInStage(entities.StageNone).Version != "4" {
			w.Errorf("got %+v", model.LatestVersions)
		}
	})
}

func TestRejectedStages(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), w.createModelWithVersions(1)
		w.requireKind(w.client.TransitionModelVersionStage(ctx, name, "1", "Canary", false), mlflow.ErrInvalidParameter)
		err := w.user.TransitionStage(ctx, name, "1", "Archived", true)
		w.requireRejected(err, 500, "INTERNAL_ERROR", "cannot archive existing model versions because 'Archived' is not an Active stage")
		w.requireNoError(w.client.TransitionModelVersionStage(ctx, name, "1", "Archived", false))
		err = w.user.CallEndpoint(ctx, "POST", "model-versions/transition-stage", map[string]any{
			"name": name, "version": "1", "stage": "Staging", "archive_existing_versions": "true",
		}, nil)
		w.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", "archive_existing_versions")
	})
}
