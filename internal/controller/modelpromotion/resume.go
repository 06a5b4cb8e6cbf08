// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"errors"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// writeAhead writes down which change of hands is about to be carried out, right before
// it is. After it, a crash or a lost answer loses no entry of the history, and what the
// operator did is never taken for another hand's doing. Where the alias points to the
// candidate already, nothing is moved, and only the record is missing. Writing it also
// proves that the promotion is still the one that the pass has read: the API server
// refuses it otherwise. Where nothing is written, the API server is asked.
func (r *Reconciler) writeAhead(ctx context.Context, s *scope, t *transition) reconciler.Result {
	if !t.shouldMoveAlias() {
		return r.revalidateObject(ctx, s)
	}
	if written := s.oldStatus.PendingTransition; promotion.IsSameTransition(written, t.record) {
		// It is being tried again, and has been written down already.
		t.record = written.DeepCopy()
		s.object.Status.PendingTransition = t.record
		return r.revalidateObject(ctx, s)
	}
	s.object.Status.PendingTransition = t.record
	return r.saveStatus(ctx, s)
}

// shouldMoveAlias tells whether the alias will be moved. A mirror is no change of hands; and the
// alias may point to the candidate already.
func (t *transition) shouldMoveAlias() bool {
	return t.record != nil && t.state.CurrentVersion() != t.state.Candidate
}

// resumeTransition looks whether a change of hands that was announced was carried out, by a pass
// that did not live to tell. Every gate had passed for it, so that it goes on record as
// it was announced, also in a dry run: to record it writes nothing to MLflow. After it,
// the history tells of all that the operator did.
func (r *Reconciler) resumeTransition(ctx context.Context, s *scope) reconciler.Result {
	entry := s.object.Status.PendingTransition
	if entry == nil {
		return reconciler.Continue()
	}
	// The view may be older than the write whose answer was lost.
	live, result := r.readModel(ctx, s)
	if !result.CanContinue() {
		return result
	}
	s.mlflowModel = live
	if !promotion.HasAliasMoved(entry, live, s.stage.EffectiveAlias()) {
		clearPending(s)
		return reconciler.Continue()
	}
	return r.resumeMovedAlias(ctx, s, entry)
}

// resumeMovedAlias records what was announced where the version carries the evidence of that
// very change, which is written before the alias: else another hand moved the alias.
func (r *Reconciler) resumeMovedAlias(ctx context.Context, s *scope, entry *v1alpha1.PromotionRecord) reconciler.Result {
	version, err := s.snapshot.Reader().ModelVersion(ctx, s.mlflowModel.Name, string(entry.Version))
	switch {
	case err != nil && !errors.Is(err, mlflow.ErrNotFound):
		return reconciler.FromMLflowError(err)
	case err == nil && promotion.IsEvidenceFor(version.Tags[v1alpha1.EvidenceTagPrefix+string(s.stage.Name)], entry):
		s.addOutcome(promotion.OutcomeForReason(entry.Reason, true), aliasMovedEvent(s, entry))
		recordTransition(s, entry)
	default:
		clearPending(s)
	}
	return reconciler.Continue()
}
