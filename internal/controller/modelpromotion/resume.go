// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"errors"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// announce writes down which change of hands is about to be carried out, right before
// it is. After it, a crash or a lost answer loses no entry of the history, and what the
// operator did is never taken for another hand's doing. Where the alias points to the
// candidate already, nothing is moved, and only the record is missing. Writing it also
// proves that the promotion is still the one that the pass has read: the API server
// refuses it otherwise. Where nothing is written, the API server is asked.
func (r *Reconciler) announce(ctx context.Context, s *scope, t *transfer) outcome.Outcome {
	if !t.moves() {
		return r.confirmObject(ctx, s)
	}
	if written := s.before.Underway; promotion.SameMove(written, t.entry) {
		// It is being tried again, and has been written down already.
		t.entry = written.DeepCopy()
		s.object.Status.Underway = t.entry
		return r.confirmObject(ctx, s)
	}
	s.object.Status.Underway = t.entry
	return r.remember(ctx, s)
}

// moves tells whether the alias will be moved. A mirror is no change of hands; and the
// alias may point to the candidate already.
func (t *transfer) moves() bool {
	return t.entry != nil && t.situation.Holder() != t.situation.Candidate
}

// resume looks whether a change of hands that was announced was carried out, by a pass
// that did not live to tell. Every gate had passed for it, so that it goes on record as
// it was announced, also in a dry run: to record it writes nothing to MLflow. After it,
// the history tells of all that the operator did.
func (r *Reconciler) resume(ctx context.Context, s *scope) outcome.Outcome {
	entry := s.object.Status.Underway
	if entry == nil {
		return outcome.Done()
	}
	// The view may be older than the write whose answer was lost.
	live, ended := r.read(ctx, s)
	if !ended.IsDone() {
		return ended
	}
	s.live = live
	if !promotion.IsDone(entry, live, s.stage.EffectiveAlias()) {
		recall(s)
		return outcome.Done()
	}
	return r.resumeDone(ctx, s, entry)
}

// resumeDone records what was announced where the version carries the evidence of that
// very change, which is written before the alias: else another hand moved the alias.
func (r *Reconciler) resumeDone(ctx context.Context, s *scope, entry *v1alpha1.PromotionRecord) outcome.Outcome {
	version, err := s.view.Reader().ModelVersion(ctx, s.live.Name, string(entry.Version))
	switch {
	case err != nil && !errors.Is(err, mlflow.ErrNotFound):
		return outcome.Request(err)
	case err == nil && promotion.Evidences(version.Tags[v1alpha1.EvidenceTagPrefix+string(s.stage.Name)], entry):
		s.cameTo(promotion.OutcomeOf(entry.Cause, true), movedAlias(s, entry))
		record(s, entry)
	default:
		recall(s)
	}
	return outcome.Done()
}
