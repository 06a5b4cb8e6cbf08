// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/test/markdown"
)

const (
	budgetPage     = "../../docs/operations/api-request-budget.md"
	ownerTagPrefix = "cluster/news/"
)

// pollRow is a row of the published table: a registry, and the requests of one poll of it.
type pollRow struct {
	server                   string
	models, declared, tagged int
	lists, gets              int
}

// TestPollBudgetMatchesTheDocs counts the requests of one poll in each row.
func TestPollBudgetMatchesTheDocs(t *testing.T) {
	var measured []pollRow
	for _, row := range readPublishedPolls(t) {
		row.lists, row.gets = measurePoll(t, row)
		measured = append(measured, row)
	}
	if diff := cmp.Diff(readPublishedPolls(t), measured, cmp.AllowUnexported(pollRow{})); diff != "" {
		t.Errorf("polls (-published +measured):\n%s", diff)
	}
}

// measurePoll counts the requests of the second poll: the first one finds out how large the registry is.
func measurePoll(t *testing.T, row pollRow) (lists, gets int) {
	t.Helper()
	server := startServer(t, row)
	filter, err := mlflow.FilterTagPrefix("owner", ownerTagPrefix)
	if err != nil {
		t.Fatal(err)
	}
	polls := make(chan registrycache.Poll, 10)
	provider := registrycache.NewProvider(registrycache.Options{
		ObservePoll: func(p registrycache.Poll) { polls <- p },
		DeclaredModels: func(context.Context, registrycache.Key) (registrycache.DeclaredModels, error) {
			return registrycache.DeclaredModels{Names: newNames(row.declared), Filter: filter}, nil
		},
	})
	key := registrycache.Key{Namespace: "news", Name: "mlflow"}
	if err := provider.Ensure(key, registrycache.ConnectionConfig{Client: mlflow.Config{URL: server.URL}}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- provider.Start(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	<-polls
	server.ResetCalls()
	provider.PollNow(key)
	if poll := <-polls; poll.Err != nil {
		t.Fatal(poll.Err)
	}
	return server.CountCalls("registered-models/search"), server.CountCalls("registered-models/get")
}

func startServer(t *testing.T, row pollRow) *mlflowtest.Server {
	t.Helper()
	version := mlflowtest.Version3
	if strings.HasSuffix(row.server, "2.22") {
		version = mlflowtest.Version2
	}
	server := mlflowtest.Start(mlflowtest.Options{Version: version})
	t.Cleanup(server.Close)
	for i, name := range newNames(row.models) {
		tags := map[string]string{}
		if i < row.tagged {
			tags["owner"] = ownerTagPrefix + name
		}
		if err := server.User().CreateModel(t.Context(), name, tags); err != nil {
			t.Fatal(err)
		}
	}
	return server
}

func newNames(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("m-%04d", i))
	}
	return all
}

// readPublishedPolls reads the rows of the page's table.
func readPublishedPolls(t *testing.T) []pollRow {
	t.Helper()
	var rows []pollRow
	for _, cells := range markdown.ReadRows(t, budgetPage, 6) {
		if !strings.HasPrefix(cells[0], "MLflow ") {
			continue
		}
		row := pollRow{server: cells[0]}
		numbers := strings.Join(cells[1:], " ")
		if _, err := fmt.Sscan(numbers, &row.models, &row.declared, &row.tagged, &row.lists, &row.gets); err != nil {
			t.Fatalf("%v: %v", cells, err)
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		t.Fatal("the page has no table of polls")
	}
	return rows
}
