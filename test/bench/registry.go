// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
)

// pair is a tag or an alias as MLflow writes it.
type pair struct {
	Key     string `json:"key"`
	Alias   string `json:"alias"`
	Value   string `json:"value"`
	Version string `json:"version"`
}

// mlflowModel is what the list and the get tell of a model.
type mlflowModel struct {
	Name           string          `json:"name"`
	Tags           []pair          `json:"tags"`
	Aliases        []pair          `json:"aliases"`
	LatestVersions []mlflowVersion `json:"latest_versions"`
}

type mlflowVersion struct {
	Version string `json:"version"`
	RunID   string `json:"run_id"`
	Tags    []pair `json:"tags"`
}

type mlflowRun struct {
	Info struct {
		RunID string `json:"run_id"`
	} `json:"info"`
	Data struct {
		Metrics []struct {
			Key   string  `json:"key"`
			Value float64 `json:"value"`
		} `json:"metrics"`
	} `json:"data"`
}

func (m mlflowModel) alias(alias string) string {
	for _, p := range m.Aliases {
		if p.Alias == alias {
			return p.Version
		}
	}
	return ""
}

func tag(tags []pair, key string) string {
	for _, p := range tags {
		if p.Key == key {
			return p.Value
		}
	}
	return ""
}

// gateValue is the metric that the gate looks at.
func (r mlflowRun) gateValue() (float64, error) {
	for _, m := range r.Data.Metrics {
		if m.Key == gateMetric {
			return m.Value, nil
		}
	}
	return 0, fmt.Errorf("run %s has no metric %s", r.Info.RunID, gateMetric)
}

// modelPage is a page of the list.
type modelPage struct {
	Models []mlflowModel `json:"registered_models"`
	Next   string        `json:"next_page_token"`
}

// firstModels reads no more than one page.
func (a *api) firstModels(ctx context.Context, models int) ([]mlflowModel, error) {
	var page modelPage
	err := a.get(ctx, "registered-models/search", url.Values{"max_results": {strconv.Itoa(models)}}, &page)
	return page.Models, err
}

// listModels reads everything in pages as large as the server gives.
func (a *api) listModels(ctx context.Context) ([]mlflowModel, error) {
	var all []mlflowModel
	query := url.Values{"max_results": {"1000"}}
	for {
		var page modelPage
		if err := a.get(ctx, "registered-models/search", query, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Models...)
		if page.Next == "" {
			return all, nil
		}
		query.Set("page_token", page.Next)
	}
}

func (a *api) model(ctx context.Context, name string) (mlflowModel, error) {
	var answer struct {
		Model mlflowModel `json:"registered_model"`
	}
	err := a.get(ctx, "registered-models/get", url.Values{"name": {name}}, &answer)
	return answer.Model, err
}

func (a *api) version(ctx context.Context, name, version string) (mlflowVersion, error) {
	var answer struct {
		Version mlflowVersion `json:"model_version"`
	}
	err := a.get(ctx, "model-versions/get", url.Values{"name": {name}, "version": {version}}, &answer)
	return answer.Version, err
}

func (a *api) run(ctx context.Context, id string) (mlflowRun, error) {
	var answer struct {
		Run mlflowRun `json:"run"`
	}
	err := a.get(ctx, "runs/get", url.Values{"run_id": {id}}, &answer)
	return answer.Run, err
}

func (a *api) setModelTag(ctx context.Context, name, key, value string) error {
	return a.post(ctx, "registered-models/set-tag", map[string]string{"name": name, "key": key, "value": value}, nil)
}

func (a *api) setVersionTag(ctx context.Context, name, version, key, value string) error {
	return a.post(ctx, "model-versions/set-tag",
		map[string]string{"name": name, "version": version, "key": key, "value": value}, nil)
}

func (a *api) setAlias(ctx context.Context, name, alias, version string) error {
	return a.post(ctx, "registered-models/alias", map[string]string{"name": name, "alias": alias, "version": version}, nil)
}
