// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

const grantPath = "/api/3.0/mlflow/users/permissions/grant"

// hideModel takes a model from the reader's sight; the server in memory goes by its name.
func (w *env) hideModel(name string) {
	w.Helper()
	if w.real == nil {
		return
	}
	answer := w.sendRaw("POST", grantPath, object{
		"username": readerName, "resource_type": "registered_model", "resource_id": name, "permission": "DENY",
	})
	if answer.Status != 200 {
		w.Fatalf("HTTP %d: %s", answer.Status, answer.Body)
	}
}

// createHalfHiddenModels are models with two versions each, every other of them hidden.
func (w *env) createHalfHiddenModels(pattern string) (seen, hidden []string) {
	w.Helper()
	for i := range 6 {
		name := fmt.Sprintf("%s-%d", pattern, i)
		if i%2 == 1 {
			name = fmt.Sprintf("%s-%s-%d", hiddenPrefix, pattern, i)
		}
		w.requireNoError(w.user.CreateModel(w.Context(), name, nil))
		w.createVersion(newVersionSpec(name))
		w.createVersion(newVersionSpec(name))
		if i%2 == 0 {
			seen = append(seen, name)
			continue
		}
		w.hideModel(name)
		hidden = append(hidden, name)
	}
	return seen, hidden
}

func (w *env) newReaderClient() *mlflow.Client {
	w.Helper()
	return w.newClientAs(mlflow.BasicAuth{Username: readerName, Password: readerPassword})
}

// Pages of models are filled up with what may be read: only the last is short.
func TestListsOmitHiddenModels(t *testing.T) {
	forEachServer(t, withAuth, func(w *env) {
		pattern := newName("half")
		seen, _ := w.createHalfHiddenModels(pattern)
		everyone := *w
		w.client = w.newReaderClient()
		filter := "name LIKE '%" + pattern + "-%'"
		for _, size := range []int{1, 2, 3, 200} {
			request := mlflow.SearchRequest{Filter: filter, MaxResults: size}
			if diff := cmp.Diff(seen, w.searchModelNames(request)); diff != "" {
				w.Errorf("pages of %d (-want +got):\n%s", size, diff)
			}
			if names := everyone.searchModelNames(request); len(names) != 6 {
				w.Errorf("an admin sees %v", names)
			}
		}
	})
}

// Pages of versions are cut first: one may be empty, and yet others follow.
func TestPagesOfVersionsMayBeEmpty(t *testing.T) {
	forEachServer(t, withAuth, func(w *env) {
		pattern := newName("half")
		seen, _ := w.createHalfHiddenModels(pattern)
		request := mlflow.SearchRequest{
			Filter: "name LIKE '%" + pattern + "-%'", OrderBy: []string{"creation_timestamp ASC"}, MaxResults: 2,
		}
		client, empty := w.newReaderClient(), 0
		var names []string
		for {
			page := requireValue(client.SearchModelVersions(w.Context(), request))(w)
			for _, version := range page.ModelVersions {
				names = append(names, version.Name)
			}
			request.PageToken = page.NextPageToken
			if page.NextPageToken == "" {
				break
			}
			if len(page.ModelVersions) == 0 {
				empty++
			}
		}
		want := []string{seen[0], seen[0], seen[1], seen[1], seen[2], seen[2]}
		if diff := cmp.Diff(want, names); diff != "" || empty == 0 {
			w.Errorf("%d empty pages before the last; versions (-want +got):\n%s", empty, diff)
		}
	})
}

func TestHiddenModelsAreForbidden(t *testing.T) {
	forEachServer(t, withAuth, func(w *env) {
		ctx, client := w.Context(), w.newReaderClient()
		_, hidden := w.createHalfHiddenModels(newName("half"))
		name := hidden[0]
		_, getModel := client.GetRegisteredModel(ctx, name)
		_, getVersion := client.GetModelVersion(ctx, name, "1")
		_, create := client.CreateRegisteredModel(ctx, name, "", nil)
		for sentence, err := range map[string]error{
			"the model": getModel, "its version": getVersion, "to take the name": create,
			"an alias": client.SetRegisteredModelAlias(ctx, name, "champion", "1"),
			"a tag":    client.SetRegisteredModelTag(ctx, name, "k", "v"),
		} {
			w.runCase(sentence, func(w *env) { w.requireKind(err, mlflow.ErrPermissionDenied) })
		}
		page := requireValue(client.SearchRegisteredModels(ctx, mlflow.SearchRequest{Filter: w.newListFilter("name", hidden...)}))(w)
		if len(page.RegisteredModels) != 0 {
			w.Errorf("a list of hidden names finds %d", len(page.RegisteredModels))
		}
	})
}
