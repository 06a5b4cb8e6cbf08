// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package metadata plans how the description and the tags of a model or a version in MLflow
// become what is declared: what is written, and which keys are remembered as ours, so that
// no tag of others is ever removed.
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

// Metadata are what MLflow holds, or what is declared. A declared description that is empty
// leaves MLflow's alone.
type Metadata struct {
	Description string
	Tags        map[string]string
}

// Change is one difference between what is declared and what MLflow holds.
type Change struct {
	Kind ChangeKind
	// Key is the key of a tag.
	Key              string
	Current, Desired string
}

// FieldName is what would be written: description, or tags/KEY.
func (c Change) FieldName() string {
	if c.Kind == SetDescription {
		return "description"
	}
	return "tags/" + c.Key
}

// PlanChanges lists what has to be written. A key is removed only if it is in the ledger of keys
// that the operator wrote.
func PlanChanges(live, desired Metadata, ledger []string) []Change {
	var plan []Change
	for _, key := range slices.Sorted(maps.Keys(desired.Tags)) {
		if value, there := live.Tags[key]; !there || value != desired.Tags[key] {
			plan = append(plan, Change{Kind: SetTag, Key: key, Current: value, Desired: desired.Tags[key]})
		}
	}
	for _, key := range slices.Sorted(slices.Values(ledger)) {
		_, wanted := desired.Tags[key]
		if value, there := live.Tags[key]; there && !wanted {
			plan = append(plan, Change{Kind: DeleteTag, Key: key, Current: value})
		}
	}
	if desired.Description != "" && desired.Description != live.Description {
		plan = append(plan, Change{Kind: SetDescription, Current: live.Description, Desired: desired.Description})
	}
	return plan
}

// ManagedKeys is the ledger as it must be before the plan is carried out, sorted: the keys that
// were written and still matter, and those that will be.
func ManagedKeys(live, desired Metadata, ledger []string, plan []Change) []string {
	keys := map[string]bool{}
	for _, key := range ledger {
		_, there := live.Tags[key]
		_, wanted := desired.Tags[key]
		keys[key] = there || wanted
	}
	for _, c := range plan {
		if c.Kind == SetTag {
			keys[c.Key] = true
		}
	}
	maps.DeleteFunc(keys, func(_ string, keep bool) bool { return !keep })
	return slices.Sorted(maps.Keys(keys))
}

// maxValueRunes keeps a change to a line.
const maxValueRunes = 60

// DescribeChanges says what was changed, with before and after.
func DescribeChanges(plan []Change) string {
	words := make([]string, 0, len(plan))
	for _, c := range plan {
		words = append(words, fmt.Sprintf("%s from %q to %q", c.FieldName(), sanitize.TruncateRunes(c.Current, maxValueRunes), sanitize.TruncateRunes(c.Desired, maxValueRunes)))
	}
	return strings.Join(words, ", ")
}

// NewNotPersistedError is a write that MLflow accepted and does not show.
func NewNotPersistedError(c Change) error {
	return fmt.Errorf("MLflow accepted %s and shows %q, not %q", c.FieldName(), sanitize.TruncateRunes(c.Current, maxValueRunes), sanitize.TruncateRunes(c.Desired, maxValueRunes))
}
