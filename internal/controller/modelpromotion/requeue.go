// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"

	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

const (
	// minRequeueInterval is used where the connection tells no interval.
	minRequeueInterval = 30 * time.Second
	// maxRequeueInterval bounds how late a metric or a tag is noticed that is added to a version
	// which was refused long ago. MLflow tells nobody of either.
	maxRequeueInterval = 10 * time.Minute
	// overdueRequeueDelay is how soon a version is looked at whose time has come already.
	overdueRequeueDelay = time.Second
)

// nextRequeue is when to look again without being woken. A version that was refused is
// asked about again after as long as it has been refused for: what was forgotten is
// often added at once, and seldom after a month. A version that would pass may cease to:
// a dry run does not end with it.
func (r *Reconciler) nextRequeue(s *scope, ended reconciler.Result) (reconcile.Result, error) {
	result, err := ended.ReconcileResult()
	if err != nil || result.RequeueAfter > 0 {
		return result, err
	}
	if s.model == nil || !s.shouldPoll() {
		return result, nil
	}
	shortest := r.Registry.State(kubeutil.ConnectionKey(s.model)).EffectiveInterval
	if shortest <= 0 {
		shortest = minRequeueInterval
	}
	longest := max(maxRequeueInterval, shortest)
	after := min(max(r.blockedDuration(s), shortest), longest)
	if until := s.object.Status.BlockedUntil; until != nil && s.rejection.reason != "" {
		after = r.requeueUntilSoaked(s, after, until.Time)
	}
	return reconcile.Result{RequeueAfter: after, Priority: new(0)}, nil
}

// requeueUntilSoaked lets the queue wake a version that soaks when it has soaked: not before where
// nothing else stands in its way, and nobody else's choice holds the stage meanwhile. The
// time may have come while the pass went on.
func (r *Reconciler) requeueUntilSoaked(s *scope, after time.Duration, until time.Time) time.Duration {
	soaked := max(until.Sub(r.Clock.Now()), overdueRequeueDelay)
	if s.gateResult.IsOnlySoaking() && !s.usedSearch && !s.planState().HasDrifted() {
		return soaked
	}
	return min(after, soaked)
}

// shouldPoll tells whether MLflow may come to say something else without telling anybody.
func (s *scope) shouldPoll() bool {
	return s.rejection.reason != "" || s.usedSearch || s.resolution.SearchTags != nil ||
		s.dryRunReason != "" && s.step != promotion.StepNone
}

// blockedDuration is how long the candidate has been refused.
func (r *Reconciler) blockedDuration(s *scope) time.Duration {
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
