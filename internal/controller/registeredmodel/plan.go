// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"slices"

	"k8s.io/utils/ptr"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
	"github.com/neuronews/mlflow-registry-operator/internal/tagsync"
)

// desiredMetadata is what is declared of the model.
func desiredMetadata(s *scope) tagsync.Metadata {
	return tagsync.Metadata{Description: ptr.Deref(s.object.Spec.Description, ""), Tags: desiredTags(s)}
}

// currentMetadata is what the model carries in MLflow.
func currentMetadata(live *entities.RegisteredModel) tagsync.Metadata {
	return tagsync.Metadata{Description: live.Description, Tags: live.Tags}
}

// planChanges lists what has to be written, the mark of ownership first.
func planChanges(live *entities.RegisteredModel, declared tagsync.Metadata, ledger []string) []tagsync.Change {
	plan := tagsync.PlanChanges(currentMetadata(live), declared, ledger)
	at := slices.IndexFunc(plan, func(c tagsync.Change) bool { return c.Key == v1alpha1.ManagedByTag })
	if at > 0 {
		mark := plan[at]
		plan = slices.Insert(slices.Delete(plan, at, at+1), 0, mark)
	}
	return plan
}

// planManagedKeys is the ledger as it must be before the plan is carried out. The mark is not in
// it: it is never removed, and nobody else's.
func planManagedKeys(live *entities.RegisteredModel, declared tagsync.Metadata, ledger []string, plan []tagsync.Change) []string {
	return withoutOwnerTag(tagsync.ManagedKeys(currentMetadata(live), declared, ledger, plan))
}

func withoutOwnerTag(keys []string) []string {
	return slices.DeleteFunc(keys, func(key string) bool { return key == v1alpha1.ManagedByTag })
}

// desiredTags is every tag that the model must carry.
func desiredTags(s *scope) map[string]string {
	tags := s.object.Spec.DeclaredTags()
	tags[v1alpha1.ManagedByTag] = string(s.owner)
	return tags
}

// maxPlannedLength is the bound that the API sets to a value in status.plan.
const maxPlannedLength = 512

// toPlannedChange is a change as status.plan shows it.
func toPlannedChange(c tagsync.Change) v1alpha1.PlannedChange {
	return newPlannedChange(c.FieldName(), c.Current, c.Desired)
}

// newPlannedChange keeps to the bound.
func newPlannedChange(field, live, desired string) v1alpha1.PlannedChange {
	return v1alpha1.PlannedChange{Field: field, Current: sanitize.TruncateRunes(live, maxPlannedLength), Desired: sanitize.TruncateRunes(desired, maxPlannedLength)}
}

// modelFieldName is what status.plan says of a model that does not exist.
const modelFieldName = "model"
