// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// What a search by names shows of a model is what a get shows.
func TestASearchShowsModelsAsAGetDoes(t *testing.T) {
	everywhere(t, func(w *world) {
		ctx := w.Context()
		names := []string{w.modelWith(2), w.modelWith(1), w.model()}
		w.must(w.people.SetAlias(ctx, names[0], "champion", "1"))
		w.must(w.client.TransitionModelVersionStage(ctx, names[0], "1", entities.StageProduction, false))
		w.must(w.client.SetModelVersionTag(ctx, names[0], "2", "k", "v"))
		w.must(w.client.SetRegisteredModelTag(ctx, names[1], "k", "v"))
		filter := got(mlflow.FilterIn("name", names))(w)
		page, err := w.client.SearchRegisteredModels(ctx, mlflow.SearchRequest{Filter: filter})
		if per(w, false, true) {
			w.is(err, mlflow.ErrInvalidParameter)
			return
		}
		w.must(err)
		if len(page.RegisteredModels) != 3 {
			w.Fatalf("%d models, want 3", len(page.RegisteredModels))
		}
		byVersion := cmpopts.SortSlices(func(a, b entities.ModelVersion) bool { return a.Version < b.Version })
		for _, model := range page.RegisteredModels {
			want := got(w.client.GetRegisteredModel(ctx, model.Name))(w)
			if diff := cmp.Diff(want, model, byVersion); diff != "" {
				w.Errorf("model %s (-get +search):\n%s", model.Name, diff)
			}
			for i := range model.LatestVersions {
				version := model.LatestVersions[i]
				version.Aliases = model.AliasesOf(version.Version)
				read := got(w.client.GetModelVersion(ctx, model.Name, version.Version))(w)
				if diff := cmp.Diff(read, &version, cmpopts.EquateEmpty()); diff != "" {
					w.Errorf("version %s of %s (-get +search):\n%s", version.Version, model.Name, diff)
				}
			}
		}
	})
}

// A registry of many teams is searched for what carries our mark.
func TestModelsAreFoundByTheBeginningOfATag(t *testing.T) {
	everywhere(t, func(w *world) {
		ctx, key, value := w.Context(), "registry.mlflow-operator.io/managed-by", fresh("instance")
		ours, theirs := w.model(), w.model()
		w.must(w.client.SetRegisteredModelTag(ctx, ours, key, value+"/news/sentiment"))
		w.must(w.client.SetRegisteredModelTag(ctx, theirs, key, "another/"+value+"/news"))
		filter := got(mlflow.FilterTagPrefix(key, value+"/news/"))(w)
		page := got(w.client.SearchRegisteredModels(ctx, mlflow.SearchRequest{Filter: filter}))(w)
		if len(page.RegisteredModels) != 1 || page.RegisteredModels[0].Name != ours {
			w.Errorf("found %d models, want %s alone", len(page.RegisteredModels), ours)
		}
	})
}
