// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package metadata plans how the description and the tags of a model or a version in MLflow
// become what is declared: what is written, and which keys are remembered as ours, so that
// no tag of others is ever removed.
package metadata

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/internal/text"
)

// Kind is one kind of write.
type Kind int

// The kinds of writes.
const (
	SetDescription Kind = iota
	SetTag
	DeleteTag
)

// Values are what MLflow holds, or what is declared. A declared description that is empty
// leaves MLflow's alone.
type Values struct {
	Description string
	Tags        map[string]string
}

// Change is one difference between what is declared and what MLflow holds.
type Change struct {
	Kind Kind
	// Key is the key of a tag.
	Key           string
	Live, Desired string
}

// Field is what would be written: description, or tags/KEY.
func (c Change) Field() string {
	if c.Kind == SetDescription {
		return "description"
	}
	return "tags/" + c.Key
}

// Plan lists what has to be written. A key is removed only if it is in the ledger of keys
// that the operator wrote.
func Plan(live, desired Values, ledger []string) []Change {
	var plan []Change
	for _, key := range slices.Sorted(maps.Keys(desired.Tags)) {
		if value, there := live.Tags[key]; !there || value != desired.Tags[key] {
			plan = append(plan, Change{Kind: SetTag, Key: key, Live: value, Desired: desired.Tags[key]})
		}
	}
	for _, key := range slices.Sorted(slices.Values(ledger)) {
		_, wanted := desired.Tags[key]
		if value, there := live.Tags[key]; there && !wanted {
			plan = append(plan, Change{Kind: DeleteTag, Key: key, Live: value})
		}
	}
	if desired.Description != "" && desired.Description != live.Description {
		plan = append(plan, Change{Kind: SetDescription, Live: live.Description, Desired: desired.Description})
	}
	return plan
}

// Ledger is the ledger as it must be before the plan is carried out, sorted: the keys that
// were written and still matter, and those that will be.
func Ledger(live, desired Values, ledger []string, plan []Change) []string {
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

// maxValue keeps a change to a line.
const maxValue = 60

// Describe says what was changed, with before and after.
func Describe(plan []Change) string {
	words := make([]string, 0, len(plan))
	for _, c := range plan {
		words = append(words, fmt.Sprintf("%s from %q to %q", c.Field(), text.Cut(c.Live, maxValue), text.Cut(c.Desired, maxValue)))
	}
	return strings.Join(words, ", ")
}

// NotKept is a write that MLflow accepted and does not show.
func NotKept(c Change) error {
	return fmt.Errorf("MLflow accepted %s and shows %q, not %q", c.Field(), text.Cut(c.Live, maxValue), text.Cut(c.Desired, maxValue))
}
