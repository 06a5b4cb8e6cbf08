// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

func TestAModelIsReturnedAsCreated(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name, tags := newName("model"), map[string]string{"team": "nlp", "a.b/c d": "x", "empty": ""}
		created := requireValue(e.client.CreateRegisteredModel(e.Context(), name, "what it is", tags))(e)
		read := e.getModel(name)
		if diff := cmp.Diff(created, read); diff != "" {
			e.Errorf("created and read differ:\n%s", diff)
		}
		if diff := cmp.Diff(tags, read.Tags); diff != "" || read.Description != "what it is" || read.Name != name {
			e.Errorf("read %+v\n%s", read, diff)
		}
		if read.CreationTimestamp == 0 || read.CreationTimestamp != read.LastUpdatedTimestamp {
			e.Errorf("created %d, updated %d", read.CreationTimestamp, read.LastUpdatedTimestamp)
		}
	})
}

func TestAModelIsCreatedOnce(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		_, err := e.client.CreateRegisteredModel(e.Context(), e.createModel(), "", nil)
		e.requireKind(err, mlflow.ErrAlreadyExists)
	})
}

func TestAMissingModelIsNotFound(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), newName("absent")
		_, err := e.client.GetRegisteredModel(ctx, name)
		e.requireKind(err, mlflow.ErrNotFound)
		e.requireKind(e.client.UpdateRegisteredModel(ctx, name, "d"), mlflow.ErrNotFound)
		e.requireKind(e.client.SetRegisteredModelTag(ctx, name, "k", "v"), mlflow.ErrNotFound)
		e.requireKind(e.client.DeleteRegisteredModelTag(ctx, name, "k"), mlflow.ErrNotFound)
		e.requireRejected(e.user.DeleteModel(ctx, name), 404, "RESOURCE_DOES_NOT_EXIST", "Registered Model with name="+name+" not found")
	})
}

func TestADescriptionIsReplacedAndErased(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name := e.createModel()
		before := e.getModel(name)
		e.requireNoError(e.client.UpdateRegisteredModel(e.Context(), name, "new"))
		after := e.getModel(name)
		if after.Description != "new" || after.LastUpdatedTimestamp <= before.LastUpdatedTimestamp {
			e.Errorf("got %+v", after)
		}
		e.requireNoError(e.client.UpdateRegisteredModel(e.Context(), name, ""))
		if text := e.getModel(name).Description; text != "" {
			e.Errorf("description is %q", text)
		}
	})
}

func TestAnUpdateWithoutADescriptionErasesIt(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name := e.createModel()
		e.requireNoError(e.user.SetModelDescription(e.Context(), name, "text"))
		e.requireNoError(e.user.CallEndpoint(e.Context(), "PATCH", "registered-models/update", map[string]any{"name": name}, nil))
		if text := e.getModel(name).Description; text != "" {
			e.Errorf("description is %q", text)
		}
	})
}

func TestARenamedModelKeepsItsContent(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name, newName := e.createModelWithVersions(1), newName("renamed")
		e.requireNoError(e.user.SetAlias(e.Context(), name, "champion", "1"))
		before := e.getModel(name)
		e.requireNoError(e.user.RenameModel(e.Context(), name, newName))
		_, err := e.client.GetRegisteredModel(e.Context(), name)
		e.requireKind(err, mlflow.ErrNotFound)
		after := e.getModel(newName)
		if after.CreationTimestamp != before.CreationTimestamp || after.Aliases["champion"] != "1" || len(after.LatestVersions) != 1 {
			e.Errorf("got %+v", after)
		}
		taken := e.createModel()
		e.requireRejected(e.user.RenameModel(e.Context(), newName, taken), 400, "RESOURCE_ALREADY_EXISTS", "already exists")
	})
}

func TestADeletedModelsNameCanBeReused(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name := e.createModelWithVersions(2)
		first := e.getModel(name)
		e.requireNoError(e.client.SetRegisteredModelAlias(e.Context(), name, "champion", "1"))
		e.requireNoError(e.client.TransitionModelVersionStage(e.Context(), name, "2", "Production", false))
		e.requireNoError(e.client.DeleteRegisteredModel(e.Context(), name))
		_, err := e.client.GetRegisteredModel(e.Context(), name)
		e.requireKind(err, mlflow.ErrNotFound)
		_, err = e.client.GetModelVersion(e.Context(), name, "1")
		e.requireKind(err, mlflow.ErrNotFound)
		e.requireKind(e.client.DeleteRegisteredModel(e.Context(), name), mlflow.ErrNotFound)

		e.requireNoError(e.user.CreateModel(e.Context(), name, nil))
		second := e.getModel(name)
		if second.CreationTimestamp <= first.CreationTimestamp || len(second.LatestVersions) != 0 || len(second.Aliases) != 0 {
			e.Errorf("first %+v, second %+v", first, second)
		}
		if number := e.createVersion(newVersionSpec(name)); number != "1" {
			e.Errorf("the first version of the second model is %s", number)
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
	forEachOpenServer(t, func(e *env) {
		for sentence, tc := range cases {
			e.runCase(sentence, func(e *env) {
				err := e.user.CreateModel(e.Context(), tc.name, nil)
				if byGeneration(e, true, false) {
					e.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", tc.wantSentence)
					return
				}
				e.requireNoError(err)
				e.requireNoError(e.user.DeleteModel(e.Context(), tc.name))
			})
		}
		e.requireRejected(e.user.CreateModel(e.Context(), "", nil), 400, "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'name'")
	})
}

const promptTag = "mlflow.prompt.is_prompt"

func TestAPromptIsHiddenFromListsButNotFromAGet(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name := newName("prompt")
		e.requireNoError(e.user.CreatePrompt(e.Context(), name))
		filter := requireValue(mlflow.FilterEquals("name", name))(e)
		if names := e.searchModelNames(mlflow.SearchRequest{Filter: filter}); len(names) != 0 {
			e.Errorf("a list shows %v", names)
		}
		asked := filter + " and " + requireValue(mlflow.FilterTag(promptTag, "true"))(e)
		if diff := cmp.Diff([]string{name}, e.searchModelNames(mlflow.SearchRequest{Filter: asked})); diff != "" {
			e.Errorf("with a filter (-want +got):\n%s", diff)
		}
		if !e.getModel(name).IsPrompt() {
			e.Error("a get does not show that it is a prompt")
		}
		_, err := e.client.CreateRegisteredModel(e.Context(), name, "", nil)
		e.requireKind(err, mlflow.ErrAlreadyExists)
	})
}

// Lists lack a model that gets the prompt tag: a model that a list lacks is not necessarily
// deleted.
func TestListsLackAModelWithThePromptTag(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name := e.createModelWithVersions(1)
		filter := requireValue(mlflow.FilterEquals("name", name))(e)
		e.requireNoError(e.user.SetModelTag(e.Context(), name, promptTag, "true"))
		if names := e.searchModelNames(mlflow.SearchRequest{Filter: filter}); len(names) != 0 {
			e.Errorf("a list shows %v", names)
		}
		if e.getModel(name).NewestVersion().Version != "1" {
			e.Error("a get does not show its version")
		}
		e.requireNoError(e.user.DeleteModelTag(e.Context(), name, promptTag))
		if diff := cmp.Diff([]string{name}, e.searchModelNames(mlflow.SearchRequest{Filter: filter})); diff != "" {
			e.Errorf("without the tag (-want +got):\n%s", diff)
		}
	})
}
