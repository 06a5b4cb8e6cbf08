// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
	"github.com/neuronews/mlflow-registry-operator/test/table"
)

const (
	budgetPage = "../../docs/call-budget.md"
	ourMark    = "cluster/news/"
)

// poll is a row of the published table: what there is, and what a poll of it costs.
type poll struct {
	server                   string
	models, declared, marked int
	lists, gets              int
}

// TestTheBudgetOfAPollIsWhatIsPublished counts the requests of one poll in each row.
func TestTheBudgetOfAPollIsWhatIsPublished(t *testing.T) {
	var measured []poll
	for _, row := range publishedPolls(t) {
		row.lists, row.gets = measure(t, row)
		measured = append(measured, row)
	}
	if diff := cmp.Diff(publishedPolls(t), measured, cmp.AllowUnexported(poll{})); diff != "" {
		t.Errorf("polls (-published +measured):\n%s", diff)
	}
}

// measure counts the second poll: at the first one it is found out what there is.
func measure(t *testing.T, row poll) (lists, gets int) {
	t.Helper()
	server := fill(t, row)
	filter, err := mlflow.FilterTagPrefix("mark", ourMark)
	if err != nil {
		t.Fatal(err)
	}
	looks := make(chan registry.Look, 10)
	provider := registry.NewProvider(registry.Options{
		Observe: func(l registry.Look) { looks <- l },
		Declared: func(context.Context, registry.Key) (registry.Ours, error) {
			return registry.Ours{Names: names(row.declared), Filter: filter}, nil
		},
	})
	key := registry.Key{Namespace: "news", Name: "mlflow"}
	if err := provider.Ensure(key, registry.ConnectionConfig{Client: mlflow.Config{URL: server.URL}}); err != nil {
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
	<-looks
	server.Reset()
	provider.PollNow(key)
	if look := <-looks; look.Err != nil {
		t.Fatal(look.Err)
	}
	return server.Count("registered-models/search"), server.Count("registered-models/get")
}

func fill(t *testing.T, row poll) *mlflowtest.Server {
	t.Helper()
	version := mlflowtest.Version3
	if strings.HasSuffix(row.server, "2.22") {
		version = mlflowtest.Version2
	}
	server := mlflowtest.Start(mlflowtest.Options{Version: version})
	t.Cleanup(server.Close)
	for i, name := range names(row.models) {
		tags := map[string]string{}
		if i < row.marked {
			tags["mark"] = ourMark + name
		}
		if err := server.User().CreateModel(t.Context(), name, tags); err != nil {
			t.Fatal(err)
		}
	}
	return server
}

func names(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("m-%04d", i))
	}
	return all
}

// publishedPolls reads the rows of the page's table.
func publishedPolls(t *testing.T) []poll {
	t.Helper()
	var rows []poll
	for _, cells := range table.Rows(t, budgetPage, 6) {
		if !strings.HasPrefix(cells[0], "MLflow ") {
			continue
		}
		row := poll{server: cells[0]}
		numbers := strings.Join(cells[1:], " ")
		if _, err := fmt.Sscan(numbers, &row.models, &row.declared, &row.marked, &row.lists, &row.gets); err != nil {
			t.Fatalf("%v: %v", cells, err)
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		t.Fatal("the page has no table of polls")
	}
	return rows
}
