// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"cmp"
	"maps"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/text"
)

// changeKind is one kind of write.
type changeKind int

const (
	setDescription changeKind = iota
	setTag
	deleteTag
	createModel
	disposeVersion
)

// change is one difference between what is declared and what MLflow holds.
type change struct {
	kind changeKind
	// key is the key of a tag, or the number of a version.
	key           string
	live, desired string
}

// planChanges lists what has to be written, the mark of ownership first. A key is
// removed only if it is in the ledger of keys that the operator wrote.
func planChanges(live *entities.RegisteredModel, description string, desired map[string]string, ledger []string) []change {
	var plan []change
	for _, key := range slices.SortedFunc(maps.Keys(desired), markFirst) {
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

// planLedger is the ledger as it must be before the plan is carried out: the keys that
// were written and still matter, and those that will be. The mark is not in it: it is
// never removed, and nobody else's.
func planLedger(live *entities.RegisteredModel, desired map[string]string, ledger []string, plan []change) []string {
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

// ledgerOf are the keys of tags without the mark.
func ledgerOf[Value any](tags map[string]Value) []string {
	ledger := slices.Sorted(maps.Keys(tags))
	return slices.DeleteFunc(ledger, func(key string) bool { return key == v1alpha1.ManagedByTag })
}

// desiredTags is every tag that the model must carry.
func desiredTags(s *scope) map[string]string {
	tags := s.object.Spec.DeclaredTags()
	tags[v1alpha1.ManagedByTag] = string(s.mark)
	return tags
}

// desiredDescription is empty where MLflow's own is left alone.
func desiredDescription(s *scope) string {
	if s.object.Spec.Description == nil {
		return ""
	}
	return *s.object.Spec.Description
}

func markFirst(a, b string) int {
	if (a == v1alpha1.ManagedByTag) != (b == v1alpha1.ManagedByTag) {
		if a == v1alpha1.ManagedByTag {
			return -1
		}
		return 1
	}
	return cmp.Compare(a, b)
}

// maxPlanned is the bound that the API sets to a value in status.plan.
const maxPlanned = 512

// planned is the change as status.plan shows it.
func (c change) planned() v1alpha1.PlannedChange {
	field := "tags/" + c.key
	switch c.kind {
	case setDescription:
		field = "description"
	case createModel:
		field = "model"
	case disposeVersion:
		field = versionField + c.key
	}
	return v1alpha1.PlannedChange{Field: field, Live: text.Cut(c.live, maxPlanned), Desired: text.Cut(c.desired, maxPlanned)}
}
