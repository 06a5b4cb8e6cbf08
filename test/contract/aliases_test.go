// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

func TestAnAliasMovesInOneCall(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), e.createModelWithVersions(2)
		before := e.getModel(name)
		e.requireNoError(e.client.SetRegisteredModelAlias(ctx, name, "champion", "1"))
		e.requireNoError(e.client.SetRegisteredModelAlias(ctx, name, "champion", "1")) // repeating changes nothing
		e.requireNoError(e.client.SetRegisteredModelAlias(ctx, name, "staging", "1"))
		e.requireNoError(e.client.SetRegisteredModelAlias(ctx, name, "champion", "2"))
		after := e.getModel(name)
		if diff := cmp.Diff(map[string]string{"champion": "2", "staging": "1"}, after.Aliases); diff != "" {
			e.Errorf("aliases (-want +got):\n%s", diff)
		}
		if after.LastUpdatedTimestamp != before.LastUpdatedTimestamp {
			e.Error("an alias changed the model's timestamp")
		}
		if diff := cmp.Diff([]string{"staging"}, e.getVersion(name, "1").Aliases); diff != "" {
			e.Errorf("aliases of version 1 (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"champion"}, e.getVersion(name, "2").Aliases); diff != "" {
			e.Errorf("aliases of version 2 (-want +got):\n%s", diff)
		}
	})
}

func TestListsShowAliasesOfModelsOnly(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), e.createModelWithVersions(1)
		e.requireNoError(e.client.SetRegisteredModelAlias(ctx, name, "champion", "1"))
		filter := requireValue(mlflow.FilterEquals("name", name))(e)
		models := requireValue(e.client.SearchRegisteredModels(ctx, mlflow.SearchRequest{Filter: filter}))(e)
		if models.RegisteredModels[0].Aliases["champion"] != "1" {
			e.Errorf("got %+v", models.RegisteredModels[0])
		}
		versions := requireValue(e.client.SearchModelVersions(ctx, mlflow.SearchRequest{Filter: filter}))(e)
		if aliases := versions.ModelVersions[0].Aliases; len(aliases) != 0 {
			e.Errorf("a list of versions has the aliases %v", aliases)
		}
		if aliases := e.getModel(name).LatestInStage(entities.StageNone).Aliases; len(aliases) != 0 {
			e.Errorf("the newest version in a model has the aliases %v", aliases)
		}
	})
}

func TestAliasNames(t *testing.T) {
	cases := map[string]struct {
		alias string
		want  error
	}{
		"latest":               {"latest", mlflow.ErrInvalidParameter},
		"latest in capitals":   {"LATEST", mlflow.ErrInvalidParameter},
		"a version":            {"v1", mlflow.ErrInvalidParameter},
		"a version in capital": {"V12", mlflow.ErrInvalidParameter},
		"a blank":              {"a b", mlflow.ErrInvalidParameter},
		"a dot":                {"a.b", mlflow.ErrInvalidParameter},
		"256 characters":       {strings.Repeat("a", 256), mlflow.ErrInvalidParameter},
		"255 characters":       {strings.Repeat("a", 255), nil},
		"digits":               {"123", nil},
		"dash and underscore":  {"a-b_c", nil},
		"another case":         {"Champion", nil},
	}
	forEachOpenServer(t, func(e *env) {
		name := e.createModelWithVersions(1)
		e.requireNoError(e.user.SetAlias(e.Context(), name, "champion", "1"))
		for sentence, tc := range cases {
			e.runCase(sentence, func(e *env) {
				e.requireKind(e.client.SetRegisteredModelAlias(e.Context(), name, tc.alias, "1"), tc.want)
			})
		}
	})
}

func TestAnAliasNeedsAVersion(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), e.createModelWithVersions(1)
		e.requireKind(e.client.SetRegisteredModelAlias(ctx, name, "champion", "9"), mlflow.ErrNotFound)
		e.requireKind(e.client.SetRegisteredModelAlias(ctx, newName("absent"), "champion", "1"), mlflow.ErrNotFound)
		e.requireNoError(e.user.DeleteVersion(ctx, name, "1"))
		e.requireKind(e.client.SetRegisteredModelAlias(ctx, name, "champion", "1"), mlflow.ErrNotFound)
		if aliases := e.getModel(name).Aliases; len(aliases) != 0 {
			e.Errorf("aliases are %v", aliases)
		}
	})
}

func TestDeletingAnAlias(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), e.createModelWithVersions(1)
		e.requireNoError(e.client.SetRegisteredModelAlias(ctx, name, "champion", "1"))
		e.requireNoError(e.user.DeleteAlias(ctx, name, "champion"))
		e.requireNoError(e.user.DeleteAlias(ctx, name, "champion")) // what is not there is no error
		if aliases := e.getModel(name).Aliases; len(aliases) != 0 {
			e.Errorf("aliases are %v", aliases)
		}
		e.requireRejected(e.user.DeleteAlias(ctx, newName("absent"), "champion"), 404, "RESOURCE_DOES_NOT_EXIST", "")
	})
}

// Before 3.17 the alias of a deleted version still points to it.
func TestTheAliasOfADeletedVersion(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), e.createModelWithVersions(2)
		e.requireNoError(e.client.SetRegisteredModelAlias(ctx, name, "champion", "2"))
		e.requireNoError(e.user.DeleteVersion(ctx, name, "2"))
		want := byGeneration(e, map[string]string{}, map[string]string{"champion": "2"})
		if diff := cmp.Diff(want, e.getModel(name).Aliases); diff != "" {
			e.Errorf("aliases (-want +got):\n%s", diff)
		}
		e.requireNoError(e.client.SetRegisteredModelAlias(ctx, name, "champion", "1"))
		if diff := cmp.Diff(map[string]string{"champion": "1"}, e.getModel(name).Aliases); diff != "" {
			e.Errorf("aliases (-want +got):\n%s", diff)
		}
	})
}

func TestReadingAnAlias(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name := e.createModelWithVersions(3)
		e.requireNoError(e.user.SetAlias(e.Context(), name, "champion", "2"))
		e.requireNoError(e.user.TransitionStage(e.Context(), name, "1", "Staging", false))
		read := func(model, alias string) (string, error) {
			var answer struct {
				Version entities.ModelVersion `json:"model_version"`
			}
			err := e.user.CallEndpoint(e.Context(), "GET", "registered-models/alias", map[string]any{"name": model, "alias": alias}, &answer)
			return answer.Version.Version, err
		}
		if version := requireValue(read(name, "champion"))(e); version != "2" {
			e.Errorf("champion is %s", version)
		}
		_, err := read(name, "absent")
		e.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", "Registered model alias absent not found.")
		_, err = read(newName("absent"), "champion")
		e.requireRejected(err, byGeneration(e, 404, 400), byGeneration(e, "RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"), "not found")
		version, err := read(name, "latest")
		if byGeneration(e, true, false) && (err != nil || version != "3") {
			e.Errorf("latest is %s, %v", version, err)
		}
		if byGeneration(e, false, true) {
			e.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", "reserved")
		}
	})
}
