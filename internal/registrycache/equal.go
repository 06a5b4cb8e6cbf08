// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"maps"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// equalModels tells whether two answers say the same of one model. It is written out
// because it runs for every model of every poll, where reflection costs five times
// as much; a test makes sure that no field is forgotten.
func equalModels(a, b *entities.RegisteredModel) bool {
	return a == b ||
		a.Name == b.Name &&
			a.CreationTimestamp == b.CreationTimestamp &&
			a.LastUpdatedTimestamp == b.LastUpdatedTimestamp &&
			a.Description == b.Description &&
			maps.Equal(a.Tags, b.Tags) &&
			maps.Equal(a.Aliases, b.Aliases) &&
			equalVersions(a.LatestVersions, b.LatestVersions)
}

// equalVersions ignores the order, which MLflow does not promise: a get and a list
// may differ in it. There are at most four of them, one for each stage.
func equalVersions(a, b []entities.ModelVersion) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		at := slices.IndexFunc(b, func(v entities.ModelVersion) bool { return v.Version == a[i].Version })
		if at < 0 || !equalVersion(&a[i], &b[at]) {
			return false
		}
	}
	return true
}

func equalVersion(a, b *entities.ModelVersion) bool {
	return a.Name == b.Name &&
		a.Version == b.Version &&
		a.CreationTimestamp == b.CreationTimestamp &&
		a.LastUpdatedTimestamp == b.LastUpdatedTimestamp &&
		a.CurrentStage == b.CurrentStage &&
		a.Description == b.Description &&
		a.Source == b.Source &&
		a.RunID == b.RunID &&
		a.Status == b.Status &&
		a.StatusMessage == b.StatusMessage &&
		maps.Equal(a.Tags, b.Tags) &&
		slices.Equal(a.Aliases, b.Aliases)
}
