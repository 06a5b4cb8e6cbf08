// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"slices"

	"k8s.io/utils/ptr"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/metadata"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/text"
)

// desired is what is declared of the model.
func desired(s *scope) metadata.Values {
	return metadata.Values{Description: ptr.Deref(s.object.Spec.Description, ""), Tags: desiredTags(s)}
}

// held is what the model carries in MLflow.
func held(live *entities.RegisteredModel) metadata.Values {
	return metadata.Values{Description: live.Description, Tags: live.Tags}
}

// planChanges lists what has to be written, the mark of ownership first.
func planChanges(live *entities.RegisteredModel, declared metadata.Values, ledger []string) []metadata.Change {
	plan := metadata.Plan(held(live), declared, ledger)
	at := slices.IndexFunc(plan, func(c metadata.Change) bool { return c.Key == v1alpha1.ManagedByTag })
	if at > 0 {
		mark := plan[at]
		plan = slices.Insert(slices.Delete(plan, at, at+1), 0, mark)
	}
	return plan
}

// planLedger is the ledger as it must be before the plan is carried out. The mark is not in
// it: it is never removed, and nobody else's.
func planLedger(live *entities.RegisteredModel, declared metadata.Values, ledger []string, plan []metadata.Change) []string {
	return withoutMark(metadata.Ledger(held(live), declared, ledger, plan))
}

func withoutMark(keys []string) []string {
	return slices.DeleteFunc(keys, func(key string) bool { return key == v1alpha1.ManagedByTag })
}

// desiredTags is every tag that the model must carry.
func desiredTags(s *scope) map[string]string {
	tags := s.object.Spec.DeclaredTags()
	tags[v1alpha1.ManagedByTag] = string(s.mark)
	return tags
}

// maxPlanned is the bound that the API sets to a value in status.plan.
const maxPlanned = 512

// planned is a change as status.plan shows it.
func planned(c metadata.Change) v1alpha1.PlannedChange {
	return plannedChange(c.Field(), c.Live, c.Desired)
}

// plannedChange keeps to the bound.
func plannedChange(field, live, desired string) v1alpha1.PlannedChange {
	return v1alpha1.PlannedChange{Field: field, Live: text.Cut(live, maxPlanned), Desired: text.Cut(desired, maxPlanned)}
}

// modelField is what status.plan says of a model that does not exist.
const modelField = "model"
