// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"

	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// resume records a holder that was put back by a pass that did not live to tell. Once
// the alias is back, nothing but the announcement shows that it was ever away. After it,
// the history is whole.
func (r *Reconciler) resume(ctx context.Context, s *scope) outcome.Outcome {
	if s.dryRun != "" || !announced(s) {
		return outcome.Done()
	}
	record := promotion.Recorded(s.object.Status.History, s.live)
	// The view may be older than the write whose answer was lost.
	live, ended := r.read(ctx, s)
	if !ended.IsDone() {
		return ended
	}
	s.live = live
	if s.situationOf(string(record.Version)).Holder() != string(record.Version) {
		// Not done yet, and done in the usual way.
		return outcome.Done()
	}
	if _, ended := r.putBack(ctx, s, record, s.object.Status.Candidate.DeepCopy()); !ended.IsDone() {
		return ended
	}
	s.object.Status.Candidate.Generation = s.object.Generation
	return outcome.Done()
}

// announced tells whether the recorded holder was about to be put back.
func announced(s *scope) bool {
	return promotion.Interrupted(s.object.Status.Candidate, promotion.Recorded(s.object.Status.History, s.live))
}

// announce writes down, right before it is done, that the recorded holder is put back,
// and from which version. After it, a crash does not lose the entry in the history.
func (r *Reconciler) announce(ctx context.Context, s *scope, t transfer) outcome.Outcome {
	holder := t.situation.Holder()
	if t.step != promotion.StepRevert || holder == t.situation.Candidate {
		return outcome.Done()
	}
	pin := promotion.PutBack(t.candidate, holder)
	if t.wanted != nil && *t.wanted == *pin {
		return outcome.Done()
	}
	s.object.Status.Candidate = pin
	return r.remember(ctx, s)
}

// fulfil ends an announcement: the status speaks of the candidate of the spec again.
func fulfil(s *scope, t transfer) {
	if t.step != promotion.StepRevert {
		return
	}
	if t.wanted != nil && t.wanted.Version != t.candidate.Version {
		s.object.Status.Candidate = t.wanted
		return
	}
	s.object.Status.Candidate.Generation = s.object.Generation
}
