// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package alerts

import (
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

const (
	rulesPath = "../../config/prometheus/rules.yaml"
	pagePath  = "../../docs/operations/metrics.md"
)

var promQL = parser.NewParser(parser.Options{})

// readRules returns the rules of the PrometheusRule. It parses expressions, durations and the
// templates of annotations.
func readRules(t *testing.T) []rulefmt.Rule {
	t.Helper()
	var manifest struct {
		Spec yaml.Node `yaml:"spec"`
	}
	if err := yaml.Unmarshal([]byte(readFile(t, rulesPath)), &manifest); err != nil {
		t.Fatal(err)
	}
	spec, err := yaml.Marshal(&manifest.Spec)
	if err != nil {
		t.Fatal(err)
	}
	parsed, errs := rulefmt.Parse(spec, false, model.UTF8Validation, promQL, slog.New(slog.DiscardHandler))
	if len(errs) > 0 {
		t.Fatalf("%s: %v", rulesPath, errs)
	}
	var rules []rulefmt.Rule
	for _, group := range parsed.Groups {
		rules = append(rules, group.Rules...)
	}
	return rules
}

func TestPageListsEveryAlert(t *testing.T) {
	var alerts []string
	for _, rule := range readRules(t) {
		alerts = append(alerts, rule.Alert)
	}
	_, section, _ := strings.Cut(readFile(t, pagePath), "\n## Alerts\n")
	var published []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)`").FindAllStringSubmatch(section, -1) {
		published = append(published, row[1])
	}
	if diff := cmp.Diff(alerts, published); diff != "" {
		t.Errorf("(-rules +page):\n%s", diff)
	}
}

// TestAlertsUseDocumentedMetrics covers the operator's own metrics. A test of internal/metrics
// holds the page to the metrics that the operator registers.
func TestAlertsUseDocumentedMetrics(t *testing.T) {
	documented := readMetricLabels(t)
	for _, rule := range readRules(t) {
		expr, err := promQL.ParseExpr(rule.Expr)
		if err != nil {
			t.Fatal(err)
		}
		parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
			selector, ok := node.(*parser.VectorSelector)
			if !ok || !strings.HasPrefix(selector.Name, "mlflow_registry_operator_") {
				return nil
			}
			labels, exists := documented[selector.Name]
			if !exists {
				t.Errorf("alert %s uses %s, which does not exist", rule.Alert, selector.Name)
				return nil
			}
			for _, label := range listUsedLabels(selector, path) {
				if !slices.Contains(labels, label) {
					t.Errorf("alert %s uses label %s of %s, which has %v", rule.Alert, label, selector.Name, labels)
				}
			}
			return nil
		})
	}
}

// listUsedLabels returns the labels that a selector matches and those that the aggregations
// around it group by.
func listUsedLabels(selector *parser.VectorSelector, path []parser.Node) []string {
	var used []string
	for _, matcher := range selector.LabelMatchers {
		if matcher.Name != model.MetricNameLabel {
			used = append(used, matcher.Name)
		}
	}
	for _, node := range path {
		if aggregation, ok := node.(*parser.AggregateExpr); ok {
			used = append(used, aggregation.Grouping...)
		}
	}
	return used
}

// readMetricLabels returns the labels of each metric of the operator in the tables of the page.
func readMetricLabels(t *testing.T) map[string][]string {
	t.Helper()
	row := regexp.MustCompile("(?m)^\\| `(mlflow_registry_operator_\\w+)` \\| \\w+ \\| ([^|]*) \\|")
	metrics := map[string][]string{}
	for _, cells := range row.FindAllStringSubmatch(readFile(t, pagePath), -1) {
		metrics[cells[1]] = strings.Split(strings.NewReplacer(" ", "", "`", "").Replace(cells[2]), ",")
	}
	return metrics
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
