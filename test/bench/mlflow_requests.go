// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// tagOrAlias is a tag (key and value) or an alias (alias and version) in a response.
type tagOrAlias struct {
	Key     string `json:"key"`
	Alias   string `json:"alias"`
	Value   string `json:"value"`
	Version string `json:"version"`
}

// mlflowModel is a registered model in a list or a get.
type mlflowModel struct {
	Name           string          `json:"name"`
	Tags           []tagOrAlias    `json:"tags"`
	Aliases        []tagOrAlias    `json:"aliases"`
	LatestVersions []mlflowVersion `json:"latest_versions"`
}

type mlflowVersion struct {
	Version string       `json:"version"`
	RunID   string       `json:"run_id"`
	Tags    []tagOrAlias `json:"tags"`
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

func (m mlflowModel) aliasVersion(alias string) string {
	for _, p := range m.Aliases {
		if p.Alias == alias {
			return p.Version
		}
	}
	return ""
}

func tagValue(tags []tagOrAlias, key string) string {
	for _, p := range tags {
		if p.Key == key {
			return p.Value
		}
	}
	return ""
}

// gateValue returns the metric that the gate compares.
func (r mlflowRun) gateValue() (float64, error) {
	for _, m := range r.Data.Metrics {
		if m.Key == gateMetric {
			return m.Value, nil
		}
	}
	return 0, fmt.Errorf("run %s has no metric %s", r.Info.RunID, gateMetric)
}

// modelPage is a page of registered-models/search.
type modelPage struct {
	Models []mlflowModel `json:"registered_models"`
	Next   string        `json:"next_page_token"`
}

// listFirstModels reads a single page.
func (a *mlflowClient) listFirstModels(ctx context.Context, models int) ([]mlflowModel, error) {
	var page modelPage
	err := a.get(ctx, "registered-models/search", url.Values{"max_results": {strconv.Itoa(models)}}, &page)
	return page.Models, err
}

// listModels reads all models, in pages of the largest size that the server allows.
func (a *mlflowClient) listModels(ctx context.Context) ([]mlflowModel, error) {
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

func (a *mlflowClient) getModel(ctx context.Context, name string) (mlflowModel, error) {
	var response struct {
		Model mlflowModel `json:"registered_model"`
	}
	err := a.get(ctx, "registered-models/get", url.Values{"name": {name}}, &response)
	return response.Model, err
}

func (a *mlflowClient) getVersion(ctx context.Context, name, version string) (mlflowVersion, error) {
	var response struct {
		Version mlflowVersion `json:"model_version"`
	}
	err := a.get(ctx, "model-versions/get", url.Values{"name": {name}, "version": {version}}, &response)
	return response.Version, err
}

func (a *mlflowClient) getRun(ctx context.Context, id string) (mlflowRun, error) {
	var response struct {
		Run mlflowRun `json:"run"`
	}
	err := a.get(ctx, "runs/get", url.Values{"run_id": {id}}, &response)
	return response.Run, err
}

func (a *mlflowClient) setModelTag(ctx context.Context, name, key, value string) error {
	return a.post(ctx, "registered-models/set-tag", map[string]string{"name": name, "key": key, "value": value}, nil)
}

func (a *mlflowClient) setVersionTag(ctx context.Context, name, version, key, value string) error {
	return a.post(ctx, "model-versions/set-tag",
		map[string]string{"name": name, "version": version, "key": key, "value": value}, nil)
}

func (a *mlflowClient) setAlias(ctx context.Context, name, alias, version string) error {
	return a.post(ctx, "registered-models/alias", map[string]string{"name": name, "alias": alias, "version": version}, nil)
}

// promoteCandidate evaluates the gate, writes the evidence and then moves the champion alias.
func (a *mlflowClient) promoteCandidate(ctx context.Context, model string, value float64) error {
	if value <= gateAbove {
		return fmt.Errorf("%s: the gate failed: %s of the candidate is %v, not over %v", model, gateMetric, value, gateAbove)
	}
	if err := a.setVersionTag(ctx, model, candidate, evidenceTag, evidenceTagValue(model, value)); err != nil {
		return err
	}
	return a.setAlias(ctx, model, champion, candidate)
}

func (a *mlflowClient) listExperiments(ctx context.Context) ([]string, error) {
	var response struct {
		Experiments []struct {
			ID string `json:"experiment_id"`
		} `json:"experiments"`
	}
	if err := a.post(ctx, "experiments/search", map[string]any{"max_results": 10000}, &response); err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range response.Experiments {
		ids = append(ids, e.ID)
	}
	return ids, nil
}

// searchGateValues reads the runs of the latest versions with one request. The result is keyed by
// run.
func (a *mlflowClient) searchGateValues(ctx context.Context, experiments []string, models []mlflowModel) (map[string]float64, error) {
	var quoted []string
	for _, m := range models {
		quoted = append(quoted, "'"+m.LatestVersions[0].RunID+"'")
	}
	body := map[string]any{
		"experiment_ids": experiments, "max_results": len(quoted),
		"filter": "attributes.run_id IN (" + strings.Join(quoted, ",") + ")",
	}
	var response struct {
		Runs []mlflowRun `json:"runs"`
	}
	if err := a.post(ctx, "runs/search", body, &response); err != nil {
		return nil, err
	}
	if len(response.Runs) != len(quoted) {
		return nil, fmt.Errorf("runs/search returned %d runs, want %d", len(response.Runs), len(quoted))
	}
	values := map[string]float64{}
	for _, run := range response.Runs {
		value, err := run.gateValue()
		if err != nil {
			return nil, err
		}
		values[run.Info.RunID] = value
	}
	return values, nil
}
