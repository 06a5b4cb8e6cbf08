// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// checkConverged reads the registry once, and tells of the first model that is not as
// every contender has to leave it.
func checkConverged(ctx context.Context, base string, models int) error {
	all, err := listAll(ctx, base, models)
	if err != nil {
		return err
	}
	for _, m := range all {
		if err := m.converged(); err != nil {
			return err
		}
	}
	return nil
}

func (m mlflowModel) converged() error {
	newest := m.LatestVersions
	if holder := m.alias(champion); holder != candidate {
		return fmt.Errorf("%s: alias %s is at %q, not at %s", m.Name, champion, holder, candidate)
	}
	if tag(m.Tags, v1alpha1.ManagedByTag) == "" {
		return fmt.Errorf("%s: no owner's tag", m.Name)
	}
	if len(newest) != 1 || newest[0].Version != candidate || tag(newest[0].Tags, evidenceTag) == "" {
		return fmt.Errorf("%s: no evidence on version %s", m.Name, candidate)
	}
	return nil
}

// checkFilled reads what was inserted behind MLflow's back.
func checkFilled(ctx context.Context, base string, models int) error {
	if _, err := listAll(ctx, base, models); err != nil {
		return err
	}
	a := promptAPI(base)
	defer a.close()
	m, err := a.model(ctx, modelName(models))
	if err != nil {
		return err
	}
	v, err := a.version(ctx, m.Name, candidate)
	if err != nil {
		return err
	}
	run, err := a.run(ctx, v.RunID)
	if err != nil {
		return err
	}
	counts := []int{len(m.Tags), len(m.Aliases), len(v.Tags), len(run.Data.Metrics)}
	if want := []int{5, 3, 5, 20}; !slices.Equal(counts, want) {
		return fmt.Errorf("%s has tags, aliases, tags of a version, metrics of its run: %v, not %v", m.Name, counts, want)
	}
	_, err = run.gateValue()
	return err
}

func listAll(ctx context.Context, base string, models int) ([]mlflowModel, error) {
	a := promptAPI(base)
	defer a.close()
	all, err := a.listModels(ctx)
	if err == nil && len(all) != models {
		err = fmt.Errorf("the registry has %d models, not %d", len(all), models)
	}
	return all, err
}
