// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"cmp"
	"slices"
)

// ChangeKind says how one model differs from what was known of it.
type ChangeKind string

const (
	// Added is a model that was not known.
	Added ChangeKind = "Added"
	// Updated is a model of which anything differs, a tag or an alias included.
	Updated ChangeKind = "Updated"
	// Absent is a model that a list does not show any more. It may be deleted, hidden by
	// a permission, turned into a prompt, or lost between two pages: only a get can tell.
	Absent ChangeKind = "Absent"
)

// Change is one model that differs from what was known of it.
type Change struct {
	Name string
	Kind ChangeKind
}

// sorted gives changes an order, so that what follows from them is the same every time.
func sorted(changes map[string]ChangeKind) []Change {
	if len(changes) == 0 {
		return nil
	}
	all := make([]Change, 0, len(changes))
	for name, kind := range changes {
		all = append(all, Change{Name: name, Kind: kind})
	}
	slices.SortFunc(all, func(a, b Change) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
