// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"
)

// promote judges the candidate and makes it the champion, the alias last.
func (a *api) promote(ctx context.Context, model string, value float64) error {
	if value <= gateAbove {
		return fmt.Errorf("%s: %s of the candidate is %v", model, gateMetric, value)
	}
	if err := a.setVersionTag(ctx, model, candidate, evidenceTag, evidence(model, value)); err != nil {
		return err
	}
	return a.setAlias(ctx, model, champion, candidate)
}

func (a *api) experiments(ctx context.Context) ([]string, error) {
	var answer struct {
		Experiments []struct {
			ID string `json:"experiment_id"`
		} `json:"experiments"`
	}
	if err := a.post(ctx, "experiments/search", map[string]any{"max_results": 10000}, &answer); err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range answer.Experiments {
		ids = append(ids, e.ID)
	}
	return ids, nil
}

// metricOfRuns reads the runs of the newest versions at once.
func (a *api) metricOfRuns(ctx context.Context, experiments []string, models []mlflowModel) (map[string]float64, error) {
	var quoted []string
	for _, m := range models {
		quoted = append(quoted, "'"+m.LatestVersions[0].RunID+"'")
	}
	body := map[string]any{
		"experiment_ids": experiments, "max_results": len(quoted),
		"filter": "attributes.run_id IN (" + strings.Join(quoted, ",") + ")",
	}
	var answer struct {
		Runs []mlflowRun `json:"runs"`
	}
	if err := a.post(ctx, "runs/search", body, &answer); err != nil {
		return nil, err
	}
	if len(answer.Runs) != len(quoted) {
		return nil, fmt.Errorf("%d runs, asked for %d", len(answer.Runs), len(quoted))
	}
	values := map[string]float64{}
	for _, run := range answer.Runs {
		value, err := run.gateValue()
		if err != nil {
			return nil, err
		}
		values[run.Info.RunID] = value
	}
	return values, nil
}
