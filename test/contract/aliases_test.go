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
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), w.createModelWithVersions(2)
		before := w.getModel(name)
		w.requireNoError(w.client.SetRegisteredModelAlias(ctx, name, "champion", "1"))
		w.requireNoError(w.client.SetRegisteredModelAlias(ctx, name, "champion", "1")) // repeating changes nothing
		w.requireNoError(w.client.SetRegisteredModelAlias(ctx, name, "staging", "1"))
		w.requireNoError(w.client.SetRegisteredModelAlias(ctx, name, "champion", "2"))
		after := w.getModel(name)
		if diff := cmp.Diff(map[string]string{"champion": "2", "staging": "1"}, after.Aliases); diff != "" {
			w.Errorf("aliases (-want +got):\n%s", diff)
		}
		if after.LastUpdatedTimestamp != before.LastUpdatedTimestamp {
			w.Error("an alias moved the model's timestamp")
		}
		if diff := cmp.Diff([]string{"staging"}, w.getVersion(name, "1").Aliases); diff != "" {
			w.Errorf("aliases of version 1 (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"champion"}, w.getVersion(name, "2").Aliases); diff != "" {
			w.Errorf("aliases of version 2 (-want +got):\n%s", diff)
		}
	})
}

func TestListsShowAliasesOfModelsOnly(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), w.createModelWithVersions(1)
		w.requireNoError(w.client.SetRegisteredModelAlias(ctx, name, "champion", "1"))
		filter := requireValue(mlflow.FilterEquals("name", name))(w)
		models := requireValue(w.client.SearchRegisteredModels(ctx, mlflow.SearchRequest{Filter: filter}))(w)
		if models.RegisteredModels[0].Aliases["champion"] != "1" {
			w.Errorf("got %+v", models.RegisteredModels[0])
		}
		versions := requireValue(w.client.SearchModelVersions(ctx, mlflow.SearchRequest{Filter: filter}))(w)
		if aliases := versions.ModelVersions[0].Aliases; len(aliases) != 0 {
			w.Errorf("a list of versions tells the aliases %v", aliases)
		}
		if aliases := w.getModel(name).LatestInStage(entities.StageNone).Aliases; len(aliases) != 0 {
			w.Errorf("the newest version in a model tells the aliases %v", aliases)
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
	forEachOpenServer(t, func(w *env) {
		name := w.createModelWithVersions(1)
		w.requireNoError(w.user.SetAlias(w.Context(), name, "champion", "1"))
		for sentence, tc := range cases {
			w.runCase(sentence, func(w *env) {
				w.requireKind(w.client.SetRegisteredModelAlias(w.Context(), name, tc.alias, "1"), tc.want)
			})
		}
	})
}

func TestAnAliasNeedsAVersion(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), w.createModelWithVersions(1)
		w.requireKind(w.client.SetRegisteredModelAlias(ctx, name, "champion", "9"), mlflow.ErrNotFound)
		w.requireKind(w.client.SetRegisteredModelAlias(ctx, newName("absent"), "champion", "1"), mlflow.ErrNotFound)
		w.requireNoError(w.user.DeleteVersion(ctx, name, "1"))
		w.requireKind(w.client.SetRegisteredModelAlias(ctx, name, "champion", "1"), mlflow.ErrNotFound)
		if aliases := w.getModel(name).Aliases; len(aliases) != 0 {
			w.Errorf("aliases are %v", aliases)
		}
	})
}

func TestDeletingAnAlias(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), w.createModelWithVersions(1)
		w.requireNoError(w.client.SetRegisteredModelAlias(ctx, name, "champion", "1"))
		w.requireNoError(w.user.DeleteAlias(ctx, name, "champion"))
		w.requireNoError(w.user.DeleteAlias(ctx, name, "champion")) // what is not there is no error
		if aliases := w.getModel(name).Aliases; len(aliases) != 0 {
			w.Errorf("aliases are %v", aliases)
		}
		w.requireRejected(w.user.DeleteAlias(ctx, newName("absent"), "champion"), 404, "RESOURCE_DOES_NOT_EXIST", "")
	})
}

// Before 3.17 the alias of a deleted version goes on naming it.
func TestTheAliasOfADeletedVersion(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), w.createModelWithVersions(2)
		w.requireNoError(w.client.SetRegisteredModelAlias(ctx, name, "champion", "2"))
		w.requireNoError(w.user.DeleteVersion(ctx, name, "2"))
		want := byGeneration(w, map[string]string{}, map[string]string{"champion": "2"})
		if diff := cmp.Diff(want, w.getModel(name).Aliases); diff != "" {
			w.Errorf("aliases (-want +got):\n%s", diff)
		}
		w.requireNoError(w.client.SetRegisteredModelAlias(ctx, name, "champion", "1"))
		if diff := cmp.Diff(map[string]string{"champion": "1"}, w.getModel(name).Aliases); diff != "" {
			w.Errorf("aliases (-want +got):\n%s", diff)
		}
	})
}

func TestReadingAnAlias(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name := w.createModelWithVersions(3)
		w.requireNoError(w.user.SetAlias(w.Context(), name, "champion", "2"))
		w.requireNoError(w.user.TransitionStage(w.Context(), name, "1", "Staging", false))
		read := func(model, alias string) (string, error) {
			var answer struct {
				Version entities.ModelVersion `json:"model_version"`
			}
			err := w.user.CallEndpoint(w.Context(), "GET", "registered-models/alias", map[string]any{"name": model, "alias": alias}, &answer)
			return answer.Version.Version, err
		}
		if version := requireValue(read(name, "champion"))(w); version != "2" {
			w.Errorf("champion is %s", version)
		}
		_, err := read(name, "absent")
		w.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", "Registered model alias absent not found.")
		_, err = read(newName("absent"), "champion")
		w.requireRejected(err, byGeneration(w, 404, 400), byGeneration(w, "RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"), "not found")
		version, err := read(name, "latest")
		if byGeneration(w, true, false) && (err != nil || version != "3") {
			w.Errorf("latest is %s, %v", version, err)
		}
		if byGeneration(w, false, true) {
			w.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", "reserved")
		}
	})
}
