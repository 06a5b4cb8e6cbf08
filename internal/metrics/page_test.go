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

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
	"github.com/neuronews/mlflow-registry-operator/internal/switches"
	"github.com/neuronews/mlflow-registry-operator/test/table"
)

const page = "../../docs/metrics.md"

// ours is the name of any metric of the operator's own.
var ours = regexp.MustCompile(`mlflow_registry_operator_\w+`)

// everything is the registry of an operator of which every metric has a value.
func everything(t *testing.T) *prometheus.Registry {
	t.Helper()
	registerer := prometheus.NewPedanticRegistry()
	NewRequests(registerer).Observe(mlflow.RequestInfo{Method: "GET", Endpoint: "runs/get", Code: "200", Duration: time.Millisecond})
	NewConnections(registerer, states{{Namespace: "news", Name: "mlflow"}: registry.State{Known: true, ListedAt: time.Now()}})
	NewLooks(registerer).Observe(registry.Look{Kind: registry.LookList, Changes: map[registry.ChangeKind]int{registry.Added: 1}})
	NewPromotions(registerer)
	NewSwitches(registerer, switches.Switches{})
	NewObjects(registerer, ObjectsOptions{Cache: news.synced(t), Elected: elected, StageInfo: true})
	return registerer
}

// TestThePageListsEveryMetric holds the published tables against what is registered.
func TestThePageListsEveryMetric(t *testing.T) {
	families, err := everything(t).Gather()
	if err != nil {
		t.Fatal(err)
	}
	registered := map[string]string{}
	for _, family := range families {
		var labels []string
		for _, label := range family.GetMetric()[0].GetLabel() {
			labels = append(labels, label.GetName())
		}
		registered[family.GetName()] = described(family.GetType().String(), labels)
	}
	if diff := cmp.Diff(published(t), registered); diff != "" {
		t.Errorf("(-page +registered):\n%s", diff)
	}
	for _, name := range ours.FindAllString(read(t, page), -1) {
		if registered[name] == "" {
			t.Errorf("the page speaks of %s, which does not exist", name)
		}
	}
}

// TestEveryMetricIsGathered: the page is held against what was gathered, which must be all
// that there is.
func TestEveryMetricIsGathered(t *testing.T) {
	registerer := everything(t)
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

// TestThePageNamesEveryValue of the labels whose values are fixed.
func TestThePageNamesEveryValue(t *testing.T) {
	content := read(t, page)
	values := slices.Concat(words(promotion.Outcomes()), words(gateTypes), words(gateResults),
		[]string{stateReady, stateReconciling, stateStalled, stateUnknown, otherReason, switchModelRegistry, switchPerformanceGates})
	for _, value := range values {
		if !strings.Contains(content, "`"+value+"`") {
			t.Errorf("the page does not name %s", value)
		}
	}
}

// TestMetricsAreNamedAsPrometheusWants runs the checks of promtool.
func TestMetricsAreNamedAsPrometheusWants(t *testing.T) {
	problems, err := testutil.GatherAndLint(everything(t))
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

// published is what the tables say of our own metrics: name, type, labels, meaning, advice.
func published(t *testing.T) map[string]string {
	t.Helper()
	rows := map[string]string{}
	for _, cells := range table.Rows(t, page, 5) {
		if !ours.MatchString(cells[0]) {
			continue
		}
		name := strings.Trim(cells[0], "`")
		rows[name] = described(cells[1], strings.Split(strings.NewReplacer(" ", "", "`", "").Replace(cells[2]), ","))
	}
	return rows
}

func described(kind string, labels []string) string {
	slices.Sort(labels)
	return strings.ToLower(kind) + " by " + strings.Join(labels, ", ")
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
