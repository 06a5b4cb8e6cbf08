// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package bulk

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

	"github.com/neuronews/mlflow-registry-operator/internal/lanes"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// world is a server with five models of two versions, each with a run of its own.
type world struct {
	*testing.T
	server *mlflowtest.Server
	client *mlflow.Client
	reader *Reader
	// runs are the runs of the models' second versions.
	runs []string
}

const models = 5

func newWorld(t *testing.T, options mlflowtest.Options) *world {
	t.Helper()
	w := &world{T: t, server: mlflowtest.Start(options)}
	t.Cleanup(w.server.Close)
	var err error
	w.client, err = mlflow.New(mlflow.Config{URL: w.server.URL})
	w.must(err)
	t.Cleanup(w.client.CloseIdleConnections)
	w.reader = NewReader(w.client)
	user := w.server.User()
	experiment, err := user.CreateExperiment(t.Context(), "news")
	w.must(err)
	for i := range models {
		name := modelName(i)
		w.must(user.CreateModel(t.Context(), name, map[string]string{"k": "v"}))
		for range 2 {
			run, err := user.CreateRun(t.Context(), experiment, nil)
			w.must(err)
			_, err = user.CreateVersion(t.Context(), mlflowtest.VersionSpec{Name: name, Source: "s3://m", RunID: run.RunID})
			w.must(err)
			w.runs = append(w.runs[:i], run.RunID)
		}
		w.must(user.SetAlias(t.Context(), name, "champion", "2"))
	}
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// fetchNamed fetches models by their names.
func (r *Reader) fetchNamed(ctx context.Context, names []string) map[string]answer[modelOrVersion] {
	var keys []modelKey
	for _, name := range names {
		keys = append(keys, modelKey{model: name})
	}
	answers := map[string]answer[modelOrVersion]{}
	for key, got := range r.fetchModels(ctx, keys) {
		answers[key.model] = got
	}
	return answers
}

func modelName(i int) string { return fmt.Sprintf("model-%d", i) }

func names() []string {
	var all []string
	for i := range models {
		all = append(all, modelName(i))
	}
	return all
}

// wantCalls counts what the server was asked since the last time, by endpoint.
func (w *world) wantCalls(want map[string]int) {
	w.Helper()
	got := map[string]int{}
	for _, call := range w.server.Calls() {
		got[call.Endpoint]++
	}
	w.server.Reset()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		w.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestModelsAreReadTogether(t *testing.T) {
	w := newWorld(t, mlflowtest.Options{})
	answers := w.reader.fetchNamed(t.Context(), append(names(), "gone"))
	w.wantCalls(map[string]int{"registered-models/search": 1, "registered-models/get": 1})
	for _, name := range names() {
		want, err := w.client.GetRegisteredModel(t.Context(), name)
		w.must(err)
		if diff := cmp.Diff(want, answers[name].value.model); diff != "" || answers[name].err != nil {
			t.Errorf("%s (-get +search):\n%s%v", name, diff, answers[name].err)
		}
	}
	if err := answers["gone"].err; !errors.Is(err, mlflow.ErrNotFound) {
		t.Errorf("error of a model that does not exist is %v", err)
	}
}

func TestOneModelIsReadByItself(t *testing.T) {
	w := newWorld(t, mlflowtest.Options{})
	model, err := w.reader.RegisteredModel(t.Context(), modelName(0))
	w.must(err)
	if model.Name != modelName(0) {
		t.Errorf("it is %s", model.Name)
	}
	w.wantCalls(map[string]int{"registered-models/get": 1})
}

// A search hides prompts, and what it hides is read by itself.
func TestPromptIsFoundAllTheSame(t *testing.T) {
	w := newWorld(t, mlflowtest.Options{})
	w.must(w.server.User().CreatePrompt(t.Context(), "prompt"))
	answers := w.reader.fetchNamed(t.Context(), append(names(), "prompt"))
	if got := answers["prompt"]; got.err != nil || !got.value.model.IsPrompt() {
		t.Errorf("got %v, %v", got.value, got.err)
	}
}

func TestServerThatCantSearchForNames(t *testing.T) {
	w := newWorld(t, mlflowtest.Options{Version: mlflowtest.Version2})
	answers := w.reader.fetchNamed(t.Context(), names())
	w.wantCalls(map[string]int{"registered-models/search": 1, "registered-models/get": models})
	if got := answers[modelName(4)]; got.err != nil || got.value.model.Name != modelName(4) {
		t.Errorf("got %v, %v", got.value, got.err)
	}
	w.reader.fetchNamed(t.Context(), names())
	w.wantCalls(map[string]int{"registered-models/get": models})
}

func TestServerThatAcceptsNobodyIsNotAskedForEach(t *testing.T) {
	w := newWorld(t, mlflowtest.Options{})
	w.reader.fetchRuns(t.Context(), w.runs)
	w.server.Reset()
	w.server.Fail(mlflowtest.Any(), mlflowtest.Unauthorized())
	for name, got := range w.reader.fetchNamed(t.Context(), names()) {
		if !errors.Is(got.err, mlflow.ErrUnauthenticated) {
			t.Errorf("%s: error is %v", name, got.err)
		}
	}
	for id, got := range w.reader.fetchRuns(t.Context(), w.runs) {
		if !errors.Is(got.err, mlflow.ErrUnauthenticated) {
			t.Errorf("run %s: error is %v", id, got.err)
		}
	}
	w.wantCalls(map[string]int{"registered-models/search": 1, "runs/search": 1})
}

// What keeps a search from being answered may be one object's own misfortune, or that of
// searches: a proxy that knows no such address, a row that the server stumbles over.
func TestSearchThatFailsIsNobodysMisfortune(t *testing.T) {
	for name, fault := range map[string]mlflowtest.Fault{
		"a server error":      mlflowtest.ServerError(),
		"a refusal":           mlflowtest.Forbidden(),
		"a page of a proxy":   mlflowtest.LoginPage(),
		"an endless nonsense": mlflowtest.Respond(200, "application/json", "{"),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, mlflowtest.Options{})
			w.reader.fetchRuns(t.Context(), w.runs)
			w.server.Fail(mlflowtest.Endpoint("registered-models/search", "runs/search"), fault)
			for name, got := range w.reader.fetchNamed(t.Context(), names()) {
				if got.err != nil || got.value.model.Name != name {
					t.Errorf("%s: got %v, %v", name, got.value, got.err)
				}
			}
			for id, got := range w.reader.fetchRuns(t.Context(), w.runs) {
				if got.err != nil || got.value.RunID != id {
					t.Errorf("run %s: got %v, %v", id, got.value, got.err)
				}
			}
		})
	}
}

// A server that hands out pages for ever is not listened to for ever, and nothing is kept
// of what nobody asked for.
func TestSearchWithoutEnd(t *testing.T) {
	var pages atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		page := pages.Add(1)
		_, _ = fmt.Fprintf(w, `{"registered_models": [{"name": "stranger-%d"}], "next_page_token": "after-%d"}`, page, page)
	}))
	defer server.Close()
	client, err := mlflow.New(mlflow.Config{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	found, err := NewReader(client).search(t.Context(), names())
	if err != nil || len(found) > 0 || pages.Load() != models {
		t.Errorf("found %v, %v, on %d pages", found, err, pages.Load())
	}
}

func TestSearchesThatAreTooLargeGetSmaller(t *testing.T) {
	w := newWorld(t, mlflowtest.Options{})
	for _, want := range []int64{50, 25, 12, 6, 3, few, few} {
		w.reader.runs.learn(mlflow.ErrTooLarge)
		if got := w.reader.runs.largest.Load(); got != want {
			t.Errorf("%d at a time, want %d", got, want)
		}
	}
	w.reader.models.learn(mlflow.ErrServer)
	if got := w.reader.models.largest.Load(); got != largest {
		t.Errorf("%d at a time after another error, want %d", got, largest)
	}
}

func TestVersionsComeWithTheirModels(t *testing.T) {
	w := newWorld(t, mlflowtest.Options{})
	var keys []modelKey
	for _, name := range names() {
		keys = append(keys, modelKey{name, "2"})
	}
	keys = append(keys, modelKey{modelName(0), "1"}, modelKey{modelName(0), "9"}, modelKey{"gone", "1"})
	answers := w.reader.fetchModels(t.Context(), keys)
	w.wantCalls(map[string]int{"registered-models/search": 1, "model-versions/get": 3})
	for _, key := range keys[:models+1] {
		want, err := w.client.GetModelVersion(t.Context(), key.model, key.version)
		w.must(err)
		if diff := cmp.Diff(want, answers[key].value.version, cmpopts.EquateEmpty()); diff != "" || answers[key].err != nil {
			t.Errorf("%v (-get +search):\n%s%v", key, diff, answers[key].err)
		}
	}
	for _, key := range keys[models+1:] {
		if err := answers[key].err; !errors.Is(err, mlflow.ErrNotFound) {
			t.Errorf("%v: error is %v", key, err)
		}
	}
}

// A promotion reads a version and, later, its model: others are at the one while it is at
// the other.
func TestModelsAndVersionsAreReadTogether(t *testing.T) {
	w := newWorld(t, mlflowtest.Options{})
	model, version := modelKey{model: modelName(0)}, modelKey{modelName(0), "2"}
	answers := w.reader.fetchModels(t.Context(), []modelKey{model, version, {model: modelName(1)}, {modelName(2), "2"}})
	w.wantCalls(map[string]int{"registered-models/search": 1})
	if got := answers[model].value; got.model == nil || got.model.Name != modelName(0) || got.version != nil {
		t.Errorf("in place of the model it is %v", got)
	}
	if got := answers[version].value; got.version == nil || got.version.Version != "2" || got.model != nil {
		t.Errorf("in place of the version it is %v", got)
	}
}

func TestRunsAreReadTogetherOnceTheirExperimentIsKnown(t *testing.T) {
	w := newWorld(t, mlflowtest.Options{})
	w.reader.fetchRuns(t.Context(), w.runs)
	w.wantCalls(map[string]int{"runs/get": few, "runs/search": 1})

	ids := append([]string{"0123456789abcdef0123456789abcdef", `it's "it"`}, w.runs...)
	answers := w.reader.fetchRuns(t.Context(), ids)
	w.wantCalls(map[string]int{"runs/search": 1, "runs/get": 2})
	for _, id := range ids[:2] {
		if err := answers[id].err; !errors.Is(err, mlflow.ErrNotFound) {
			t.Errorf("error of run %s is %v", id, err)
		}
	}
	for _, id := range w.runs {
		if got := answers[id]; got.err != nil || got.value.RunID != id {
			t.Errorf("run %s: got %v, %v", id, got.value, got.err)
		}
	}
}

// Runs that are not there, or may not be read, teach nothing: one search for them is enough.
func TestRunsThatAreNotFoundAreSearchedForOnce(t *testing.T) {
	w := newWorld(t, mlflowtest.Options{})
	w.reader.fetchRuns(t.Context(), w.runs)
	w.server.Reset()
	var missing []string
	for i := range 20 {
		missing = append(missing, fmt.Sprintf("a%031d", i))
	}
	for id, got := range w.reader.fetchRuns(t.Context(), missing) {
		if !errors.Is(got.err, mlflow.ErrNotFound) {
			t.Errorf("error of run %s is %v", id, got.err)
		}
	}
	w.wantCalls(map[string]int{"runs/search": 1, "runs/get": 20})
}

func TestSearchForRunsThatIsRefused(t *testing.T) {
	w := newWorld(t, mlflowtest.Options{})
	w.reader.fetchRuns(t.Context(), w.runs)
	w.server.Fail(mlflowtest.Endpoint("runs/search"), mlflowtest.Forbidden())
	w.server.Reset()
	answers := w.reader.fetchRuns(t.Context(), w.runs)
	w.wantCalls(map[string]int{"runs/search": 1, "runs/get": models})
	if got := answers[w.runs[0]]; got.err != nil || got.value.RunID != w.runs[0] {
		t.Errorf("got %v, %v", got.value, got.err)
	}
}

func TestUrgentAskGoesByItself(t *testing.T) {
	w := newWorld(t, mlflowtest.Options{})
	gate := w.server.Gate()
	held := mlflowtest.Naming("name", modelName(0))
	w.server.Fail(mlflowtest.All(mlflowtest.Endpoint("registered-models/get"), held), gate.Hold())
	slow := make(chan error)
	go func() {
		_, err := w.reader.RegisteredModel(t.Context(), modelName(0))
		slow <- err
	}()
	<-gate.Arrived()
	urgently := lanes.Urgently(t.Context())
	if _, err := w.reader.RegisteredModel(urgently, modelName(1)); err != nil {
		t.Error(err)
	}
	if _, err := w.reader.ModelVersion(urgently, modelName(1), "1"); err != nil {
		t.Error(err)
	}
	if _, err := w.reader.Run(urgently, w.runs[0]); err != nil {
		t.Error(err)
	}
	gate.Open()
	w.must(<-slow)
}

func TestExperimentsAreBounded(t *testing.T) {
	var known experiments
	for i := range maxExperiments + 1 {
		known.add(fmt.Sprint(i))
	}
	if diff := cmp.Diff([]string{fmt.Sprint(maxExperiments)}, known.all()); diff != "" {
		t.Errorf("known (-want +got):\n%s", diff)
	}
}
