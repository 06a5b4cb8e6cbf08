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

// env is one server in one test.
type env struct {
	*testing.T
	*server
	// client is a client of the operator with all permissions.
	client *mlflow.Client
	// user is another client, with all permissions.
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
	e := &env{T: t, server: kind, user: kind.newUser()}
	e.client = e.newClient(func(*mlflow.Config) {})
	return e
}

// runCase runs one case of a test.
func (e *env) runCase(sentence string, test func(*env)) {
	e.Helper()
	e.Run(sentence, func(t *testing.T) {
		part := *e
		part.T = t
		test(&part)
	})
}

// newClient returns a client whose configuration change edits.
func (e *env) newClient(change func(*mlflow.Config)) *mlflow.Client {
	e.Helper()
	config := mlflow.Config{URL: e.url}
	if e.setup == withAuth {
		config.Auth = mlflow.BasicAuth{Username: adminName, Password: adminPassword}
	}
	change(&config)
	client, err := mlflow.New(config)
	e.requireNoError(err)
	e.Cleanup(client.CloseIdleConnections)
	return client
}

// byGeneration returns the expectation for the version of the server: MLflow 3 or 2.
func byGeneration[T any](e *env, three, two T) T {
	if e.version == version2 {
		return two
	}
	return three
}

func (e *env) requireNoError(err error) {
	e.Helper()
	if err != nil {
		e.Fatal(err)
	}
}

// requireValue returns a function that fails the test on an error and returns the value.
func requireValue[T any](value T, err error) func(*env) T {
	return func(e *env) T {
		e.Helper()
		e.requireNoError(err)
		return value
	}
}

// requireKind checks the kind of an error.
func (e *env) requireKind(err, kind error) {
	e.Helper()
	if !errors.Is(err, kind) {
		e.Errorf("got %v, want %v", err, kind)
	}
}

// requireRejected checks a User's error: its status, code and a part of its message.
func (e *env) requireRejected(err error, status int, code, part string) {
	e.Helper()
	rejection, ok := errors.AsType[*mlflowtest.ResponseError](err)
	if !ok || rejection.Status != status || rejection.Code != code || !strings.Contains(rejection.Message, part) {
		e.Errorf("got %v, want HTTP %d %s: …%s…", err, status, code, part)
	}
}

var nameCount atomic.Int64

// newName returns a name that no other test uses.
func newName(what string) string { return fmt.Sprintf("%s-%d", what, nameCount.Add(1)) }

// createModel creates a registered model.
func (e *env) createModel() string {
	e.Helper()
	name := newName("model")
	e.requireNoError(e.user.CreateModel(e.Context(), name, nil))
	return name
}

// createModelWithVersions creates a registered model with versions 1 to n.
func (e *env) createModelWithVersions(versions int) string {
	e.Helper()
	name := e.createModel()
	for range versions {
		e.createVersion(newVersionSpec(name))
	}
	return name
}

func (e *env) createVersion(spec mlflowtest.VersionSpec) string {
	e.Helper()
	return requireValue(e.user.CreateVersion(e.Context(), spec))(e)
}

// newVersionSpec returns a version from a bucket, for tests in which the source does not matter.
func newVersionSpec(name string) mlflowtest.VersionSpec {
	return mlflowtest.VersionSpec{Name: name, Source: "s3://bucket/" + name}
}

func (e *env) createRun() *entities.Run {
	e.Helper()
	return requireValue(e.user.CreateRun(e.Context(), "0", nil))(e)
}

// logMetric logs a point for each value, at steps from 0.
func (e *env) logMetric(runID, key string, values ...string) {
	e.Helper()
	for step, value := range values {
		e.requireNoError(e.user.LogMetric(e.Context(), runID,
			mlflowtest.Point{Key: key, Value: value, Step: int64(step), Timestamp: int64(step) + 1}))
	}
}

func (e *env) getModel(name string) *entities.RegisteredModel {
	e.Helper()
	return requireValue(e.client.GetRegisteredModel(e.Context(), name))(e)
}

func (e *env) getVersion(name, version string) *entities.ModelVersion {
	e.Helper()
	return requireValue(e.client.GetModelVersion(e.Context(), name, version))(e)
}
