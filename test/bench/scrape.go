// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// scrapeMetrics returns all samples of a metrics endpoint.
func scrapeMetrics(ctx context.Context, url string) (model.Vector, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: status %d", url, response.StatusCode)
	}
	return parseMetrics(response.Body)
}

// parseMetrics parses the text format of Prometheus.
func parseMetrics(text io.Reader) (model.Vector, error) {
	decoder := expfmt.SampleDecoder{
		Dec:  expfmt.NewDecoder(text, expfmt.NewFormat(expfmt.TypeTextPlain)),
		Opts: &expfmt.DecodeOptions{Timestamp: model.TimeFromUnixNano(time.Now().UnixNano())},
	}
	var all model.Vector
	for {
		var family model.Vector
		err := decoder.Decode(&family)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("parse metrics: %w", err)
		}
		all = append(all, family...)
	}
}

// sumMetric adds up all series of a metric.
func sumMetric(samples model.Vector, name string) float64 {
	var total float64
	for _, s := range samples {
		if string(s.Metric[model.MetricNameLabel]) == name {
			total += float64(s.Value)
		}
	}
	return total
}

// countRequests returns the number of requests of the operator to MLflow, by method and
// endpoint, and how many of them were writes.
func countRequests(samples model.Vector) (byEndpoint map[string]float64, writes float64) {
	byEndpoint = map[string]float64{}
	for _, s := range samples {
		if s.Metric[model.MetricNameLabel] != "mlflow_registry_operator_requests_total" {
			continue
		}
		method, endpoint := string(s.Metric["method"]), string(s.Metric["endpoint"])
		byEndpoint[method+" "+endpoint] += float64(s.Value)
		if isWrite(method, endpoint) {
			writes += float64(s.Value)
		}
	}
	return byEndpoint, writes
}
