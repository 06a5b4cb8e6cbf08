// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

const (
	// shortestLook is used where the connection tells no interval.
	shortestLook = 30 * time.Second
	// longestLook bounds how late a metric or a tag is noticed that is added to a version
	// which was refused long ago. MLflow tells nobody of either.
	longestLook = 10 * time.Minute
)

// nextLook is when to look again without being woken. A version that was refused is
// asked about again after as long as it has been refused for: what was forgotten is
// often added at once, and seldom after a month. A version that would pass may cease to:
// a dry run does not end with it.
func (r *Reconciler) nextLook(s *scope, ended outcome.Outcome) (reconcile.Result, error) {
	result, err := ended.Result()
	if err != nil || result.RequeueAfter > 0 {
		return result, err
	}
	if s.model == nil || !s.unsettled() {
		return result, nil
	}
	shortest := r.Registry.State(kube.ConnectionKey(s.model)).EffectiveInterval
	if shortest <= 0 {
		shortest = shortestLook
	}
	longest := max(longestLook, shortest)
	return reconcile.Result{RequeueAfter: min(max(r.refusedFor(s), shortest), longest), Priority: new(0)}, nil
}

// unsettled tells whether MLflow may come to say something else without telling anybody.
func (s *scope) unsettled() bool {
	return s.refused.reason != "" || s.searched || s.resolution.Search != nil ||
		s.dryRun != "" && s.step != promotion.StepHold
}

// refusedFor is how long the candidate has been refused.
func (r *Reconciler) refusedFor(s *scope) time.Duration {
	passed := meta.FindStatusCondition(s.object.Status.Conditions, v1alpha1.ConditionGatesPassed)
	if passed == nil {
		return 0
	}
	since := passed.LastTransitionTime.Time
	if c := s.object.Status.Candidate; c != nil {
		if created := time.UnixMilli(c.VersionCreationTimestamp); created.After(since) {
			since = created
		}
	}
	return r.Clock.Since(since)
}
