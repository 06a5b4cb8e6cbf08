// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/neuronews/mlflow-registry-operator/internal/registry"
)

func TestLooksAreCounted(t *testing.T) {
	registerer := prometheus.NewPedanticRegistry()
	looks := NewLooks(registerer)
	for _, look := range []registry.Look{
		{Kind: registry.LookList, Duration: time.Second, Changes: map[registry.ChangeKind]int{registry.Added: 3, registry.Absent: 1}},
		{Kind: registry.LookList, Duration: time.Second, Err: errors.New("no answer")},
		{Kind: registry.LookFeed, Duration: time.Millisecond, Changes: map[registry.ChangeKind]int{registry.Updated: 2}},
	} {
		looks.Observe(look)
	}
	want := `
# HELP mlflow_registry_operator_changes_total Models that a look found to be other than what was known of them, ` +
		`by kind: added, updated or absent.
# TYPE mlflow_registry_operator_changes_total counter
mlflow_registry_operator_changes_total{kind="absent"} 1
mlflow_registry_operator_changes_total{kind="added"} 3
mlflow_registry_operator_changes_total{kind="updated"} 2
`
	if err := testutil.GatherAndCompare(registerer, strings.NewReader(want), "mlflow_registry_operator_changes_total"); err != nil {
		t.Error(err)
	}
	if series := testutil.CollectAndCount(looks.duration); series != 3 {
		t.Errorf("%d histograms, want those of lists that succeed and fail, and of feeds", series)
	}
}
