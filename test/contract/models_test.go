// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

func TestAModelComesBackAsCreated(t *testing.T) {
	everywhere(t, func(w *world) {
		name, tags := fresh("model"), map[string]string{"team": "nlp", "a.b/c d": "x", "empty": ""}
		created := got(w.client.CreateRegisteredModel(w.Context(), name, "what it is", tags))(w)
		read := w.read(name)
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
	everywhere(t, func(w *world) {
		_, err := w.client.CreateRegisteredModel(w.Context(), w.model(), "", nil)
		w.is(err, mlflow.ErrAlreadyExists)
	})
}

func TestAMissingModelIsNotFound(t *testing.T) {
	everywhere(t, func(w *world) {
		ctx, name := w.Context(), fresh("absent")
		_, err := w.client.GetRegisteredModel(ctx, name)
		w.is(err, mlflow.ErrNotFound)
		w.is(w.client.UpdateRegisteredModel(ctx, name, "d"), mlflow.ErrNotFound)
		w.is(w.client.SetRegisteredModelTag(ctx, name, "k", "v"), mlflow.ErrNotFound)
		w.is(w.client.DeleteRegisteredModelTag(ctx, name, "k"), mlflow.ErrNotFound)
		w.refused(w.people.DeleteModel(ctx, name), 404, "RESOURCE_DOES_NOT_EXIST", "Registered Model with name="+name+" not found")
	})
}

func TestADescriptionIsReplacedAndErased(t *testing.T) {
	everywhere(t, func(w *world) {
		name := w.model()
		before := w.read(name)
		w.must(w.client.UpdateRegisteredModel(w.Context(), name, "new"))
		after := w.read(name)
		if after.Description != "new" || after.LastUpdatedTimestamp <= before.LastUpdatedTimestamp {
			w.Errorf("got %+v", after)
		}
		w.must(w.client.UpdateRegisteredModel(w.Context(), name, ""))
		if text := w.read(name).Description; text != "" {
			w.Errorf("description is %q", text)
		}
	})
}

func TestAnUpdateWithoutADescriptionErasesIt(t *testing.T) {
	everywhere(t, func(w *world) {
		name := w.model()
		w.must(w.people.DescribeModel(w.Context(), name, "text"))
		w.must(w.people.Do(w.Context(), "PATCH", "registered-models/update", map[string]any{"name": name}, nil))
		if text := w.read(name).Description; text != "" {
			w.Errorf("description is %q", text)
		}
	})
}

func TestARenamedModelTakesEverythingWithIt(t *testing.T) {
	everywhere(t, func(w *world) {
		name, newName := w.modelWith(1), fresh("renamed")
		w.must(w.people.SetAlias(w.Context(), name, "champion", "1"))
		before := w.read(name)
		w.must(w.people.RenameModel(w.Context(), name, newName))
		_, err := w.client.GetRegisteredModel(w.Context(), name)
		w.is(err, mlflow.ErrNotFound)
		after := w.read(newName)
		if after.CreationTimestamp != before.CreationTimestamp || after.Aliases["champion"] != "1" || len(after.LatestVersions) != 1 {
			w.Errorf("got %+v", after)
		}
		taken := w.model()
		w.refused(w.people.RenameModel(w.Context(), newName, taken), 400, "RESOURCE_ALREADY_EXISTS", "already exists")
	})
}

func TestADeletedModelIsGoneAndItsNameStartsAgain(t *testing.T) {
	everywhere(t, func(w *world) {
		name := w.modelWith(2)
		first := w.read(name)
		w.must(w.client.SetRegisteredModelAlias(w.Context(), name, "champion", "1"))
		w.must(w.client.TransitionModelVersionStage(w.Context(), name, "2", "Production", false))
		w.must(w.client.DeleteRegisteredModel(w.Context(), name))
		_, err := w.client.GetRegisteredModel(w.Context(), name)
		w.is(err, mlflow.ErrNotFound)
		_, err = w.client.GetModelVersion(w.Context(), name, "1")
		w.is(err, mlflow.ErrNotFound)
		w.is(w.client.DeleteRegisteredModel(w.Context(), name), mlflow.ErrNotFound)

		w.must(w.people.CreateModel(w.Context(), name, nil))
		second := w.read(name)
		if second.CreationTimestamp <= first.CreationTimestamp || len(second.LatestVersions) != 0 || len(second.Aliases) != 0 {
			w.Errorf("first %+v, second %+v", first, second)
		}
		if number := w.add(versionOf(name)); number != "1" {
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
	everywhere(t, func(w *world) {
		for sentence, tc := range cases {
			w.that(sentence, func(w *world) {
				err := w.people.CreateModel(w.Context(), tc.name, nil)
				if per(w, true, false) {
					w.refused(err, 400, "INVALID_PARAMETER_VALUE", tc.wantSentence)
					return
				}
				w.must(err)
				w.must(w.people.DeleteModel(w.Context(), tc.name))
			})
		}
		w.refused(w.people.CreateModel(w.Context(), "", nil), 400, "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'name'")
	})
}
