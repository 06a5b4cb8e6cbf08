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

// world is one server as one test sees it.
type world struct {
	*testing.T
	*kind
	// client is the operator's, with all rights.
	client *mlflow.Client
	// people act behind the operator's back.
	people *mlflowtest.User
}

// everywhere runs a test against each open server.
func everywhere(t *testing.T, test func(*world)) {
	t.Helper()
	on(t, open, test)
}

// on runs a test against each server of one setup.
func on(t *testing.T, setup setup, test func(*world)) {
	t.Helper()
	t.Parallel()
	for _, kind := range kinds {
		if kind.setup != setup {
			continue
		}
		t.Run(kind.name, func(t *testing.T) { test(newWorld(t, kind)) })
	}
}

func newWorld(t *testing.T, kind *kind) *world {
	t.Helper()
	w := &world{T: t, kind: kind, people: kind.user()}
	w.client = w.clientWith(func(*mlflow.Config) {})
	return w
}

// that runs one case of a test.
func (w *world) that(sentence string, test func(*world)) {
	w.Helper()
	w.Run(sentence, func(t *testing.T) {
		part := *w
		part.T = t
		test(&part)
	})
}

// clientWith is a client whose configuration differs.
func (w *world) clientWith(change func(*mlflow.Config)) *mlflow.Client {
	w.Helper()
	config := mlflow.Config{URL: w.url}
	if w.setup == withAuth {
		config.Auth = mlflow.BasicAuth{Username: adminName, Password: adminPassword}
	}
	change(&config)
	client, err := mlflow.New(config)
	w.must(err)
	w.Cleanup(client.CloseIdleConnections)
	return client
}

// per chooses what this generation of MLflow is expected to do.
func per[T any](w *world, three, two T) T {
	if w.version == version2 {
		return two
	}
	return three
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// got unwraps an answer that has to be there.
func got[T any](value T, err error) func(*world) T {
	return func(w *world) T {
		w.Helper()
		w.must(err)
		return value
	}
}

// is checks the kind of a failure.
func (w *world) is(err, kind error) {
	w.Helper()
	if !errors.Is(err, kind) {
		w.Errorf("got %v, want %v", err, kind)
	}
}

// refused checks an answer to a User by its status, code and a part of its message.
func (w *world) refused(err error, status int, code, part string) {
	w.Helper()
	refusal, ok := errors.AsType[*mlflowtest.ResponseError](err)
	if !ok || refusal.Status != status || refusal.Code != code || !strings.Contains(refusal.Message, part) {
		w.Errorf("got %v, want HTTP %d %s: …%s…", err, status, code, part)
	}
}

var names atomic.Int64

// fresh is a name that no other test has.
func fresh(what string) string { return fmt.Sprintf("%s-%d", what, names.Add(1)) }

// model creates a registered model.
func (w *world) model() string {
	w.Helper()
	name := fresh("model")
	w.must(w.people.CreateModel(w.Context(), name, nil))
	return name
}

// modelWith creates a registered model with versions 1 to n.
func (w *world) modelWith(versions int) string {
	w.Helper()
	name := w.model()
	for range versions {
		w.add(versionOf(name))
	}
	return name
}

func (w *world) add(spec mlflowtest.VersionSpec) string {
	w.Helper()
	return got(w.people.CreateVersion(w.Context(), spec))(w)
}

// versionOf is a version from a bucket, for tests to which the source is all one.
func versionOf(name string) mlflowtest.VersionSpec {
	return mlflowtest.VersionSpec{Name: name, Source: "s3://bucket/" + name}
}

func (w *world) run() *entities.Run {
	w.Helper()
	return got(w.people.CreateRun(w.Context(), "0", nil))(w)
}

// log logs a point for each value, at steps from 0.
func (w *world) log(runID, key string, values ...string) {
	w.Helper()
	for step, value := range values {
		w.must(w.people.LogMetric(w.Context(), runID,
			mlflowtest.Point{Key: key, Value: value, Step: int64(step), Timestamp: int64(step) + 1}))
	}
}

func (w *world) read(name string) *entities.RegisteredModel {
	w.Helper()
	return got(w.client.GetRegisteredModel(w.Context(), name))(w)
}

func (w *world) readVersion(name, version string) *entities.ModelVersion {
	w.Helper()
	return got(w.client.GetModelVersion(w.Context(), name, version))(w)
}
