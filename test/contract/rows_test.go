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

// A row of a list equals the answer of a get, so a list can replace many gets.
func TestListAndGetReturnTheSameModel(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), e.createModel()
		for _, tag := range []string{"a", "b", "c"} {
			spec := mlflowtest.VersionSpec{Name: name, Source: "s3://bucket/m", RunID: newName("run"), Tags: map[string]string{"t": tag}}
			e.createVersion(spec)
		}
		e.requireNoError(e.user.SetModelDescription(ctx, name, "text"))
		e.requireNoError(e.user.SetModelTag(ctx, name, managedBy, "ns/x"))
		e.requireNoError(e.user.SetModelTag(ctx, name, "empty", ""))
		e.requireNoError(e.user.SetAlias(ctx, name, "champion", "2"))
		e.requireNoError(e.user.SetAlias(ctx, name, "blue", "1"))
		e.requireNoError(e.user.TransitionStage(ctx, name, "2", entities.StageProduction, false))
		for _, filter := range []string{"name = '" + name + "'", byGeneration(e, e.newListFilter("name", name), "name LIKE '"+name+"'")} {
			page := requireValue(e.client.SearchRegisteredModels(ctx, mlflow.SearchRequest{Filter: filter}))(e)
			byVersion := cmpopts.SortSlices(func(a, b entities.ModelVersion) bool { return a.Number() < b.Number() })
			if diff := cmp.Diff([]*entities.RegisteredModel{e.getModel(name)}, page.RegisteredModels, byVersion); diff != "" {
				e.Errorf("%s (-get +search):\n%s", filter, diff)
			}
		}
		listed := e.getModel(name).LatestVersions
		if len(listed) != 2 || listed[0].Tags["t"] == "" || listed[1].Tags["t"] == "" || len(e.getModel(name).Aliases) != 2 {
			e.Errorf("the model is %+v", e.getModel(name))
		}
	})
}

// A search by names returns the same model as a get.
func TestSearchAndGetReturnTheSameModel(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx := e.Context()
		names := []string{e.createModelWithVersions(2), e.createModelWithVersions(1), e.createModel()}
		e.requireNoError(e.user.SetAlias(ctx, names[0], "champion", "1"))
		e.requireNoError(e.client.TransitionModelVersionStage(ctx, names[0], "1", entities.StageProduction, false))
		e.requireNoError(e.client.SetModelVersionTag(ctx, names[0], "2", "k", "v"))
		e.requireNoError(e.client.SetRegisteredModelTag(ctx, names[1], "k", "v"))
		filter := requireValue(mlflow.FilterIn("name", names))(e)
		page, err := e.client.SearchRegisteredModels(ctx, mlflow.SearchRequest{Filter: filter})
		if byGeneration(e, false, true) {
			e.requireKind(err, mlflow.ErrInvalidParameter)
			return
		}
		e.requireNoError(err)
		if len(page.RegisteredModels) != 3 {
			e.Fatalf("%d models, want 3", len(page.RegisteredModels))
		}
		byVersion := cmpopts.SortSlices(func(a, b entities.ModelVersion) bool { return a.Version < b.Version })
		for _, model := range page.RegisteredModels {
			want := requireValue(e.client.GetRegisteredModel(ctx, model.Name))(e)
			if diff := cmp.Diff(want, model, byVersion); diff != "" {
				e.Errorf("model %s (-get +search):\n%s", model.Name, diff)
			}
			for i := range model.LatestVersions {
				version := model.LatestVersions[i]
				version.Aliases = model.AliasesOf(version.Version)
				read := requireValue(e.client.GetModelVersion(ctx, model.Name, version.Version))(e)
				if diff := cmp.Diff(read, &version, cmpopts.EquateEmpty()); diff != "" {
					e.Errorf("version %s of %s (-get +search):\n%s", version.Version, model.Name, diff)
				}
			}
		}
	})
}

// Patterns of tags select the models of one owner among many.
func TestModelsByTheirTags(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		owner, prefix := newName("owner"), newName("model")
		for suffix, value := range map[string]string{"-a": owner + "/x", "-b": owner + "/y", "-c": "other"} {
			e.requireNoError(e.user.CreateModel(e.Context(), prefix+suffix, map[string]string{managedBy: value}))
		}
		e.requireNoError(e.user.CreateModel(e.Context(), prefix+"-d", nil))
		tag, of := "tags.`"+managedBy+"`", " AND name LIKE '"+prefix+"-%'"
		cases := map[string]struct {
			filter string
			want   []string
		}{
			"the value":                 {requireValue(mlflow.FilterTag(managedBy, owner+"/x"))(e), []string{"-a"}},
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
			e.runCase(sentence, func(e *env) {
				var want []string
				for _, suffix := range tc.want {
					want = append(want, prefix+suffix)
				}
				if diff := cmp.Diff(want, e.searchModelNames(mlflow.SearchRequest{Filter: tc.filter})); diff != "" {
					e.Errorf("%s (-want +got):\n%s", tc.filter, diff)
				}
			})
		}
		for _, comparison := range []string{" IN ('other')", " > 'a'", " NOT LIKE 'x'"} {
			_, err := e.client.SearchRegisteredModels(e.Context(), mlflow.SearchRequest{Filter: tag + comparison})
			e.requireKind(err, mlflow.ErrInvalidParameter)
		}
	})
}

// A prefix of the owner tag finds the models of one operator among those of many teams.
func TestModelsAreFoundByATagPrefix(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, key, value := e.Context(), managedBy, newName("instance")
		ours, theirs := e.createModel(), e.createModel()
		e.requireNoError(e.client.SetRegisteredModelTag(ctx, ours, key, value+"/news/sentiment"))
		e.requireNoError(e.client.SetRegisteredModelTag(ctx, theirs, key, "another/"+value+"/news"))
		filter := requireValue(mlflow.FilterTagPrefix(key, value+"/news/"))(e)
		page := requireValue(e.client.SearchRegisteredModels(ctx, mlflow.SearchRequest{Filter: filter}))(e)
		if len(page.RegisteredModels) != 1 || page.RegisteredModels[0].Name != ours {
			e.Errorf("found %d models, want %s alone", len(page.RegisteredModels), ours)
		}
	})
}
