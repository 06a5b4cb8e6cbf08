// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

func TestAModelIsReturnedAsCreated(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name, tags := newName("model"), map[string]string{"team": "nlp", "a.b/c d": "x", "empty": ""}
		created := requireValue(w.client.CreateRegisteredModel(w.Context(), name, "what it is", tags))(w)
		read := w.getModel(name)
		if diff := cmp.Diff(created, read); diff != "" {
			w.Errorf("created and read differ:\n%s", diff)
		}
		if diff := cmp.Diff(tags, read.Tags); diff != "" || read.Description != "what it is" || read.Name != name {
			w.Errorf("read %+v\n%s", read, diff)
		}
		if read.CreationTimestamp == 0 || read.CreationTimestamp != read.LastUpdatedTimestamp {
			w.Errorf("created %d, updated %d", read.CreationTimestamp, read.LastUpdatedTimestamp)
		}
	})
}

func TestAModelIsCreatedOnce(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		_, err := w.client.CreateRegisteredModel(w.Context(), w.createModel(), "", nil)
		w.requireKind(err, mlflow.ErrAlreadyExists)
	})
}

func TestAMissingModelIsNotFound(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), newName("absent")
		_, err := w.client.GetRegisteredModel(ctx, name)
		w.requireKind(err, mlflow.ErrNotFound)
		w.requireKind(w.client.UpdateRegisteredModel(ctx, name, "d"), mlflow.ErrNotFound)
		w.requireKind(w.client.SetRegisteredModelTag(ctx, name, "k", "v"), mlflow.ErrNotFound)
		w.requireKind(w.client.DeleteRegisteredModelTag(ctx, name, "k"), mlflow.ErrNotFound)
		w.requireRejected(w.user.DeleteModel(ctx, name), 404, "RESOURCE_DOES_NOT_EXIST", "Registered Model with name="+name+" not found")
	})
}

func TestADescriptionIsReplacedAndErased(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name := w.createModel()
		before := w.getModel(name)
		w.requireNoError(w.client.UpdateRegisteredModel(w.Context(), name, "new"))
		after := w.getModel(name)
		if after.Description != "new" || after.LastUpdatedTimestamp <= before.LastUpdatedTimestamp {
			w.Errorf("got %+v", after)
		}
		w.requireNoError(w.client.UpdateRegisteredModel(w.Context(), name, ""))
		if text := w.getModel(name).Description; text != "" {
			w.Errorf("description is %q", text)
		}
	})
}

func TestAnUpdateWithoutADescriptionErasesIt(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name := w.createModel()
		w.requireNoError(w.user.SetModelDescription(w.Context(), name, "text"))
		w.requireNoError(w.user.CallEndpoint(w.Context(), "PATCH", "registered-models/update", map[string]any{"name": name}, nil))
		if text := w.getModel(name).Description; text != "" {
			w.Errorf("description is %q", text)
		}
	})
}

func TestARenamedModelTakesEverythingWithIt(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name, newName := w.createModelWithVersions(1), newName("renamed")
		w.requireNoError(w.user.SetAlias(w.Context(), name, "champion", "1"))
		before := w.getModel(name)
		w.requireNoError(w.user.RenameModel(w.Context(), name, newName))
		_, err := w.client.GetRegisteredModel(w.Context(), name)
		w.requireKind(err, mlflow.ErrNotFound)
		after := w.getModel(newName)
		if after.CreationTimestamp != before.CreationTimestamp || after.Aliases["champion"] != "1" || len(after.LatestVersions) != 1 {
			w.Errorf("got %+v", after)
		}
		taken := w.createModel()
		w.requireRejected(w.user.RenameModel(w.Context(), newName, taken), 400, "RESOURCE_ALREADY_EXISTS", "already exists")
	})
}

func TestADeletedModelsNameCanBeReused(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name := w.createModelWithVersions(2)
		first := w.getModel(name)
		w.requireNoError(w.client.SetRegisteredModelAlias(w.Context(), name, "champion", "1"))
		w.requireNoError(w.client.TransitionModelVersionStage(w.Context(), name, "2", "Production", false))
		w.requireNoError(w.client.DeleteRegisteredModel(w.Context(), name))
		_, err := w.client.GetRegisteredModel(w.Context(), name)
		w.requireKind(err, mlflow.ErrNotFound)
		_, err = w.client.GetModelVersion(w.Context(), name, "1")
		w.requireKind(err, mlflow.ErrNotFound)
		w.requireKind(w.client.DeleteRegisteredModel(w.Context(), name), mlflow.ErrNotFound)

		w.requireNoError(w.user.CreateModel(w.Context(), name, nil))
		second := w.getModel(name)
		if second.CreationTimestamp <= first.CreationTimestamp || len(second.LatestVersions) != 0 || len(second.Aliases) != 0 {
			w.Errorf("first %+v, second %+v", first, second)
		}
		if number := w.createVersion(newVersionSpec(name)); number != "1" {
			w.Errorf("the first version of the second model is %s", number)
		}
	})
}

func TestModelNames(t *testing.T) {
	cases := map[string]struct{ name, wantSentence string }{
		"a slash":         {"a/b", "Invalid model name 'a/b'"},
		"a colon":         {"a:b", "Invalid model name 'a:b'"},
		"a parent folder": {"..", "Names may be treated as files"},
		"blanks":          {"  ", "Missing value for required parameter 'name'"},
	}
	forEachOpenServer(t, func(w *env) {
		for sentence, tc := range cases {
			w.runCase(sentence, func(w *env) {
				err := w.user.CreateModel(w.Context(), tc.name, nil)
				if byGeneration(w, true, false) {
					w.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", tc.wantSentence)
					return
				}
				w.requireNoError(err)
				w.requireNoError(w.user.DeleteModel(w.Context(), tc.name))
			})
		}
		w.requireRejected(w.user.CreateModel(w.Context(), "", nil), 400, "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'name'")
	})
}
