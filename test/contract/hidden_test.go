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

// hideModel hides a model from the reader. The server in memory hides it by its name.
func (e *env) hideModel(name string) {
	e.Helper()
	if e.real == nil {
		return
	}
	answer := e.sendRaw("POST", grantPath, object{
		"username": readerName, "resource_type": "registered_model", "resource_id": name, "permission": "DENY",
	})
	if answer.Status != 200 {
		e.Fatalf("HTTP %d: %s", answer.Status, answer.Body)
	}
}

// createHalfHiddenModels creates models with two versions each, and hides every other one.
func (e *env) createHalfHiddenModels(pattern string) (seen, hidden []string) {
	e.Helper()
	for i := range 6 {
		name := fmt.Sprintf("%s-%d", pattern, i)
		if i%2 == 1 {
			name = fmt.Sprintf("%s-%s-%d", hiddenPrefix, pattern, i)
		}
		e.requireNoError(e.user.CreateModel(e.Context(), name, nil))
		e.createVersion(newVersionSpec(name))
		e.createVersion(newVersionSpec(name))
		if i%2 == 0 {
			seen = append(seen, name)
			continue
		}
		e.hideModel(name)
		hidden = append(hidden, name)
	}
	return seen, hidden
}

func (e *env) newReaderClient() *mlflow.Client {
	e.Helper()
	return e.newClientAs(mlflow.BasicAuth{Username: readerName, Password: readerPassword})
}

// MLflow fills the pages of models with those that the account may read: only the last is short.
func TestListsOmitHiddenModels(t *testing.T) {
	forEachServer(t, withAuth, func(e *env) {
		pattern := newName("half")
		seen, _ := e.createHalfHiddenModels(pattern)
		everyone := *e
		e.client = e.newReaderClient()
		filter := "name LIKE '%" + pattern + "-%'"
		for _, size := range []int{1, 2, 3, 200} {
			request := mlflow.SearchRequest{Filter: filter, MaxResults: size}
			if diff := cmp.Diff(seen, e.searchModelNames(request)); diff != "" {
				e.Errorf("pages of %d (-want +got):\n%s", size, diff)
			}
			if names := everyone.searchModelNames(request); len(names) != 6 {
				e.Errorf("an admin lists %v", names)
			}
		}
	})
}

// MLflow hides versions after paging: a page may be empty, and others follow.
func TestPagesOfVersionsMayBeEmpty(t *testing.T) {
	forEachServer(t, withAuth, func(e *env) {
		pattern := newName("half")
		seen, _ := e.createHalfHiddenModels(pattern)
		request := mlflow.SearchRequest{
			Filter: "name LIKE '%" + pattern + "-%'", OrderBy: []string{"creation_timestamp ASC"}, MaxResults: 2,
		}
		client, empty := e.newReaderClient(), 0
		var names []string
		for {
			page := requireValue(client.SearchModelVersions(e.Context(), request))(e)
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
			e.Errorf("%d empty pages before the last; versions (-want +got):\n%s", empty, diff)
		}
	})
}

func TestHiddenModelsAreForbidden(t *testing.T) {
	forEachServer(t, withAuth, func(e *env) {
		ctx, client := e.Context(), e.newReaderClient()
		_, hidden := e.createHalfHiddenModels(newName("half"))
		name := hidden[0]
		_, getModel := client.GetRegisteredModel(ctx, name)
		_, getVersion := client.GetModelVersion(ctx, name, "1")
		_, create := client.CreateRegisteredModel(ctx, name, "", nil)
		for sentence, err := range map[string]error{
			"the model": getModel, "its version": getVersion, "to take the name": create,
			"an alias": client.SetRegisteredModelAlias(ctx, name, "champion", "1"),
			"a tag":    client.SetRegisteredModelTag(ctx, name, "k", "v"),
		} {
			e.runCase(sentence, func(e *env) { e.requireKind(err, mlflow.ErrPermissionDenied) })
		}
		page := requireValue(client.SearchRegisteredModels(ctx, mlflow.SearchRequest{Filter: e.newListFilter("name", hidden...)}))(e)
		if len(page.RegisteredModels) != 0 {
			e.Errorf("a list of hidden names finds %d", len(page.RegisteredModels))
		}
	})
}
