// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"cmp"
	"maps"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// ChangeType says how a model differs from the last known state of it.
type ChangeType string

const (
	// Added is a model that was not known before.
	Added ChangeType = "Added"
	// Updated is a model with any difference, including a tag or an alias.
	Updated ChangeType = "Updated"
	// Unlisted is a known model that the newest list lacks. It may be deleted, hidden by
	// a permission, turned into a prompt, or lost between two pages: only a get can tell them apart.
	Unlisted ChangeType = "Unlisted"
)

// Change is one model that differs from the last known state of it.
type Change struct {
	Name string
	Type ChangeType
}

// sortChanges orders changes by name, so that their effects have the same order each time.
func sortChanges(changes map[string]ChangeType) []Change {
	if len(changes) == 0 {
		return nil
	}
	sorted := make([]Change, 0, len(changes))
	for name, changeType := range changes {
		sorted = append(sorted, Change{Name: name, Type: changeType})
	}
	slices.SortFunc(sorted, func(a, b Change) int { return cmp.Compare(a.Name, b.Name) })
	return sorted
}

// countChanges counts the changes of declared models by type. It leaves out the other models:
// which of them a poll reads changes with the scope of the poll.
func countChanges(changes []Change, isDeclared func(name string) bool) map[ChangeType]int {
	counts := map[ChangeType]int{}
	for _, change := range changes {
		if isDeclared(change.Name) {
			counts[change.Type]++
		}
	}
	return counts
}

// equalModels reports whether two answers describe the same state of a model. It is written out
// because it runs for every model of every poll, and reflection costs five times
// as much. A test verifies that it compares every field.
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

// equalVersions ignores the order, because MLflow does not guarantee it: a get and a list
// may differ in it. There are at most four versions, one for each legacy stage.
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
