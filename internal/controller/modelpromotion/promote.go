// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"errors"
	"fmt"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelref"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// promoteCandidate executes the decision, for a candidate whose gates have passed. After it, the
// candidate holds the stage.
func (r *Reconciler) promoteCandidate(ctx context.Context, s *scope) reconciler.Result {
	return r.executeTransition(ctx, s, s.decision, *s.gateResult)
}

// executeTransition executes a transition: executeAction, which it calls, is the only code of this
// controller that writes to MLflow. It makes sure that nothing it depends
// on has changed while the gates were evaluated, writes the write-ahead record, executes the
// actions in order, and reads back what it wrote. An operator that shuts down completes a
// transition whose write-ahead record is written, within a grace period.
//
// MLflow has no compare-and-set: if a person moves the alias between the last read and the
// write, the write wins, and the change is not noticed.
func (r *Reconciler) executeTransition(
	ctx context.Context, s *scope, decision promotion.Decision, gateResult gate.Result,
) reconciler.Result {
	if result := r.checkOwnership(s, s.mlflowModel); !result.CanContinue() {
		return result
	}
	if result := r.revalidateModel(ctx, s); !result.CanContinue() {
		return result
	}
	t, err := promotion.NewTransition(decision, gateResult, r.Clock.Now())
	if err != nil {
		return reconciler.Terminal(v1alpha1.ReasonGateFailed, err.Error())
	}
	if result := r.writeAhead(ctx, s, &t); !result.CanContinue() {
		return result
	}
	ctx, cancel := reconciler.WithGracePeriod(ctx, reconciler.MLflowShutdownTimeout)
	defer cancel()
	if result := r.recheckModel(ctx, s, &t); !result.CanContinue() {
		clearPending(s)
		return result
	}
	return r.executeActions(ctx, s, &t)
}

// checkOwnership makes sure that the owner tag of the model names this promotion's RegisteredModel.
func (r *Reconciler) checkOwnership(s *scope, live *entities.RegisteredModel) reconciler.Result {
	if owner := ownership.OwnerOf(live); owner != ownership.NewOwner(r.InstanceID, s.model) {
		return reconciler.Waiting(v1alpha1.ReasonModelNotReady, fmt.Sprintf(
			"model %s is managed by %q, not by RegisteredModel %s", live.Name, owner, s.model.Name), 0)
	}
	return reconciler.Continue()
}

// revalidateModel makes sure that the model and its class on the API server are still what the
// reconcile has read from the cache, and that the connection still leads to the registry that
// the gates have read, and still allows the model there.
func (r *Reconciler) revalidateModel(ctx context.Context, s *scope) reconciler.Result {
	result := modelref.RevalidateModel(ctx, r.APIReader, s.model, "the model was edited while the gates were evaluated")
	if !result.CanContinue() {
		return result
	}
	if result := modelref.RevalidateClass(ctx, r.APIReader, s.effectiveSpec); !result.CanContinue() {
		return result
	}
	return r.newResolver().Revalidate(ctx, r.APIReader, s.model, s.Snapshot, "the connection changed while the gates were evaluated")
}

// writeAhead writes to the status which transition is about to be executed. After it, a crash or a
// lost response loses no record of the history, and what the operator did is never taken for an
// external change. Writing it also proves that the promotion is still the one that the reconcile has
// read: the API server rejects the write otherwise. If there is nothing to write, the
// promotion is read from the API server instead.
func (r *Reconciler) writeAhead(ctx context.Context, s *scope, t *promotion.Transition) reconciler.Result {
	if t.SetsAlias() {
		s.Object.Status.PendingTransition = t.Record
	}
	if !t.SetsAlias() || t.IsPending {
		return reconciler.RevalidateObject(ctx, r.APIReader, s.Object, "the promotion was edited while its gates were evaluated")
	}
	return s.SaveStatus(ctx, r.Client)
}

// clearPending drops the write-ahead record of a transition that certainly did not move the alias.
func clearPending(s *scope) {
	s.Object.Status.PendingTransition = nil
}

// recheckModel makes sure, as the last thing before the first write, that the model in MLflow is
// still the one that the gates evaluated, that its owner tag is still ours, and that the
// approvals are the same.
func (r *Reconciler) recheckModel(ctx context.Context, s *scope, t *promotion.Transition) reconciler.Result {
	now, result := r.readModel(ctx, s)
	if !result.CanContinue() {
		return result
	}
	if conflict := t.Confirm(now); conflict != "" {
		return reconciler.RequeueConflict(conflict)
	}
	if result := r.checkOwnership(s, now); !result.CanContinue() {
		return result
	}
	return r.revalidateApprovals(ctx, s)
}

// executeActions executes the actions and trusts no write: it reads the model back. What comes
// after the record may fail, and the next reconcile completes it.
func (r *Reconciler) executeActions(ctx context.Context, s *scope, t *promotion.Transition) reconciler.Result {
	for _, action := range t.Actions {
		if err := executeAction(ctx, s, t, action); err != nil {
			if action == promotion.ActionSetAlias && mlflow.IsDefinitive(err) {
				clearPending(s)
			}
			return reconciler.FromMLflowError(err)
		}
	}
	now, result := r.readModel(ctx, s)
	if !result.CanContinue() {
		return result
	}
	s.mlflowModel = now
	if err := t.Verify(now); err != nil {
		return reconciler.RetryableError(v1alpha1.ReasonMLflowError, err)
	}
	return reconciler.Continue()
}

func executeAction(ctx context.Context, s *scope, t *promotion.Transition, action promotion.Action) error {
	model, writer := s.model.MLflowName(), s.Snapshot.Client()
	switch action {
	case promotion.ActionSetEvidenceTag:
		return writer.SetModelVersionTag(ctx, model, t.Version, v1alpha1.EvidenceTagPrefix+string(s.stage.Name), t.EvidenceTag)
	case promotion.ActionSetAlias:
		return writer.SetRegisteredModelAlias(ctx, model, s.stage.EffectiveAlias(), t.Version)
	case promotion.ActionSyncLegacyStage:
		return writer.TransitionModelVersionStage(ctx, model, t.Version, string(s.stage.MLflowStage), true)
	case promotion.ActionRecord:
		s.WroteMLflow = true
		s.mlflowModel = t.ModelAfter()
		s.UpdateSnapshot(s.mlflowModel)
		s.recordTransition(t)
		return nil
	}
	return fmt.Errorf("unknown action %s", action)
}

// resumeTransition settles the write-ahead record of a reconcile that did not end. Every gate had
// passed for that transition, so it is recorded if the alias was moved, also in a dry run: recording writes
// nothing to MLflow. After it, the history contains everything that the operator did.
func (r *Reconciler) resumeTransition(ctx context.Context, s *scope) reconciler.Result {
	pending := s.Object.Status.PendingTransition
	if pending == nil {
		return reconciler.Continue()
	}
	// The snapshot may be older than the write whose response was lost.
	live, result := r.readModel(ctx, s)
	if !result.CanContinue() {
		return result
	}
	s.mlflowModel = live
	var version *entities.ModelVersion
	if promotion.HasAliasMoved(pending, s.stage, live) {
		var err error
		version, err = s.Snapshot.Reader().ModelVersion(ctx, live.Name, string(pending.Version))
		if err != nil && !errors.Is(err, mlflow.ErrNotFound) {
			return reconciler.FromMLflowError(err)
		}
	}
	clearPending(s)
	if t := promotion.Resume(pending, s.stage, live, version); t != nil {
		s.recordTransition(t)
	}
	return reconciler.Continue()
}
