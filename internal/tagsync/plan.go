// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package tagsync plans how to make the description and the tags of a model or a version in
// MLflow what its object declares: what to write, and which keys to record as managed by the
// operator. It never removes a tag that the operator did not write.
package tagsync

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// ChangeKind is one kind of write.
type ChangeKind int

// The kinds of writes.
const (
	SetDescription ChangeKind = iota
	SetTag
	DeleteTag
)

// Metadata is what MLflow has, or what an object declares. An empty declared description does
// not change the description in MLflow.
type Metadata struct {
	Description string
	Tags        map[string]string
}

// Change is one difference between what is declared and what MLflow has.
type Change struct {
	Kind ChangeKind
	// Key is the key of the tag; empty for a description.
	Key string
	// Current is the value in MLflow; empty if MLflow has no value.
	Current string
	// Desired is the declared value; empty for a tag to delete.
	Desired string
}

// FieldName names what the change writes: description, or tags/KEY.
func (c Change) FieldName() string {
	if c.Kind == SetDescription {
		return "description"
	}
	return "tags/" + c.Key
}

// PlanChanges returns the changes to write, in a fixed order. It deletes a tag only if its key is
// managed: one that the operator wrote.
func PlanChanges(current, desired Metadata, managed []string) []Change {
	var plan []Change
	for _, key := range slices.Sorted(maps.Keys(desired.Tags)) {
		if value, exists := current.Tags[key]; !exists || value != desired.Tags[key] {
			plan = append(plan, Change{Kind: SetTag, Key: key, Current: value, Desired: desired.Tags[key]})
		}
	}
	for _, key := range slices.Sorted(slices.Values(managed)) {
		_, isDesired := desired.Tags[key]
		if value, exists := current.Tags[key]; exists && !isDesired {
			plan = append(plan, Change{Kind: DeleteTag, Key: key, Current: value})
		}
	}
	if desired.Description != "" && desired.Description != current.Description {
		plan = append(plan, Change{Kind: SetDescription, Current: current.Description, Desired: desired.Description})
	}
	return plan
}

// ManagedKeys returns the managed keys to record before the plan is executed, sorted: those that
// are in MLflow or declared, and those that the plan writes.
func ManagedKeys(current, desired Metadata, managed []string, plan []Change) []string {
	keys := map[string]bool{}
	for _, key := range managed {
		_, exists := current.Tags[key]
		_, isDesired := desired.Tags[key]
		keys[key] = exists || isDesired
	}
	for _, c := range plan {
		if c.Kind == SetTag {
			keys[c.Key] = true
		}
	}
	maps.DeleteFunc(keys, func(_ string, keep bool) bool { return !keep })
	return slices.Sorted(maps.Keys(keys))
}

// maxValueRunes limits a value in a message, so that a change fits on a line.
const maxValueRunes = 60

// DescribeChanges lists changes with their old and new values.
func DescribeChanges(plan []Change) string {
	descriptions := make([]string, 0, len(plan))
	for _, c := range plan {
		descriptions = append(descriptions, fmt.Sprintf("%s from %q to %q", c.FieldName(),
			sanitize.TruncateRunes(c.Current, maxValueRunes), sanitize.TruncateRunes(c.Desired, maxValueRunes)))
	}
	return strings.Join(descriptions, ", ")
}

// NewNotPersistedError returns the error for a change that MLflow accepted but does not show.
func NewNotPersistedError(c Change) error {
	return fmt.Errorf("MLflow accepted %s and shows %q, not %q", c.FieldName(),
		sanitize.TruncateRunes(c.Current, maxValueRunes), sanitize.TruncateRunes(c.Desired, maxValueRunes))
}
