// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"cmp"
	"slices"
)

// ChangeType says how one model differs from what was known of it.
type ChangeType string

const (
	// Added is a model that was not known.
	Added ChangeType = "Added"
	// Updated is a model of which anything differs, a tag or an alias included.
	Updated ChangeType = "Updated"
	// Unlisted is a model that a list does not show any more. It may be deleted, hidden by
	// a permission, turned into a prompt, or lost between two pages: only a get can tell.
	Unlisted ChangeType = "Unlisted"
)

// Change is one model that differs from what was known of it.
type Change struct {
	Name string
	Type ChangeType
}

// sortChanges gives changes an order, so that what follows from them is the same every time.
func sortChanges(changes map[string]ChangeType) []Change {
	if len(changes) == 0 {
		return nil
	}
	all := make([]Change, 0, len(changes))
	for name, kind := range changes {
		all = append(all, Change{Name: name, Type: kind})
	}
	slices.SortFunc(all, func(a, b Change) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
