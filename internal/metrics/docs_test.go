// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/test/markdown"
)

const metricsPage = "../../docs/operations/metrics.md"

// ownMetricPattern matches the names of the operator's own metrics.
var ownMetricPattern = regexp.MustCompile(`mlflow_registry_operator_\w+`)

// newFullRegistry returns the registry of an operator in which every metric has a value.
func newFullRegistry(t *testing.T) *prometheus.Registry {
	t.Helper()
	registerer := prometheus.NewPedanticRegistry()
	NewRequestMetrics(registerer).ObserveRequest(mlflow.RequestInfo{
		Method: "GET", Endpoint: "runs/get", Code: "200", Duration: time.Millisecond,
	})
	RegisterConnectionMetrics(registerer, fakeStates{
		{Namespace: "news", Name: "mlflow"}: registrycache.State{Known: true, ListedAt: time.Now()},
	})
	NewPollMetrics(registerer).ObservePoll(registrycache.Poll{
		Kind: registrycache.PollFull, Changes: map[registrycache.ChangeType]int{registrycache.Added: 1},
	})
	NewPromotionMetrics(registerer)
	RegisterFeatureMetrics(registerer, featureflags.Flags{})
	RegisterObjectMetrics(registerer, ObjectMetricsOptions{Cache: newsCluster.newSyncedCache(t), Elected: elected, StageInfo: true})
	return registerer
}

// TestDocsListEveryMetric compares the published tables with the registered metrics.
func TestDocsListEveryMetric(t *testing.T) {
	families, err := newFullRegistry(t).Gather()
	if err != nil {
		t.Fatal(err)
	}
	registered := map[string]string{}
	for _, family := range families {
		var labels []string
		for _, label := range family.GetMetric()[0].GetLabel() {
			labels = append(labels, label.GetName())
		}
		registered[family.GetName()] = describeMetric(family.GetType().String(), labels)
	}
	if diff := cmp.Diff(readPublishedMetrics(t), registered); diff != "" {
		t.Errorf("(-page +registered):\n%s", diff)
	}
	for _, name := range ownMetricPattern.FindAllString(readFile(t, metricsPage), -1) {
		if registered[name] == "" {
			t.Errorf("the page names %s, which does not exist", name)
		}
	}
}

// TestEveryMetricIsGathered: the page is compared with what was gathered, which must be every
// metric.
func TestEveryMetricIsGathered(t *testing.T) {
	registerer := newFullRegistry(t)
	described := make(chan *prometheus.Desc)
	go func() {
		defer close(described)
		registerer.Describe(described)
	}()
	families, err := registerer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for description := range described {
		all = append(all, description.String())
	}
	if len(all) != len(families) {
		t.Errorf("%d metrics have values, of these:\n%s", len(families), strings.Join(all, "\n"))
	}
}

// TestDocsNameEveryLabelValue of the labels whose values are fixed.
func TestDocsNameEveryLabelValue(t *testing.T) {
	content := readFile(t, metricsPage)
	values := slices.Concat(toStrings(promotion.AllOutcomes()), toStrings(gate.Types()), toStrings(gateResults),
		[]string{stateReady, stateReconciling, stateStalled, stateUnknown, otherReason, featureModelRegistry, featurePerformanceGates})
	for _, value := range values {
		if !strings.Contains(content, "`"+value+"`") {
			t.Errorf("the page does not name %s", value)
		}
	}
}

// TestMetricsPassThePrometheusLinter runs the checks of promtool.
func TestMetricsPassThePrometheusLinter(t *testing.T) {
	problems, err := testutil.GatherAndLint(newFullRegistry(t))
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

// readPublishedMetrics returns what the tables say of the operator's own metrics: name, type,
// labels, meaning, advice.
func readPublishedMetrics(t *testing.T) map[string]string {
	t.Helper()
	rows := map[string]string{}
	for _, cells := range markdown.ReadRows(t, metricsPage, 5) {
		if !ownMetricPattern.MatchString(cells[0]) {
			continue
		}
		name := strings.Trim(cells[0], "`")
		rows[name] = describeMetric(cells[1], strings.Split(strings.NewReplacer(" ", "", "`", "").Replace(cells[2]), ","))
	}
	return rows
}

func describeMetric(kind string, labels []string) string {
	slices.Sort(labels)
	return strings.ToLower(kind) + " by " + strings.Join(labels, ", ")
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
