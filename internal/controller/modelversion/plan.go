// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"maps"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// changeKind is one kind of write.
type changeKind int

const (
	setDescription changeKind = iota
	setTag
	deleteTag
)

// change is one difference between what is declared and what MLflow holds.
type change struct {
	kind changeKind
	// key is the key of a tag.
	key           string
	live, desired string
}

// field is what would be written.
func (c change) field() string {
	if c.kind == setDescription {
		return "description"
	}
	return "tags/" + c.key
}

// planChanges lists what has to be written. A key is removed only if it is in the ledger of
// keys that the operator wrote.
func planChanges(live *entities.ModelVersion, description string, desired map[string]string, ledger []string) []change {
	var plan []change
	for _, key := range slices.Sorted(maps.Keys(desired)) {
		if value, there := live.Tags[key]; !there || value != desired[key] {
			plan = append(plan, change{kind: setTag, key: key, live: value, desired: desired[key]})
		}
	}
	for _, key := range slices.Sorted(slices.Values(ledger)) {
		_, wanted := desired[key]
		if value, there := live.Tags[key]; there && !wanted {
			plan = append(plan, change{kind: deleteTag, key: key, live: value})
		}
	}
	if description != "" && description != live.Description {
		plan = append(plan, change{kind: setDescription, live: live.Description, desired: description})
	}
	return plan
}

// planLedger is the ledger as it must be before the plan is carried out: the keys that were
// written and still matter, and those that will be.
func planLedger(live *entities.ModelVersion, desired map[string]string, ledger []string, plan []change) []string {
	keys := map[string]bool{}
	for _, key := range ledger {
		_, there := live.Tags[key]
		_, wanted := desired[key]
		keys[key] = there || wanted
	}
	for _, c := range plan {
		if c.kind == setTag {
			keys[c.key] = true
		}
	}
	maps.DeleteFunc(keys, func(_ string, keep bool) bool { return !keep })
	return ledgerOf(keys)
}

// ledgerOf are the keys of tags.
func ledgerOf[Value any](tags map[string]Value) []string {
	return slices.Sorted(maps.Keys(tags))
}

// desiredTags is every tag that is declared: numbers are tags, too.
func desiredTags(object *v1alpha1.ModelVersion) map[string]string {
	tags := map[string]string{}
	for key, value := range object.Spec.Tags {
		tags[key] = string(value)
	}
	for key, value := range object.Spec.Metrics {
		tags[key] = string(value)
	}
	return tags
}

// desiredDescription is empty where MLflow's own is left alone.
func desiredDescription(object *v1alpha1.ModelVersion) string {
	if object.Spec.Description == nil {
		return ""
	}
	return *object.Spec.Description
}
