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
func TestAListTellsOfAModelWhatAGetTells(t *testing.T) {
	everywhere(t, func(w *world) {
		ctx, name := w.Context(), w.model()
		for _, tag := range []string{"a", "b", "c"} {
			spec := mlflowtest.VersionSpec{Name: name, Source: "s3://bucket/m", RunID: fresh("run"), Tags: map[string]string{"t": tag}}
			w.add(spec)
		}
		w.must(w.people.DescribeModel(ctx, name, "text"))
		w.must(w.people.SetModelTag(ctx, name, managedBy, "ns/x"))
		w.must(w.people.SetModelTag(ctx, name, "empty", ""))
		w.must(w.people.SetAlias(ctx, name, "champion", "2"))
		w.must(w.people.SetAlias(ctx, name, "blue", "1"))
		w.must(w.people.TransitionStage(ctx, name, "2", entities.StageProduction, false))
		for _, filter := range []string{"name = '" + name + "'", per(w, w.among("name", name), "name LIKE '"+name+"'")} {
			page := got(w.client.SearchRegisteredModels(ctx, mlflow.SearchRequest{Filter: filter}))(w)
			byVersion := cmpopts.SortSlices(func(a, b entities.ModelVersion) bool { return a.Number() < b.Number() })
			if diff := cmp.Diff([]*entities.RegisteredModel{w.read(name)}, page.RegisteredModels, byVersion); diff != "" {
				w.Errorf("%s (-get +search):\n%s", filter, diff)
			}
		}
		listed := w.read(name).LatestVersions
		if len(listed) != 2 || listed[0].Tags["t"] == "" || listed[1].Tags["t"] == "" || len(w.read(name).Aliases) != 2 {
			w.Errorf("the model is %+v", w.read(name))
		}
	})
}

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

// Patterns of tags select the models of one owner among many.
func TestModelsByTheirTags(t *testing.T) {
	everywhere(t, func(w *world) {
		owner, prefix := fresh("owner"), fresh("model")
		for suffix, value := range map[string]string{"-a": owner + "/x", "-b": owner + "/y", "-c": "other"} {
			w.must(w.people.CreateModel(w.Context(), prefix+suffix, map[string]string{managedBy: value}))
		}
		w.must(w.people.CreateModel(w.Context(), prefix+"-d", nil))
		tag, of := "tags.`"+managedBy+"`", " AND name LIKE '"+prefix+"-%'"
		cases := map[string]struct {
			filter string
			want   []string
		}{
			"the value":                 {got(mlflow.FilterTag(managedBy, owner+"/x"))(w), []string{"-a"}},
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
			w.that(sentence, func(w *world) {
				var want []string
				for _, suffix := range tc.want {
					want = append(want, prefix+suffix)
				}
				if diff := cmp.Diff(want, w.modelNames(mlflow.SearchRequest{Filter: tc.filter})); diff != "" {
					w.Errorf("%s (-want +got):\n%s", tc.filter, diff)
				}
			})
		}
		for _, comparison := range []string{" IN ('other')", " > 'a'", " NOT LIKE 'x'"} {
			_, err := w.client.SearchRegisteredModels(w.Context(), mlflow.SearchRequest{Filter: tag + comparison})
			w.is(err, mlflow.ErrInvalidParameter)
		}
	})
}

// A registry of many teams is searched for what carries our mark.
func TestModelsAreFoundByTheBeginningOfATag(t *testing.T) {
	everywhere(t, func(w *world) {
		ctx, key, value := w.Context(), managedBy, fresh("instance")
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
