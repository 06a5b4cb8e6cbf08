// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// checkRegistryConverged reads the registry once and returns an error for the first model that is
// not as expected.
func checkRegistryConverged(ctx context.Context, base string, models int) error {
	all, err := listAllModels(ctx, base, models)
	if err != nil {
		return err
	}
	for _, m := range all {
		if err := m.checkConverged(); err != nil {
			return err
		}
	}
	return nil
}

func (m mlflowModel) checkConverged() error {
	latest := m.LatestVersions
	if current := m.aliasVersion(champion); current != candidate {
		return fmt.Errorf("%s: alias %s points to version %q, not to %s", m.Name, champion, current, candidate)
	}
	if tagValue(m.Tags, v1alpha1.ManagedByTag) == "" {
		return fmt.Errorf("%s: no owner tag", m.Name)
	}
	if len(latest) != 1 || latest[0].Version != candidate || tagValue(latest[0].Tags, evidenceTag) == "" {
		return fmt.Errorf("%s: no evidence on version %s", m.Name, candidate)
	}
	return nil
}

// checkRegistryFilled reads the inserted rows through MLflow.
func checkRegistryFilled(ctx context.Context, base string, models int) error {
	if _, err := listAllModels(ctx, base, models); err != nil {
		return err
	}
	a := newQuickAckClient(base)
	defer a.close()
	m, err := a.getModel(ctx, modelName(models))
	if err != nil {
		return err
	}
	v, err := a.getVersion(ctx, m.Name, candidate)
	if err != nil {
		return err
	}
	run, err := a.getRun(ctx, v.RunID)
	if err != nil {
		return err
	}
	counts := []int{len(m.Tags), len(m.Aliases), len(v.Tags), len(run.Data.Metrics)}
	if want := []int{5, 3, 5, 20}; !slices.Equal(counts, want) {
		return fmt.Errorf("%s: number of tags, aliases, version tags and run metrics: %v, not %v", m.Name, counts, want)
	}
	_, err = run.gateValue()
	return err
}

// listAllModels also checks the number of models.
func listAllModels(ctx context.Context, base string, models int) ([]mlflowModel, error) {
	a := newQuickAckClient(base)
	defer a.close()
	all, err := a.listModels(ctx)
	if err == nil && len(all) != models {
		err = fmt.Errorf("the registry has %d models, not %d", len(all), models)
	}
	return all, err
}
