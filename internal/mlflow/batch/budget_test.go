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

// budgetFixture is a server with a hundred models; each has two versions with a run each.
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
	f := &budgetFixture{T: t, server: mlflowtest.Start(mlflowtest.Options{Version: version})}
	t.Cleanup(f.server.Close)
	client, err := mlflow.New(mlflow.Config{URL: f.server.URL})
	f.requireNoError(err)
	t.Cleanup(client.CloseIdleConnections)
	f.reader = NewReader(client)
	user, ctx := f.server.User(), t.Context()
	experiment, err := user.CreateExperiment(ctx, "news")
	f.requireNoError(err)
	for i := range 100 {
		name := fmt.Sprintf("m-%03d", i)
		f.requireNoError(user.CreateModel(ctx, name, nil))
		run, err := user.CreateRun(ctx, experiment, nil)
		f.requireNoError(err)
		for range 2 {
			_, err := user.CreateVersion(ctx, mlflowtest.VersionSpec{Name: name, Source: "s3://m", RunID: run.RunID})
			f.requireNoError(err)
		}
		f.names, f.runs = append(f.names, name), append(f.runs, run.RunID)
		f.first, f.second = append(f.first, modelKey{name, "1"}), append(f.second, modelKey{name, "2"})
	}
	return f
}

func (f *budgetFixture) requireNoError(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// TestBatchBudgetMatchesTheDocs compares the published table with counted requests.
func TestBatchBudgetMatchesTheDocs(t *testing.T) {
	rows := map[string]func(*budgetFixture){
		"100 models":                func(f *budgetFixture) { f.reader.fetchNamed(t.Context(), f.names) },
		"100 models, MLflow 2.22":   func(f *budgetFixture) { f.reader.fetchNamed(t.Context(), f.names) },
		"100 versions that are not": func(f *budgetFixture) { f.reader.fetchModels(t.Context(), f.first) },
		"100 versions, each the newest of its legacy stage": func(f *budgetFixture) { f.reader.fetchModels(t.Context(), f.second) },
		"100 runs of an experiment that is not known yet":   func(f *budgetFixture) { f.reader.fetchRuns(t.Context(), f.runs) },
		"100 runs of a known experiment":                    func(f *budgetFixture) { f.reader.fetchRuns(t.Context(), f.runs) },
	}
	measured := map[string]string{}
	for name, read := range rows {
		version := mlflowtest.Version3
		if strings.Contains(name, "2.22") {
			version = mlflowtest.Version2
		}
		f := newBudgetFixture(t, version)
		if strings.Contains(name, "2.22") || strings.Contains(name, " known experiment") {
			read(f) // so that the reader knows what it learns once
		}
		f.server.ResetCalls()
		read(f)
		searches, gets := 0, 0
		for _, call := range f.server.Calls() {
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

// publishedBudget returns the rows of the page's table: reads, searches, gets.
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
