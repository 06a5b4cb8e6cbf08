// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

const rulesFile = "../../config/prometheus/rules.yaml"

// TestDocsListEveryAlert, and that every alert queries metrics that exist.
func TestDocsListEveryAlert(t *testing.T) {
	var manifest struct {
		Spec struct {
			Groups []struct {
				Rules []struct{ Alert, Expr string }
			}
		}
	}
	if err := yaml.Unmarshal([]byte(readFile(t, rulesFile)), &manifest); err != nil {
		t.Fatal(err)
	}
	var alerts []string
	known := readPublishedMetrics(t)
	for _, rule := range manifest.Spec.Groups[0].Rules {
		alerts = append(alerts, rule.Alert)
		for _, name := range ownMetricPattern.FindAllString(rule.Expr, -1) {
			if _, exists := known[name]; !exists {
				t.Errorf("alert %s asks for %s, which does not exist", rule.Alert, name)
			}
		}
	}
	if diff := cmp.Diff(alerts, readPublishedAlerts(t)); diff != "" {
		t.Errorf("(-rules +page):\n%s", diff)
	}
}

// TestAlertOnQueuesCoversEveryController that the page names.
func TestAlertOnQueuesCoversEveryController(t *testing.T) {
	matcher := regexp.MustCompile(`queue_duration_seconds_bucket{controller=~"([^"]+)"}`).FindStringSubmatch(readFile(t, rulesFile))
	if matcher == nil {
		t.Fatal("no alert on workqueue_queue_duration_seconds selects controllers")
	}
	covered := regexp.MustCompile("^(?:" + matcher[1] + ")$")
	_, section, _ := strings.Cut(readFile(t, metricsPage), "\n## Work queues\n")
	list, _, _ := strings.Cut(section, ". The following")
	controllers := regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(list, -1)
	if len(controllers) != 6 {
		t.Fatalf("the page names the controllers %v, want six", controllers)
	}
	for _, controller := range controllers {
		if !covered.MatchString(controller[1]) {
			t.Errorf("the alert does not cover %s", controller[1])
		}
	}
}

func readPublishedAlerts(t *testing.T) []string {
	t.Helper()
	_, section, _ := strings.Cut(readFile(t, metricsPage), "\n## Alerts\n")
	var alerts []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)`").FindAllStringSubmatch(section, -1) {
		alerts = append(alerts, row[1])
	}
	return alerts
}
