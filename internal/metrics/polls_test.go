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

	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

func TestPollMetrics(t *testing.T) {
	registerer := prometheus.NewPedanticRegistry()
	looks := NewPollMetrics(registerer)
	for _, look := range []registrycache.Poll{
		{Kind: registrycache.PollFull, Duration: time.Second, Changes: map[registrycache.ChangeType]int{registrycache.Added: 3, registrycache.Unlisted: 1}},
		{Kind: registrycache.PollFull, Duration: time.Second, Err: errors.New("no answer")},
		{Kind: registrycache.PollIncremental, Duration: time.Millisecond, Changes: map[registrycache.ChangeType]int{registrycache.Updated: 2}},
	} {
		looks.ObservePoll(look)
	}
	want := `
# HELP mlflow_registry_operator_observed_model_changes_total Models that a look found to be other than what was known of them, ` +
		`by type: added, updated or unlisted.
# TYPE mlflow_registry_operator_observed_model_changes_total counter
mlflow_registry_operator_observed_model_changes_total{type="unlisted"} 1
mlflow_registry_operator_observed_model_changes_total{type="added"} 3
mlflow_registry_operator_observed_model_changes_total{type="updated"} 2
`
	const changes = "mlflow_registry_operator_observed_model_changes_total"
	if err := testutil.GatherAndCompare(registerer, strings.NewReader(want), changes); err != nil {
		t.Error(err)
	}
	if series := testutil.CollectAndCount(looks.duration); series != 3 {
		t.Errorf("%d histograms, want those of lists that succeed and fail, and of feeds", series)
	}
}
