// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"errors"
	"io"
	"net/http"
	"testing"
)

// MLflow answers such a request with an empty list.
func TestSearchRunsRequiresAnExperiment(t *testing.T) {
	client := newStubClient(t, func(*http.Request) (*http.Response, error) {
		t.Error("the request is sent")
		return nil, io.EOF
	})
	for name, request := range map[string]SearchRunsRequest{
		"none":             {Filter: "run_id IN ('r')"},
		"an empty one":     {ExperimentIDs: []string{"1", ""}},
		"too large a page": {ExperimentIDs: []string{"1"}, MaxResults: 50_001},
	} {
		if _, err := client.SearchRuns(t.Context(), request); !errors.Is(err, ErrInvalidParameter) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGetMetricHistoryReadsAllPages(t *testing.T) {
	pages := map[string]string{
		"":  `{"metrics": [{"key": "loss", "value": 0.5, "step": 1}], "next_page_token": "2"}`,
		"2": `{"metrics": [{"key": "loss", "value": "NaN", "step": 2}]}`,
	}
	client := newStubClient(t, func(r *http.Request) (*http.Response, error) {
		return newResponse(http.StatusOK, pages[r.URL.Query().Get("page_token")]), nil
	})
	points, err := client.GetMetricHistory(t.Context(), "r", "loss")
	if err != nil {
		t.Fatal(err)
	}
	if len(points) != 2 || points[0].Value.String() != "0.5" || !points[1].Value.IsNaN() {
		t.Errorf("points are %v", points)
	}
}

func TestGetMetricHistoryIsBounded(t *testing.T) {
	token := ""
	client := newStubClient(t, func(*http.Request) (*http.Response, error) {
		token += "+"
		return newResponse(http.StatusOK, `{"metrics": [{}], "next_page_token": "`+token+`"}`), nil
	})
	if _, err := client.GetMetricHistory(t.Context(), "r", "loss"); !errors.Is(err, ErrTooLarge) {
		t.Errorf("error is %v", err)
	}
	if len(token) != maxHistoryPages {
		t.Errorf("%d pages were read, want %d", len(token), maxHistoryPages)
	}
}
