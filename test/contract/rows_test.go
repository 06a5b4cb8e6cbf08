// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

const managedBy = "registry.mlflow-operator.io/managed-by"

// A row of a list is what a get tells, so that a list can take the place of many gets.
func TestListAndGetReturnTheSameModel(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), w.createModel()
		for _, tag := range []string{"a", "b", "c"} {
			spec := mlflowtest.VersionSpec{Name: name, Source: "s3://bucket/m", RunID: newName("run"), Tags: map[string]string{"t": tag}}
			w.createVersion(spec)
		}
		w.requireNoError(w.user.SetModelDescription(ctx, name, "text"))
		w.requireNoError(w.user.SetModelTag(ctx, name, managedBy, "ns/x"))
		w.requireNoError(w.user.SetModelTag(ctx, name, "empty", ""))
		w.requireNoError(w.user.SetAlias(ctx, name, "champion", "2"))
		w.requireNoError(w.user.SetAlias(ctx, name, "blue", "1"))
		w.requireNoError(w.user.TransitionStage(ctx, name, "2", entities.StageProduction, false))
		for _, filter := range []string{"name = '" + name + "'", byGeneration(w, w.newListFilter("name", name), "name LIKE '"+name+"'")} {
			page := requireValue(w.client.SearchRegisteredModels(ctx, mlflow.SearchRequest{Filter: filter}))(w)
			byVersion := cmpopts.SortSlices(func(a, b entities.ModelVersion) bool { return a.Number() < b.Number() })
			if diff := cmp.Diff([]*entities.RegisteredModel{w.getModel(name)}, page.RegisteredModels, byVersion); diff != "" {
				w.Errorf("%s (-get +search):\n%s", filter, diff)
			}
		}
		listed := w.getModel(name).LatestVersions
		if len(listed) != 2 || listed[0].Tags["t"] == "" || listed[1].Tags["t"] == "" || len(w.getModel(name).Aliases) != 2 {
			w.Errorf("the model is %+v", w.getModel(name))
		}
	})
}

// What a search by names shows of a model is what a get shows.
func TestSearchAndGetReturnTheSameModel(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx := w.Context()
		names := []string{w.createModelWithVersions(2), w.createModelWithVersions(1), w.createModel()}
		w.requireNoError(w.user.SetAlias(ctx, names[0], "champion", "1"))
		w.requireNoError(w.client.TransitionModelVersionStage(ctx, names[0], "1", entities.StageProduction, false))
		w.requireNoError(w.client.SetModelVersionTag(ctx, names[0], "2", "k", "v"))
		w.requireNoError(w.client.SetRegisteredModelTag(ctx, names[1], "k", "v"))
		filter := requireValue(mlflow.FilterIn("name", names))(w)
		page, err := w.client.SearchRegisteredModels(ctx, mlflow.SearchRequest{Filter: filter})
		if byGeneration(w, false, true) {
			w.requireKind(err, mlflow.ErrInvalidParameter)
			return
		}
		w.requireNoError(err)
		if len(page.RegisteredModels) != 3 {
			w.Fatalf("%d models, want 3", len(page.RegisteredModels))
		}
		byVersion := cmpopts.SortSlices(func(a, b entities.ModelVersion) bool { return a.Version < b.Version })
		for _, model := range page.RegisteredModels {
			want := requireValue(w.client.GetRegisteredModel(ctx, model.Name))(w)
			if diff := cmp.Diff(want, model, byVersion); diff != "" {
				w.Errorf("model %s (-get +search):\n%s", model.Name, diff)
			}
			for i := range model.LatestVersions {
				version := model.LatestVersions[i]
				version.Aliases = model.AliasesOf(version.Version)
				read := requireValue(w.client.GetModelVersion(ctx, model.Name, version.Version))(w)
				if diff := cmp.Diff(read, &version, cmpopts.EquateEmpty()); diff != "" {
					w.Errorf("version %s of %s (-get +search):\n%s", version.Version, model.Name, diff)
				}
			}
		}
	})
}

// Patterns of tags select the models of one owner among many.
func TestModelsByTheirTags(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		owner, prefix := newName("owner"), newName("model")
		for suffix, value := range map[string]string{"-a": owner + "/x", "-b": owner + "/y", "-c": "other"} {
			w.requireNoError(w.user.CreateModel(w.Context(), prefix+suffix, map[string]string{managedBy: value}))
		}
		w.requireNoError(w.user.CreateModel(w.Context(), prefix+"-d", nil))
		tag, of := "tags.`"+managedBy+"`", " AND name LIKE '"+prefix+"-%'"
		cases := map[string]struct {
			filter string
			want   []string
		}{
			"the value":                 {requireValue(mlflow.FilterTag(managedBy, owner+"/x"))(w), []string{"-a"}},
			"its beginning":             {tag + " LIKE '" + owner + "/%'", []string{"-a", "-b"}},
			"its end":                   {tag + " LIKE '%/y'" + of, []string{"-b"}},
			"one letter":                {tag + " LIKE '" + owner + "/_'", []string{"-a", "-b"}},
			"no pattern":                {tag + " LIKE '" + owner + "/x'", []string{"-a"}},
			"another case":              {tag + " LIKE 'OWNER%'" + of, nil},
			"another case, if asked":    {tag + " ILIKE 'OWNER%'" + of, []string{"-a", "-b"}},
			"anything but":              {tag + " != 'other'" + of, []string{"-a", "-b"}},
			"two patterns":              {tag + " LIKE '" + owner + "%' AND " + tag + " LIKE '%y'", []string{"-b"}},
			"a pattern in other quotes": {tag + ` LIKE "` + owner + `%"`, []string{"-a", "-b"}},
		}
		for sentence, tc := range cases {
			w.runCase(sentence, func(w *env) {
				var want []string
				for _, suffix := range tc.want {
					want = append(want, prefix+suffix)
				}
				if diff := cmp.Diff(want, w.searchModelNames(mlflow.SearchRequest{Filter: tc.filter})); diff != "" {
					w.Errorf("%s (-want +got):\n%s", tc.filter, diff)
				}
			})
		}
		for _, comparison := range []string{" IN ('other')", " > 'a'", " NOT LIKE 'x'"} {
			_, err := w.client.SearchRegisteredModels(w.Context(), mlflow.SearchRequest{Filter: tag + comparison})
			w.requireKind(err, mlflow.ErrInvalidParameter)
		}
	})
}

// A registry of many teams is searched for what carries our mark.
func TestModelsAreFoundByATagPrefix(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, key, value := w.Context(), managedBy, newName("instance")
		ours, theirs := w.createModel(), w.createModel()
		w.requireNoError(w.client.SetRegisteredModelTag(ctx, ours, key, value+"/news/sentiment"))
		w.requireNoError(w.client.SetRegisteredModelTag(ctx, theirs, key, "another/"+value+"/news"))
		filter := requireValue(mlflow.FilterTagPrefix(key, value+"/news/"))(w)
		page := requireValue(w.client.SearchRegisteredModels(ctx, mlflow.SearchRequest{Filter: filter}))(w)
		if len(page.RegisteredModels) != 1 || page.RegisteredModels[0].Name != ours {
			w.Errorf("found %d models, want %s alone", len(page.RegisteredModels), ours)
		}
	})
}
