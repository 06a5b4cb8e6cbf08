// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"errors"
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
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// resolveModel reads the RegisteredModel. After it, the model is known.
func (r *Reconciler) resolveModel(ctx context.Context, s *scope) reconciler.Result {
	model, result := modelref.GetModel(ctx, r.Client, s.Object, s.Object.Spec.ModelRef)
	s.model = model
	if result.Reason == v1alpha1.ReasonModelNotReady {
		return s.loseStage(result)
	}
	return result
}

// resolveConnection gets the snapshot of the registry that the model belongs to. After it, MLflow
// can be read.
func (r *Reconciler) resolveConnection(ctx context.Context, s *scope) reconciler.Result {
	early := s.HasCurrentStatus() && r.newResolver().IsInGracePeriod(ctx, s.model)
	snapshot, result := r.newResolver().ResolveConnection(ctx, s.model)
	s.Snapshot = snapshot
	if early && snapshot == nil {
		return result.KeepStatus()
	}
	return result
}

func (r *Reconciler) newResolver() modelref.Resolver {
	return modelref.Resolver{Registry: r.Registry, Objects: r.Client}
}

// resolveStage finds the stage. After it, everything that the stage demands is known, and the model
// in MLflow is as declared.
func (r *Reconciler) resolveStage(ctx context.Context, s *scope) reconciler.Result {
	if result := modelref.CheckModelReady(s.model); !result.CanContinue() {
		if isUnmanaged(s.model) || r.lacksClass(ctx, s.model) {
			result = s.loseStage(result)
		}
		if modelref.IsModelReconciling(s.model) {
			result = result.KeepStatus()
		}
		return result
	}
	if result := r.resolveClass(ctx, s); !result.CanContinue() {
		return result
	}
	s.stage = s.model.Stage(s.Object.Spec.Stage)
	if s.stage == nil {
		return s.loseStage(reconciler.Terminal(v1alpha1.ReasonReferenceNotFound, fmt.Sprintf(
			"RegisteredModel %s has no stage %s: add it there, or delete this promotion", s.model.Name, s.Object.Spec.Stage)))
	}
	s.gates = collectGates(s)
	if names := gate.DuplicateNames(s.gates); len(names) > 0 {
		return reconciler.Terminal(v1alpha1.ReasonInvalidSpec, duplicateGateMessage(names))
	}
	s.dryRunReason = findDryRunReason(s)
	return reconciler.Continue()
}

// isUnmanaged reports whether the stages of a model that is not ready are not managed: it is
// suspended, is being deleted, or a person has to change it or its class. An outage does not count.
func isUnmanaged(model *v1alpha1.RegisteredModel) bool {
	return ptr.Deref(model.Spec.Suspend, false) || !model.DeletionTimestamp.IsZero() ||
		meta.IsStatusConditionTrue(model.Status.Conditions, v1alpha1.ConditionStalled)
}

// lacksClass reports whether the class of the model is missing or invalid: the stages are not
// managed until a person changes it.
func (r *Reconciler) lacksClass(ctx context.Context, model *v1alpha1.RegisteredModel) bool {
	_, result := modelref.ResolveClass(ctx, r.Client, model)
	return !result.CanContinue() && result.Reason != v1alpha1.ReasonProgressing
}

// resolveClass gives the model the stages of its class: no later phase has to know about classes. The
// class may have been edited a moment ago, so that the model's status does not show yet that the
// model violates it. A class that could not be read is no fault of the model.
func (r *Reconciler) resolveClass(ctx context.Context, s *scope) reconciler.Result {
	effective, result := modelref.ResolveClass(ctx, r.Client, s.model)
	switch {
	case result.CanContinue():
		s.effectiveSpec = effective
		s.model.Spec.Stages = effective.Stages
		return result
	case result.Reason == v1alpha1.ReasonProgressing:
		return result
	default:
		return s.loseStage(reconciler.Waiting(v1alpha1.ReasonModelNotReady, modelref.NotReadyMessage(s.model, result.Message), 0))
	}
}

func collectGates(s *scope) []gate.Spec {
	var gates []gate.Spec
	for _, g := range s.stage.Gates {
		gates = append(gates, gate.Spec{Gate: g, Origin: s.effectiveSpec.GateOrigin(s.stage.Name, g.Name)})
	}
	for _, g := range s.Object.Spec.Gates {
		gates = append(gates, gate.Spec{Gate: g, Origin: v1alpha1.GateOriginPromotion})
	}
	return gates
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
	case s.Object.IsDryRun():
		return "mode is DryRun"
	case s.model.Spec.ManagementPolicy == v1alpha1.ManagementPolicyObserve:
		return "managementPolicy of the model is Observe"
	default:
		return ""
	}
}

// resolveConflict leaves the stage to an older promotion of it. After it, this object is the only
// one that may write. A dry run never writes and conflicts with none: it shows what would happen
// beside the promotion that writes.
func (r *Reconciler) resolveConflict(ctx context.Context, s *scope) reconciler.Result {
	siblings, err := kubeutil.ListPromotionsByModel(ctx, r.Client, client.ObjectKeyFromObject(s.model))
	if err != nil {
		return reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	s.siblings = siblings
	if older := findOldestConflicting(siblings, s.Object); older != nil {
		return s.loseStage(newConflict(older))
	}
	return reconciler.Continue()
}

// findOldestConflicting is the promotion that owns the stage. It is the same one in whatever order
// the cache lists them.
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

// isConflicting reports whether another promotion is older and promotes to the same stage.
func isConflicting(other, own *v1alpha1.ModelPromotion) bool {
	return other.UID != own.UID && other.Spec.Stage == own.Spec.Stage &&
		!other.IsDryRun() && !own.IsDryRun() && kubeutil.CreatedBefore(other, own)
}

// conflictRequeueAfter is how soon the end of a conflict is noticed if no watch reports it.
const conflictRequeueAfter = time.Minute

func newConflict(older *v1alpha1.ModelPromotion) reconciler.Result {
	return reconciler.Terminal(v1alpha1.ReasonConflict, fmt.Sprintf(
		"ModelPromotion %s is older and holds stage %s of the same model: delete one of the two",
		older.Name, older.Spec.Stage)).WithRequeueAfter(conflictRequeueAfter)
}

// observeModel finds the model in the snapshot. After it, the current version is known as of the last
// poll. MLflow itself is read only if an annotation requests it, or if the snapshot does not
// contain the model.
func (r *Reconciler) observeModel(ctx context.Context, s *scope) reconciler.Result {
	live, listed := s.Snapshot.Model(s.model.MLflowName())
	if listed && !s.ReconcileRequested {
		s.mlflowModel = live
		return reconciler.Continue()
	}
	live, result := r.readModel(ctx, s)
	s.mlflowModel = live
	return result
}

// readModel gets the model from MLflow, and makes sure that it is a model and not a prompt.
func (r *Reconciler) readModel(ctx context.Context, s *scope) (*entities.RegisteredModel, reconciler.Result) {
	name := s.model.MLflowName()
	live, err := s.Snapshot.Reader().RegisteredModel(ctx, name)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		s.Snapshot.Remove(name)
		return nil, reconciler.Waiting(v1alpha1.ReasonModelNotReady, fmt.Sprintf("model %s does not exist in MLflow", name), 0)
	case err != nil:
		return nil, reconciler.FromMLflowError(err)
	case live.IsPrompt():
		return nil, nameConflict(name)
	}
	s.UpdateSnapshot(live)
	return live, reconciler.Continue()
}

// nameConflictRequeueAfter is how soon it is noticed that a prompt no longer has the name. Lists hide
// prompts, so no poll reports it.
const nameConflictRequeueAfter = 5 * time.Minute

func nameConflict(name string) reconciler.Result {
	message := fmt.Sprintf("the name %s belongs to a prompt in MLflow", name)
	return reconciler.Waiting(v1alpha1.ReasonModelNotReady, message, nameConflictRequeueAfter)
}
