// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const metricsText = `# HELP mlflow_registry_operator_requests_total Requests.
# TYPE mlflow_registry_operator_requests_total counter
mlflow_registry_operator_requests_total{code="200",endpoint="registered-models/search",method="GET"} 3
mlflow_registry_operator_requests_total{code="error",endpoint="registered-models/search",method="GET"} 1
mlflow_registry_operator_requests_total{code="200",endpoint="runs/search",method="POST"} 2
mlflow_registry_operator_requests_total{code="200",endpoint="registered-models/alias",method="POST"} 5
mlflow_registry_operator_connection_ready{name="mlflow",namespace="bench"} 1
workqueue_depth{controller="registeredmodel",name="registeredmodel"} 0
workqueue_depth{controller="modelpromotion",name="modelpromotion",priority="0"} 7
controller_runtime_active_workers{controller="modelpromotion"} 0
go_goroutines 41
`

func TestCountRequests(t *testing.T) {
	samples, err := parseMetrics(strings.NewReader(metricsText))
	if err != nil {
		t.Fatal(err)
	}
	got, writes := countRequests(samples)
	want := map[string]float64{"GET registered-models/search": 4, "POST runs/search": 2, "POST registered-models/alias": 5}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if writes != 5 {
		t.Errorf("%v writes, want 5: a search is a read, even as a POST", writes)
	}
}

func TestIsBusy(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(string) string
		want bool
	}{
		"an object in a queue": {func(text string) string { return text }, true},
		"no work": {func(text string) string {
			return strings.ReplaceAll(text, " 7\n", " 0\n")
		}, false},
		"no connection": {func(text string) string {
			return strings.ReplaceAll(strings.ReplaceAll(text, " 7\n", " 0\n"), " 1\nworkqueue", " 0\nworkqueue")
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			samples, err := parseMetrics(strings.NewReader(test.edit(metricsText)))
			if err != nil {
				t.Fatal(err)
			}
			if got := isBusy(samples); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
