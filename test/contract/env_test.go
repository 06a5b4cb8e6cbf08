// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// env is one server as one test sees it.
type env struct {
	*testing.T
	*server
	// client is the operator's, with all rights.
	client *mlflow.Client
	// user act behind the operator's back.
	user *mlflowtest.User
}

// forEachOpenServer runs a test against each open server.
func forEachOpenServer(t *testing.T, test func(*env)) {
	t.Helper()
	forEachServer(t, open, test)
}

// forEachServer runs a test against each server of one setup.
func forEachServer(t *testing.T, setup setup, test func(*env)) {
	t.Helper()
	t.Parallel()
	for _, kind := range servers {
		if kind.setup != setup {
			continue
		}
		t.Run(kind.name, func(t *testing.T) { test(newEnv(t, kind)) })
	}
}

func newEnv(t *testing.T, kind *server) *env {
	t.Helper()
	w := &env{T: t, server: kind, user: kind.newUser()}
	w.client = w.newClient(func(*mlflow.Config) {})
	return w
}

// runCase runs one case of a test.
func (w *env) runCase(sentence string, test func(*env)) {
	w.Helper()
	w.Run(sentence, func(t *testing.T) {
		part := *w
		part.T = t
		test(&part)
	})
}

// newClient is a client whose configuration differs.
func (w *env) newClient(change func(*mlflow.Config)) *mlflow.Client {
	w.Helper()
	config := mlflow.Config{URL: w.url}
	if w.setup == withAuth {
		config.Auth = mlflow.BasicAuth{Username: adminName, Password: adminPassword}
	}
	change(&config)
	client, err := mlflow.New(config)
	w.requireNoError(err)
	w.Cleanup(client.CloseIdleConnections)
	return client
}

// byGeneration chooses what this generation of MLflow is expected to do.
func byGeneration[T any](w *env, three, two T) T {
	if w.version == version2 {
		return two
	}
	return three
}

func (w *env) requireNoError(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// requireValue unwraps an answer that has to be there.
func requireValue[T any](value T, err error) func(*env) T {
	return func(w *env) T {
		w.Helper()
		w.requireNoError(err)
		return value
	}
}

// requireKind checks the kind of a failure.
func (w *env) requireKind(err, kind error) {
	w.Helper()
	if !errors.Is(err, kind) {
		w.Errorf("got %v, want %v", err, kind)
	}
}

// requireRejected checks an answer to a User by its status, code and a part of its message.
func (w *env) requireRejected(err error, status int, code, part string) {
	w.Helper()
	refusal, ok := errors.AsType[*mlflowtest.ResponseError](err)
	if !ok || refusal.Status != status || refusal.Code != code || !strings.Contains(refusal.Message, part) {
		w.Errorf("got %v, want HTTP %d %s: …%s…", err, status, code, part)
	}
}

var nameCount atomic.Int64

// newName is a name that no other test has.
func newName(what string) string { return fmt.Sprintf("%s-%d", what, nameCount.Add(1)) }

// createModel creates a registered model.
func (w *env) createModel() string {
	w.Helper()
	name := newName("model")
	w.requireNoError(w.user.CreateModel(w.Context(), name, nil))
	return name
}

// createModelWithVersions creates a registered model with versions 1 to n.
func (w *env) createModelWithVersions(versions int) string {
	w.Helper()
	name := w.createModel()
	for range versions {
		w.createVersion(newVersionSpec(name))
	}
	return name
}

func (w *env) createVersion(spec mlflowtest.VersionSpec) string {
	w.Helper()
	return requireValue(w.user.CreateVersion(w.Context(), spec))(w)
}

// newVersionSpec is a version from a bucket, for tests to which the source is all one.
func newVersionSpec(name string) mlflowtest.VersionSpec {
	return mlflowtest.VersionSpec{Name: name, Source: "s3://bucket/" + name}
}

func (w *env) createRun() *entities.Run {
	w.Helper()
	return requireValue(w.user.CreateRun(w.Context(), "0", nil))(w)
}

// logMetric logs a point for each value, at steps from 0.
func (w *env) logMetric(runID, key string, values ...string) {
	w.Helper()
	for step, value := range values {
		w.requireNoError(w.user.LogMetric(w.Context(), runID,
			mlflowtest.Point{Key: key, Value: value, Step: int64(step), Timestamp: int64(step) + 1}))
	}
}

func (w *env) getModel(name string) *entities.RegisteredModel {
	w.Helper()
	return requireValue(w.client.GetRegisteredModel(w.Context(), name))(w)
}

func (w *env) getVersion(name, version string) *entities.ModelVersion {
	w.Helper()
	return requireValue(w.client.GetModelVersion(w.Context(), name, version))(w)
}
