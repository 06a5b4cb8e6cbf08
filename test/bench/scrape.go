// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// reading is one line of a metrics endpoint.
type reading struct {
	name   string
	labels string
	value  float64
}

// label is the value of a label; its text is as the endpoint wrote it.
func (r reading) label(name string) string {
	_, rest, found := strings.Cut(","+r.labels, ","+name+`="`)
	if !found {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

func scrape(ctx context.Context, url string) ([]reading, error) {
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

// parseMetrics reads the text format as client_golang writes it.
func parseMetrics(text io.Reader) ([]reading, error) {
	var all []reading
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		if r, ok := parseReading(lines.Text()); ok {
			all = append(all, r)
		}
	}
	return all, lines.Err()
}

func parseReading(line string) (reading, bool) {
	space := strings.LastIndexByte(line, ' ')
	if strings.HasPrefix(line, "#") || space < 0 {
		return reading{}, false
	}
	value, err := strconv.ParseFloat(line[space+1:], 64)
	if err != nil {
		return reading{}, false
	}
	name, labels, _ := strings.Cut(line[:space], "{")
	return reading{name: name, labels: strings.TrimSuffix(labels, "}"), value: value}, true
}

// sum adds up the series of a name.
func sum(all []reading, name string) float64 {
	var total float64
	for _, r := range all {
		if r.name == name {
			total += r.value
		}
	}
	return total
}

// requestsByEndpoint is what an operator has asked of MLflow, by method and endpoint, and how many
// of these were writes.
func requestsByEndpoint(all []reading) (byEndpoint map[string]float64, writes float64) {
	byEndpoint = map[string]float64{}
	for _, r := range all {
		if r.name != "mlflow_registry_operator_requests_total" {
			continue
		}
		method, endpoint := r.label("method"), r.label("endpoint")
		byEndpoint[method+" "+endpoint] += r.value
		if isWrite(method, endpoint) {
			writes += r.value
		}
	}
	return byEndpoint, writes
}
