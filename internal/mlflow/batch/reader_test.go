// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package batch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/neuronews/mlflow-registry-operator/internal/limiter"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// fixture is a server with five models of two versions, each with a run of its own.
type fixture struct {
	*testing.T
	server *mlflowtest.Server
	client *mlflow.Client
	reader *Reader
	// runs are the runs of the models' second versions.
	runs []string
}

const modelCount = 5

func newFixture(t *testing.T, options mlflowtest.Options) *fixture {
	t.Helper()
	f := &fixture{T: t, server: mlflowtest.Start(options)}
	t.Cleanup(f.server.Close)
	var err error
	f.client, err = mlflow.New(mlflow.Config{URL: f.server.URL})
	f.requireNoError(err)
	t.Cleanup(f.client.CloseIdleConnections)
	f.reader = NewReader(f.client)
	user := f.server.User()
	experiment, err := user.CreateExperiment(t.Context(), "news")
	f.requireNoError(err)
	for i := range modelCount {
		name := nameOf(i)
		f.requireNoError(user.CreateModel(t.Context(), name, map[string]string{"k": "v"}))
		for range 2 {
			run, err := user.CreateRun(t.Context(), experiment, nil)
			f.requireNoError(err)
			_, err = user.CreateVersion(t.Context(), mlflowtest.VersionSpec{Name: name, Source: "s3://m", RunID: run.RunID})
			f.requireNoError(err)
			f.runs = append(f.runs[:i], run.RunID)
		}
		f.requireNoError(user.SetAlias(t.Context(), name, "champion", "2"))
	}
	return f
}

func (f *fixture) requireNoError(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// fetchNamed fetches models by name.
func (r *Reader) fetchNamed(ctx context.Context, names []string) map[string]result[modelOrVersion] {
	var keys []modelKey
	for _, name := range names {
		keys = append(keys, modelKey{model: name})
	}
	answers := map[string]result[modelOrVersion]{}
	for key, got := range r.fetchModels(ctx, keys) {
		answers[key.model] = got
	}
	return answers
}

func nameOf(i int) string { return fmt.Sprintf("model-%d", i) }

func allNames() []string {
	var all []string
	for i := range modelCount {
		all = append(all, nameOf(i))
	}
	return all
}

// wantCalls compares the calls per endpoint since the last wantCalls.
func (f *fixture) wantCalls(want map[string]int) {
	f.Helper()
	got := map[string]int{}
	for _, call := range f.server.Calls() {
		got[call.Endpoint]++
	}
	f.server.ResetCalls()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		f.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestModelsAreReadTogether(t *testing.T) {
	f := newFixture(t, mlflowtest.Options{})
	answers := f.reader.fetchNamed(t.Context(), append(allNames(), "gone"))
	f.wantCalls(map[string]int{"registered-models/search": 1, "registered-models/get": 1})
	for _, name := range allNames() {
		want, err := f.client.GetRegisteredModel(t.Context(), name)
		f.requireNoError(err)
		if diff := cmp.Diff(want, answers[name].value.model); diff != "" || answers[name].err != nil {
			t.Errorf("%s (-get +search):\n%s%v", name, diff, answers[name].err)
		}
	}
	if err := answers["gone"].err; !errors.Is(err, mlflow.ErrNotFound) {
		t.Errorf("error of a model that does not exist is %v", err)
	}
}

func TestOneModelIsReadByItself(t *testing.T) {
	f := newFixture(t, mlflowtest.Options{})
	model, err := f.reader.RegisteredModel(t.Context(), nameOf(0))
	f.requireNoError(err)
	if model.Name != nameOf(0) {
		t.Errorf("got model %s", model.Name)
	}
	f.wantCalls(map[string]int{"registered-models/get": 1})
}

// A search hides prompts, so the reader gets them.
func TestPromptsAreFound(t *testing.T) {
	f := newFixture(t, mlflowtest.Options{})
	f.requireNoError(f.server.User().CreatePrompt(t.Context(), "prompt"))
	answers := f.reader.fetchNamed(t.Context(), append(allNames(), "prompt"))
	if got := answers["prompt"]; got.err != nil || !got.value.model.IsPrompt() {
		t.Errorf("got %v, %v", got.value, got.err)
	}
}

func TestServerWithoutNameSearch(t *testing.T) {
	f := newFixture(t, mlflowtest.Options{Version: mlflowtest.Version2})
	answers := f.reader.fetchNamed(t.Context(), allNames())
	f.wantCalls(map[string]int{"registered-models/search": 1, "registered-models/get": modelCount})
	if got := answers[nameOf(4)]; got.err != nil || got.value.model.Name != nameOf(4) {
		t.Errorf("got %v, %v", got.value, got.err)
	}
	f.reader.fetchNamed(t.Context(), allNames())
	f.wantCalls(map[string]int{"registered-models/get": modelCount})
}

func TestRejectedCredentialsFailTheWholeBatch(t *testing.T) {
	f := newFixture(t, mlflowtest.Options{})
	f.reader.fetchRuns(t.Context(), f.runs)
	f.server.ResetCalls()
	f.server.InjectFault(mlflowtest.AnyCall(), mlflowtest.Unauthorized())
	for name, got := range f.reader.fetchNamed(t.Context(), allNames()) {
		if !errors.Is(got.err, mlflow.ErrUnauthenticated) {
			t.Errorf("%s: error is %v", name, got.err)
		}
	}
	for id, got := range f.reader.fetchRuns(t.Context(), f.runs) {
		if !errors.Is(got.err, mlflow.ErrUnauthenticated) {
			t.Errorf("run %s: error is %v", id, got.err)
		}
	}
	f.wantCalls(map[string]int{"registered-models/search": 1, "runs/search": 1})
}

// The cause of a failed search may be one object or the search itself: a proxy without its path,
// a row that the server can't encode.
func TestFailedSearchFallsBackToReads(t *testing.T) {
	for name, fault := range map[string]mlflowtest.Fault{
		"a server error":    mlflowtest.ServerError(),
		"a rejection":       mlflowtest.Forbidden(),
		"a page of a proxy": mlflowtest.LoginPage(),
		"an invalid answer": mlflowtest.RespondWith(200, "application/json", "{"),
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, mlflowtest.Options{})
			f.reader.fetchRuns(t.Context(), f.runs)
			f.server.InjectFault(mlflowtest.CallsTo("registered-models/search", "runs/search"), fault)
			for name, got := range f.reader.fetchNamed(t.Context(), allNames()) {
				if got.err != nil || got.value.model.Name != name {
					t.Errorf("%s: got %v, %v", name, got.value, got.err)
				}
			}
			for id, got := range f.reader.fetchRuns(t.Context(), f.runs) {
				if got.err != nil || got.value.RunID != id {
					t.Errorf("run %s: got %v, %v", id, got.value, got.err)
				}
			}
		})
	}
}

// The reader reads a bounded number of pages of a server without a last page, and keeps only the
// objects that it searched for.
func TestEndlessSearch(t *testing.T) {
	var pages atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		page := pages.Add(1)
		_, _ = fmt.Fprintf(w, `{"registered_models": [{"name": "unrelated-%d"}], "next_page_token": "after-%d"}`, page, page)
	}))
	defer server.Close()
	client, err := mlflow.New(mlflow.Config{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	found, err := NewReader(client).searchModels(t.Context(), allNames())
	if err != nil || len(found) > 0 || pages.Load() != modelCount {
		t.Errorf("found %v, %v, on %d pages", found, err, pages.Load())
	}
}

func TestSearchesThatAreTooLargeShrink(t *testing.T) {
	f := newFixture(t, mlflowtest.Options{})
	for _, want := range []int64{50, 25, 12, 6, 3, minBatchSize, minBatchSize} {
		f.reader.runs.shrinkOnError(mlflow.ErrTooLarge)
		if got := f.reader.runs.maxKeys.Load(); got != want {
			t.Errorf("%d keys per fetch, want %d", got, want)
		}
	}
	f.reader.models.shrinkOnError(mlflow.ErrServer)
	if got := f.reader.models.maxKeys.Load(); got != maxBatchSize {
		t.Errorf("%d keys per fetch after another error, want %d", got, maxBatchSize)
	}
}

func TestVersionsComeWithTheirModels(t *testing.T) {
	f := newFixture(t, mlflowtest.Options{})
	var keys []modelKey
	for _, name := range allNames() {
		keys = append(keys, modelKey{name, "2"})
	}
	keys = append(keys, modelKey{nameOf(0), "1"}, modelKey{nameOf(0), "9"}, modelKey{"gone", "1"})
	answers := f.reader.fetchModels(t.Context(), keys)
	f.wantCalls(map[string]int{"registered-models/search": 1, "model-versions/get": 3})
	for _, key := range keys[:modelCount+1] {
		want, err := f.client.GetModelVersion(t.Context(), key.model, key.version)
		f.requireNoError(err)
		if diff := cmp.Diff(want, answers[key].value.version, cmpopts.EquateEmpty()); diff != "" || answers[key].err != nil {
			t.Errorf("%v (-get +search):\n%s%v", key, diff, answers[key].err)
		}
	}
	for _, key := range keys[modelCount+1:] {
		if err := answers[key].err; !errors.Is(err, mlflow.ErrNotFound) {
			t.Errorf("%v: error is %v", key, err)
		}
	}
}

// A promotion reads a version and, later, its model: one batch may have requests for both.
func TestModelsAndVersionsAreReadTogether(t *testing.T) {
	f := newFixture(t, mlflowtest.Options{})
	model, version := modelKey{model: nameOf(0)}, modelKey{nameOf(0), "2"}
	answers := f.reader.fetchModels(t.Context(), []modelKey{model, version, {model: nameOf(1)}, {nameOf(2), "2"}})
	f.wantCalls(map[string]int{"registered-models/search": 1})
	if got := answers[model].value; got.model == nil || got.model.Name != nameOf(0) || got.version != nil {
		t.Errorf("got %v instead of the model", got)
	}
	if got := answers[version].value; got.version == nil || got.version.Version != "2" || got.model != nil {
		t.Errorf("got %v instead of the version", got)
	}
}

func TestRunsAreReadTogetherOnceTheirExperimentIsKnown(t *testing.T) {
	f := newFixture(t, mlflowtest.Options{})
	f.reader.fetchRuns(t.Context(), f.runs)
	f.wantCalls(map[string]int{"runs/get": minBatchSize, "runs/search": 1})

	ids := append([]string{"0123456789abcdef0123456789abcdef", `it's "it"`}, f.runs...)
	answers := f.reader.fetchRuns(t.Context(), ids)
	f.wantCalls(map[string]int{"runs/search": 1, "runs/get": 2})
	for _, id := range ids[:2] {
		if err := answers[id].err; !errors.Is(err, mlflow.ErrNotFound) {
			t.Errorf("error of run %s is %v", id, err)
		}
	}
	for _, id := range f.runs {
		if got := answers[id]; got.err != nil || got.value.RunID != id {
			t.Errorf("run %s: got %v, %v", id, got.value, got.err)
		}
	}
}

// Missing and forbidden runs reveal no experiment: one search for them is enough.
func TestRunsThatAreNotFoundAreSearchedForOnce(t *testing.T) {
	f := newFixture(t, mlflowtest.Options{})
	f.reader.fetchRuns(t.Context(), f.runs)
	f.server.ResetCalls()
	var missing []string
	for i := range 20 {
		missing = append(missing, fmt.Sprintf("a%031d", i))
	}
	for id, got := range f.reader.fetchRuns(t.Context(), missing) {
		if !errors.Is(got.err, mlflow.ErrNotFound) {
			t.Errorf("error of run %s is %v", id, got.err)
		}
	}
	f.wantCalls(map[string]int{"runs/search": 1, "runs/get": 20})
}

func TestRejectedRunSearch(t *testing.T) {
	f := newFixture(t, mlflowtest.Options{})
	f.reader.fetchRuns(t.Context(), f.runs)
	f.server.InjectFault(mlflowtest.CallsTo("runs/search"), mlflowtest.Forbidden())
	f.server.ResetCalls()
	answers := f.reader.fetchRuns(t.Context(), f.runs)
	f.wantCalls(map[string]int{"runs/search": 1, "runs/get": modelCount})
	if got := answers[f.runs[0]]; got.err != nil || got.value.RunID != f.runs[0] {
		t.Errorf("got %v, %v", got.value, got.err)
	}
}

func TestHighPriorityRequestsAreNotBatched(t *testing.T) {
	f := newFixture(t, mlflowtest.Options{})
	gate := f.server.NewBarrier()
	held := mlflowtest.WithArgument("name", nameOf(0))
	f.server.InjectFault(mlflowtest.MatchAll(mlflowtest.CallsTo("registered-models/get"), held), gate.BlockRequest())
	slow := make(chan error)
	go func() {
		_, err := f.reader.RegisteredModel(t.Context(), nameOf(0))
		slow <- err
	}()
	<-gate.Calls()
	urgently := limiter.WithHighPriority(t.Context())
	if _, err := f.reader.RegisteredModel(urgently, nameOf(1)); err != nil {
		t.Error(err)
	}
	if _, err := f.reader.ModelVersion(urgently, nameOf(1), "1"); err != nil {
		t.Error(err)
	}
	if _, err := f.reader.Run(urgently, f.runs[0]); err != nil {
		t.Error(err)
	}
	gate.Release()
	f.requireNoError(<-slow)
}

func TestExperimentsAreBounded(t *testing.T) {
	var known experimentSet
	for i := range maxExperiments + 1 {
		known.addID(fmt.Sprint(i))
	}
	if diff := cmp.Diff([]string{fmt.Sprint(maxExperiments)}, known.listIDs()); diff != "" {
		t.Errorf("known (-want +got):\n%s", diff)
	}
}
