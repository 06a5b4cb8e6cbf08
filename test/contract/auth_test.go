// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"strings"
	"testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

func (w *env) newClientAs(auth mlflow.Auth) *mlflow.Client {
	w.Helper()
	return w.newClient(func(c *mlflow.Config) { c.Auth = auth })
}

func TestCredentialsThatAreNotAccepted(t *testing.T) {
	cases := map[string]mlflow.Auth{
		"none":             nil,
		"a wrong password": mlflow.BasicAuth{Username: adminName, Password: "wrong"},
		"an unknown user":  mlflow.BasicAuth{Username: "nobody", Password: adminPassword},
		"a token":          mlflow.BearerAuth{Token: "token"},
	}
	forEachServer(t, withAuth, func(w *env) {
		for sentence, auth := range cases {
			w.runCase(sentence, func(w *env) {
				_, err := w.newClientAs(auth).SearchRegisteredModels(w.Context(), mlflow.SearchRequest{})
				w.requireKind(err, mlflow.ErrUnauthenticated)
			})
		}
	})
}

func TestProbesUnderAuthentication(t *testing.T) {
	forEachServer(t, withAuth, func(w *env) {
		w.user.Username = ""
		for path, want := range map[string]int{"/health": 200, "/version": 401, "/api/3.0/mlflow/server-info": 200} {
			if answer := w.sendRaw("GET", path, nil); answer.Status != want {
				w.Errorf("%s: HTTP %d, want %d", path, answer.Status, want)
			}
		}
		answer := w.sendRaw("GET", api+"registered-models/search", nil)
		if answer.Status != 401 || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") ||
			!strings.HasPrefix(answer.Header.Get("WWW-Authenticate"), "Basic") {
			w.Errorf("got %d %v", answer.Status, answer.Header)
		}
		info := requireValue(w.client.GetServerInfo(w.Context()))(w)
		if info.Version != w.version {
			w.Errorf("got %+v", info)
		}
	})
}

func TestReadPermission(t *testing.T) {
	forEachServer(t, withAuth, func(w *env) {
		ctx, name := w.Context(), w.createModelWithVersions(1)
		reader := w.newClientAs(mlflow.BasicAuth{Username: readerName, Password: readerPassword})
		requireValue(reader.GetRegisteredModel(ctx, name))(w)
		requireValue(reader.GetModelVersion(ctx, name, "1"))(w)
		for sentence, err := range map[string]error{
			"an alias":        reader.SetRegisteredModelAlias(ctx, name, "champion", "1"),
			"a model's tag":   reader.SetRegisteredModelTag(ctx, name, "k", "v"),
			"a version's tag": reader.SetModelVersionTag(ctx, name, "1", "k", "v"),
			"a stage":         reader.TransitionModelVersionStage(ctx, name, "1", "Staging", false),
			"a description":   reader.UpdateRegisteredModel(ctx, name, "d"),
		} {
			w.runCase(sentence, func(w *env) { w.requireKind(err, mlflow.ErrPermissionDenied) })
		}
	})
}

// With the shipped default of READ a missing model is seen as missing; what belongs
// to something missing is forbidden.
func TestMissingObjectsWithReadPermission(t *testing.T) {
	forEachServer(t, withAuth, func(w *env) {
		ctx, name := w.Context(), w.createModel()
		reader := w.newClientAs(mlflow.BasicAuth{Username: readerName, Password: readerPassword})
		_, err := reader.GetRegisteredModel(ctx, newName("absent"))
		w.requireKind(err, mlflow.ErrNotFound)
		_, err = reader.GetModelVersion(ctx, name, "9")
		w.requireKind(err, mlflow.ErrNotFound)
		_, err = reader.GetModelVersion(ctx, newName("absent"), "1")
		w.requireKind(err, mlflow.ErrPermissionDenied)
		_, err = reader.GetRun(ctx, "0123456789abcdef0123456789abcdef")
		w.requireKind(err, mlflow.ErrPermissionDenied)
		_, err = reader.GetLoggedModel(ctx, "m-0123456789abcdef0123456789abcdef")
		w.requireKind(err, mlflow.ErrPermissionDenied)
	})
}
