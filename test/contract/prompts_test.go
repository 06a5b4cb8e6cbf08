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
	forEachOpenServer(t, func(w *env) {
		name := newName("prompt")
		w.requireNoError(w.user.CreatePrompt(w.Context(), name))
		filter := requireValue(mlflow.FilterEquals("name", name))(w)
		if names := w.searchModelNames(mlflow.SearchRequest{Filter: filter}); len(names) != 0 {
			w.Errorf("a list shows %v", names)
		}
		asked := filter + " and " + requireValue(mlflow.FilterTag(promptTag, "true"))(w)
		if diff := cmp.Diff([]string{name}, w.searchModelNames(mlflow.SearchRequest{Filter: asked})); diff != "" {
			w.Errorf("asked for (-want +got):\n%s", diff)
		}
		if !w.getModel(name).IsPrompt() {
			w.Error("a get does not tell that it is a prompt")
		}
		_, err := w.client.CreateRegisteredModel(w.Context(), name, "", nil)
		w.requireKind(err, mlflow.ErrAlreadyExists)
	})
}

// A model that somebody marks as a prompt vanishes from lists: absence is not
// deletion.
func TestAModelMarkedAsAPromptVanishesFromLists(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name := w.createModelWithVersions(1)
		filter := requireValue(mlflow.FilterEquals("name", name))(w)
		w.requireNoError(w.user.SetModelTag(w.Context(), name, promptTag, "true"))
		if names := w.searchModelNames(mlflow.SearchRequest{Filter: filter}); len(names) != 0 {
			w.Errorf("a list shows %v", names)
		}
		if w.getModel(name).NewestVersion().Version != "1" {
			w.Error("a get does not show its version")
		}
		w.requireNoError(w.user.DeleteModelTag(w.Context(), name, promptTag))
		if diff := cmp.Diff([]string{name}, w.searchModelNames(mlflow.SearchRequest{Filter: filter})); diff != "" {
			w.Errorf("without the mark (-want +got):\n%s", diff)
		}
	})
}
