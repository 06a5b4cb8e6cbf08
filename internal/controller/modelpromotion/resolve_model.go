// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelref"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
)

// resolveModel reads the RegisteredModel. After it, it is known which model is meant.
func (r *Reconciler) resolveModel(ctx context.Context, s *scope) reconciler.Result {
	model, result := modelref.GetModel(ctx, r.Client, s.object, s.object.Spec.ModelRef)
	s.model, s.tenureUnknown = model, result.Reason == v1alpha1.ReasonModelNotReady
	return result
}

// resolveConnection takes the view of the registry that the model belongs to.
func (r *Reconciler) resolveConnection(ctx context.Context, s *scope) reconciler.Result {
	early := s.object.Status.ObservedGeneration == s.object.Generation && r.newResolver().IsInGracePeriod(ctx, s.model)
	view, result := r.newResolver().ResolveConnection(ctx, s.model)
	s.snapshot, s.skipStatus = view, early && view == nil
	return result
}

func (r *Reconciler) newResolver() modelref.Resolver {
	return modelref.Resolver{Registry: r.Registry, Objects: r.Client}
}

// resolveStage finds the stage. After it, all that it demands is known, and the model in
// MLflow is known to be as declared.
func (r *Reconciler) resolveStage(ctx context.Context, s *scope) reconciler.Result {
	if result := modelref.CheckModelReady(s.model); !result.CanContinue() {
		s.skipStatus = modelref.IsModelReconciling(s.model)
		s.tenureUnknown = isUnmanaged(s.model) || r.lacksClass(ctx, s.model)
		return result
	}
	if result := r.resolveClass(ctx, s); !result.CanContinue() {
		s.tenureUnknown = result.Reason != v1alpha1.ReasonProgressing
		return result
	}
	return collectGates(s)
}

// isUnmanaged tells whether nobody looks after the stages of a model that is not ready: it is
// suspended, on its way out, or a person has to change it or its class. An outage is none.
func isUnmanaged(model *v1alpha1.RegisteredModel) bool {
	return ptr.Deref(model.Spec.Suspend, false) || !model.DeletionTimestamp.IsZero() ||
		meta.IsStatusConditionTrue(model.Status.Conditions, v1alpha1.ConditionStalled)
}

func collectGates(s *scope) reconciler.Result {
	s.stage = s.model.Stage(s.object.Spec.Stage)
	if s.stage == nil {
		s.tenureUnknown = true
		return reconciler.Terminal(v1alpha1.ReasonReferenceNotFound, fmt.Sprintf(
			"RegisteredModel %s has no stage %s: add it there, or delete this promotion", s.model.Name, s.object.Spec.Stage))
	}
	for _, g := range s.stage.Gates {
		s.gates = append(s.gates, gate.Spec{Gate: g, Origin: s.effectiveSpec.GateOrigin(s.stage.Name, g.Name)})
	}
	for _, g := range s.object.Spec.Gates {
		s.gates = append(s.gates, gate.Spec{Gate: g, Origin: v1alpha1.GateOriginPromotion})
	}
	if names := gate.DuplicateNames(s.gates); len(names) > 0 {
		return reconciler.Terminal(v1alpha1.ReasonInvalidSpec, duplicateGateMessage(names))
	}
	s.dryRunReason = findDryRunReason(s)
	return reconciler.Continue()
}

func duplicateGateMessage(names []string) string {
	if reserved := slices.DeleteFunc(slices.Clone(names), isNotReserved); len(reserved) > 0 {
		return fmt.Sprintf("the name %s is reserved for a built-in check: give the gate another name", strings.Join(reserved, ", "))
	}
	return fmt.Sprintf("two gates have the name %s: rename those of this promotion, which can't replace the stage's",
		strings.Join(names, ", "))
}

func isNotReserved(name string) bool {
	return !gate.IsReservedName(name)
}

func findDryRunReason(s *scope) string {
	switch {
	case s.flags.ReadOnly:
		return s.flags.ReadOnlyReason()
	case s.object.IsDryRun():
		return "mode is DryRun"
	case s.model.Spec.ManagementPolicy == v1alpha1.ManagementPolicyObserve:
		return "managementPolicy of the model is Observe"
	default:
		return ""
	}
}

// resolveConflict leaves the stage to an older promotion of it. After it, this object is
// the only one that may act. A dry run never acts, and is in nobody's way: it shows
// what would happen beside the promotion that does it.
func (r *Reconciler) resolveConflict(ctx context.Context, s *scope) reconciler.Result {
	siblings, err := kubeutil.ListPromotionsByModel(ctx, r.Client, client.ObjectKeyFromObject(s.model))
	if err != nil {
		return reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	s.siblings = siblings
	if rival := findOldestConflicting(siblings, s.object); rival != nil {
		s.tenureUnknown = true
		return newConflict(rival)
	}
	return reconciler.Continue()
}

// findOldestConflicting is the promotion that has the stage: whatever the order in which the cache
// lists them, it is always the same one that is named.
func findOldestConflicting(siblings []v1alpha1.ModelPromotion, own *v1alpha1.ModelPromotion) *v1alpha1.ModelPromotion {
	var oldest *v1alpha1.ModelPromotion
	for i := range siblings {
		other := &siblings[i]
		if isConflicting(other, own) && (oldest == nil || kubeutil.CreatedBefore(other, oldest)) {
			oldest = other
		}
	}
	return oldest
}

// isConflicting tells whether another promotion has the older claim to the stage.
func isConflicting(other, own *v1alpha1.ModelPromotion) bool {
	return other.UID != own.UID && other.Spec.Stage == own.Spec.Stage &&
		!other.IsDryRun() && !own.IsDryRun() && kubeutil.CreatedBefore(other, own)
}

// conflictRequeueAfter is how soon the end of a conflict is noticed where nothing woke us.
const conflictRequeueAfter = time.Minute

func newConflict(older *v1alpha1.ModelPromotion) reconciler.Result {
	return reconciler.Terminal(v1alpha1.ReasonConflict, fmt.Sprintf(
		"ModelPromotion %s is older and holds stage %s of the same model: delete one of the two",
		older.Name, older.Spec.Stage)).WithRequeueAfter(conflictRequeueAfter)
}
