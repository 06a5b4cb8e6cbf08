// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"strings"
	"testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

func (e *env) newClientAs(auth mlflow.Auth) *mlflow.Client {
	e.Helper()
	return e.newClient(func(c *mlflow.Config) { c.Auth = auth })
}

func TestCredentialsThatAreNotAccepted(t *testing.T) {
	cases := map[string]mlflow.Auth{
		"none":             nil,
		"a wrong password": mlflow.BasicAuth{Username: adminName, Password: "wrong"},
		"an unknown user":  mlflow.BasicAuth{Username: "unknown", Password: adminPassword},
		"a token":          mlflow.BearerAuth{Token: "token"},
	}
	forEachServer(t, withAuth, func(e *env) {
		for sentence, auth := range cases {
			e.runCase(sentence, func(e *env) {
				_, err := e.newClientAs(auth).SearchRegisteredModels(e.Context(), mlflow.SearchRequest{})
				e.requireKind(err, mlflow.ErrUnauthenticated)
			})
		}
	})
}

func TestProbesUnderAuthentication(t *testing.T) {
	forEachServer(t, withAuth, func(e *env) {
		e.user.Username = ""
		for path, want := range map[string]int{"/health": 200, "/version": 401, "/api/3.0/mlflow/server-info": 200} {
			if answer := e.sendRaw("GET", path, nil); answer.Status != want {
				e.Errorf("%s: HTTP %d, want %d", path, answer.Status, want)
			}
		}
		answer := e.sendRaw("GET", api+"registered-models/search", nil)
		if answer.Status != 401 || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") ||
			!strings.HasPrefix(answer.Header.Get("WWW-Authenticate"), "Basic") {
			e.Errorf("got %d %v", answer.Status, answer.Header)
		}
		info := requireValue(e.client.GetServerInfo(e.Context()))(e)
		if info.Version != e.version {
			e.Errorf("got %+v", info)
		}
	})
}

func TestReadPermission(t *testing.T) {
	forEachServer(t, withAuth, func(e *env) {
		ctx, name := e.Context(), e.createModelWithVersions(1)
		reader := e.newClientAs(mlflow.BasicAuth{Username: readerName, Password: readerPassword})
		requireValue(reader.GetRegisteredModel(ctx, name))(e)
		requireValue(reader.GetModelVersion(ctx, name, "1"))(e)
		for sentence, err := range map[string]error{
			"an alias":        reader.SetRegisteredModelAlias(ctx, name, "champion", "1"),
			"a model's tag":   reader.SetRegisteredModelTag(ctx, name, "k", "v"),
			"a version's tag": reader.SetModelVersionTag(ctx, name, "1", "k", "v"),
			"a stage":         reader.TransitionModelVersionStage(ctx, name, "1", "Staging", false),
			"a description":   reader.UpdateRegisteredModel(ctx, name, "d"),
		} {
			e.runCase(sentence, func(e *env) { e.requireKind(err, mlflow.ErrPermissionDenied) })
		}
	})
}

// With the default permission READ a missing model is not found, and the objects that belong to a
// missing one are forbidden.
func TestMissingObjectsWithReadPermission(t *testing.T) {
	forEachServer(t, withAuth, func(e *env) {
		ctx, name := e.Context(), e.createModel()
		reader := e.newClientAs(mlflow.BasicAuth{Username: readerName, Password: readerPassword})
		_, err := reader.GetRegisteredModel(ctx, newName("absent"))
		e.requireKind(err, mlflow.ErrNotFound)
		_, err = reader.GetModelVersion(ctx, name, "9")
		e.requireKind(err, mlflow.ErrNotFound)
		_, err = reader.GetModelVersion(ctx, newName("absent"), "1")
		e.requireKind(err, mlflow.ErrPermissionDenied)
		_, err = reader.GetRun(ctx, "0123456789abcdef0123456789abcdef")
		e.requireKind(err, mlflow.ErrPermissionDenied)
		_, err = reader.GetLoggedModel(ctx, "m-0123456789abcdef0123456789abcdef")
		e.requireKind(err, mlflow.ErrPermissionDenied)
	})
}
