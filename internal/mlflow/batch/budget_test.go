// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package batch

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/markdown"
)

const budgetPage = "../../../docs/operations/api-request-budget.md"

// budgetFixture is a server with a hundred models of two versions, of which each has a run.
type budgetFixture struct {
	*testing.T
	server *mlflowtest.Server
	reader *Reader
	names  []string
	first  []modelKey
	second []modelKey
	runs   []string
}

func newBudgetFixture(t *testing.T, version string) *budgetFixture {
	t.Helper()
	w := &budgetFixture{T: t, server: mlflowtest.Start(mlflowtest.Options{Version: version})}
	t.Cleanup(w.server.Close)
	client, err := mlflow.New(mlflow.Config{URL: w.server.URL})
	w.requireNoError(err)
	t.Cleanup(client.CloseIdleConnections)
	w.reader = NewReader(client)
	user, ctx := w.server.User(), t.Context()
	experiment, err := user.CreateExperiment(ctx, "news")
	w.requireNoError(err)
	for i := range 100 {
		name := fmt.Sprintf("m-%03d", i)
		w.requireNoError(user.CreateModel(ctx, name, nil))
		run, err := user.CreateRun(ctx, experiment, nil)
		w.requireNoError(err)
		for range 2 {
			_, err := user.CreateVersion(ctx, mlflowtest.VersionSpec{Name: name, Source: "s3://m", RunID: run.RunID})
			w.requireNoError(err)
		}
		w.names, w.runs = append(w.names, name), append(w.runs, run.RunID)
		w.first, w.second = append(w.first, modelKey{name, "1"}), append(w.second, modelKey{name, "2"})
	}
	return w
}

func (w *budgetFixture) requireNoError(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// TestBatchBudgetMatchesTheDocs holds the published page against what is
// counted.
func TestBatchBudgetMatchesTheDocs(t *testing.T) {
	rows := map[string]func(*budgetFixture){
		"100 models":                func(w *budgetFixture) { w.reader.fetchNamed(t.Context(), w.names) },
		"100 models, MLflow 2.22":   func(w *budgetFixture) { w.reader.fetchNamed(t.Context(), w.names) },
		"100 versions that are not": func(w *budgetFixture) { w.reader.fetchModels(t.Context(), w.first) },
		"100 versions, each the newest of its legacy stage": func(w *budgetFixture) { w.reader.fetchModels(t.Context(), w.second) },
		"100 runs of an experiment that is not known yet":   func(w *budgetFixture) { w.reader.fetchRuns(t.Context(), w.runs) },
		"100 runs of a known experiment":                    func(w *budgetFixture) { w.reader.fetchRuns(t.Context(), w.runs) },
	}
	measured := map[string]string{}
	for name, read := range rows {
		version := mlflowtest.Version3
		if strings.Contains(name, "2.22") {
			version = mlflowtest.Version2
		}
		w := newBudgetFixture(t, version)
		if strings.Contains(name, "2.22") || strings.Contains(name, " known experiment") {
			read(w) // what is found out once is found out
		}
		w.server.ResetCalls()
		read(w)
		searches, gets := 0, 0
		for _, call := range w.server.Calls() {
			if strings.HasSuffix(call.Endpoint, "/search") {
				searches++
				continue
			}
			gets++
		}
		measured[name] = fmt.Sprintf("%d searches, %d gets", searches, gets)
	}
	if diff := cmp.Diff(publishedBudget(t), measured); diff != "" {
		t.Errorf("budget (-published +measured):\n%s", diff)
	}
}

// publishedBudget are the rows of the page's table: reads, searches, gets.
func publishedBudget(t *testing.T) map[string]string {
	t.Helper()
	rows := map[string]string{}
	for _, cells := range markdown.ReadRows(t, budgetPage, 3) {
		if strings.HasPrefix(cells[0], "100 ") {
			rows[cells[0]] = fmt.Sprintf("%s searches, %s gets", cells[1], cells[2])
		}
	}
	return rows
}
