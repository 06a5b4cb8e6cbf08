// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

const promptTag = "mlflow.prompt.is_prompt"

func TestAPromptIsHiddenFromListsButNotFromAGet(t *testing.T) {
	everywhere(t, func(w *world) {
		name := fresh("prompt")
		w.must(w.people.CreatePrompt(w.Context(), name))
		filter := got(mlflow.FilterEquals("name", name))(w)
		if names := w.modelNames(mlflow.SearchRequest{Filter: filter}); len(names) != 0 {
			w.Errorf("a list shows %v", names)
		}
		asked := filter + " and " + got(mlflow.FilterTag(promptTag, "true"))(w)
		if diff := cmp.Diff([]string{name}, w.modelNames(mlflow.SearchRequest{Filter: asked})); diff != "" {
			w.Errorf("asked for (-want +got):\n%s", diff)
		}
		if !w.read(name).IsPrompt() {
			w.Error("a get does not tell that it is a prompt")
		}
		_, err := w.client.CreateRegisteredModel(w.Context(), name, "", nil)
		w.is(err, mlflow.ErrAlreadyExists)
	})
}

// A model that somebody marks as a prompt vanishes from lists: absence is not
// deletion.
func TestAModelMarkedAsAPromptVanishesFromLists(t *testing.T) {
	everywhere(t, func(w *world) {
		name := w.modelWith(1)
		filter := got(mlflow.FilterEquals("name", name))(w)
		w.must(w.people.SetModelTag(w.Context(), name, promptTag, "true"))
		if names := w.modelNames(mlflow.SearchRequest{Filter: filter}); len(names) != 0 {
			w.Errorf("a list shows %v", names)
		}
		if w.read(name).Newest().Version != "1" {
			w.Error("a get does not show its version")
		}
		w.must(w.people.DeleteModelTag(w.Context(), name, promptTag))
		if diff := cmp.Diff([]string{name}, w.modelNames(mlflow.SearchRequest{Filter: filter})); diff != "" {
			w.Errorf("without the mark (-want +got):\n%s", diff)
		}
	})
}
