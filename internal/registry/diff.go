// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"cmp"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// ChangeKind says how one model differs between two snapshots.
type ChangeKind string

const (
	// Added is a model that the older snapshot did not show.
	Added ChangeKind = "Added"
	// Updated is a model of which anything differs, a tag or an alias included.
	Updated ChangeKind = "Updated"
	// Absent is a model that the newer snapshot does not show. It may be deleted,
	// hidden by a permission, turned into a prompt, or lost between two pages: only
	// a get can tell.
	Absent ChangeKind = "Absent"
)

// Change is one model that differs between two snapshots.
type Change struct {
	Name string
	Kind ChangeKind
}

// Diff is what changed from old to new, sorted by name.
func Diff(old, new *Snapshot) []Change {
	if old == new {
		return nil
	}
	changes := absent(old, new)
	for name, m := range new.all() {
		before, known := old.Model(name)
		switch {
		case !known:
			changes = append(changes, Change{Name: name, Kind: Added})
		case !equal(before, m):
			changes = append(changes, Change{Name: name, Kind: Updated})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Name, b.Name) })
	return changes
}

func absent(old, new *Snapshot) []Change {
	var changes []Change
	for name := range old.all() {
		if _, still := new.Model(name); !still {
			changes = append(changes, Change{Name: name, Kind: Absent})
		}
	}
	return changes
}

func (s *Snapshot) all() map[string]*entities.RegisteredModel {
	if s == nil {
		return nil
	}
	return s.models
}
