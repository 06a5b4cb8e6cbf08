// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"strings"
	"testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

func (w *world) clientAs(auth mlflow.Auth) *mlflow.Client {
	w.Helper()
	return w.clientWith(func(c *mlflow.Config) { c.Auth = auth })
}

func TestCredentialsThatAreNotAccepted(t *testing.T) {
	cases := map[string]mlflow.Auth{
		"none":             nil,
		"a wrong password": mlflow.BasicAuth{Username: adminName, Password: "wrong"},
		"an unknown user":  mlflow.BasicAuth{Username: "nobody", Password: adminPassword},
		"a token":          mlflow.BearerAuth{Token: "token"},
	}
	on(t, withAuth, func(w *world) {
		for sentence, auth := range cases {
			w.that(sentence, func(w *world) {
				_, err := w.clientAs(auth).SearchRegisteredModels(w.Context(), mlflow.SearchRequest{})
				w.is(err, mlflow.ErrUnauthenticated)
			})
		}
	})
}

func TestProbesUnderAuthentication(t *testing.T) {
	on(t, withAuth, func(w *world) {
		w.people.Username = ""
		for path, want := range map[string]int{"/health": 200, "/version": 401, "/api/3.0/mlflow/server-info": 200} {
			if answer := w.raw("GET", path, nil); answer.Status != want {
				w.Errorf("%s: HTTP %d, want %d", path, answer.Status, want)
			}
		}
		answer := w.raw("GET", api+"registered-models/search", nil)
		if answer.Status != 401 || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") ||
			!strings.HasPrefix(answer.Header.Get("WWW-Authenticate"), "Basic") {
			w.Errorf("got %d %v", answer.Status, answer.Header)
		}
		info := got(w.client.GetServerInfo(w.Context()))(w)
		if info.Version != w.version {
			w.Errorf("got %+v", info)
		}
	})
}

func TestWhoMayOnlyRead(t *testing.T) {
	on(t, withAuth, func(w *world) {
		ctx, name := w.Context(), w.modelWith(1)
		reader := w.clientAs(mlflow.BasicAuth{Username: readerName, Password: readerPassword})
		got(reader.GetRegisteredModel(ctx, name))(w)
		got(reader.GetModelVersion(ctx, name, "1"))(w)
		for sentence, err := range map[string]error{
			"an alias":        reader.SetRegisteredModelAlias(ctx, name, "champion", "1"),
			"a model's tag":   reader.SetRegisteredModelTag(ctx, name, "k", "v"),
			"a version's tag": reader.SetModelVersionTag(ctx, name, "1", "k", "v"),
			"a stage":         reader.TransitionModelVersionStage(ctx, name, "1", "Staging", false),
			"a description":   reader.UpdateRegisteredModel(ctx, name, "d"),
		} {
			w.that(sentence, func(w *world) { w.is(err, mlflow.ErrPermissionDenied) })
		}
	})
}

// With the shipped default of READ a missing model is seen as missing; what belongs
// to something missing is forbidden.
func TestWhatIsMissingToWhoMayOnlyRead(t *testing.T) {
	on(t, withAuth, func(w *world) {
		ctx, name := w.Context(), w.model()
		reader := w.clientAs(mlflow.BasicAuth{Username: readerName, Password: readerPassword})
		_, err := reader.GetRegisteredModel(ctx, fresh("absent"))
		w.is(err, mlflow.ErrNotFound)
		_, err = reader.GetModelVersion(ctx, name, "9")
		w.is(err, mlflow.ErrNotFound)
		_, err = reader.GetModelVersion(ctx, fresh("absent"), "1")
		w.is(err, mlflow.ErrPermissionDenied)
		_, err = reader.GetRun(ctx, "0123456789abcdef0123456789abcdef")
		w.is(err, mlflow.ErrPermissionDenied)
		_, err = reader.GetLoggedModel(ctx, "m-0123456789abcdef0123456789abcdef")
		w.is(err, mlflow.ErrPermissionDenied)
	})
}
