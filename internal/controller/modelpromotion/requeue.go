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
	// minRequeueInterval is used if the interval of the connection is not known.
	minRequeueInterval = 30 * time.Second
	// maxRequeueInterval bounds how late the operator notices a metric or a tag that is added to a version
	// that was rejected long ago. MLflow has no notification of either.
	maxRequeueInterval = 10 * time.Minute
	// overdueRequeueDelay is the delay for a version whose soak time ended during the reconcile.
	overdueRequeueDelay = time.Second
)

// nextRequeue backs off: a version that has been rejected for time T is evaluated again after T (30 s
// to 10 min), because a missing metric is usually added soon or not at all. A dry run is repeated
// even if the version would pass: it may cease to.
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
	if until := s.Object.Status.BlockedUntil; until != nil && s.isRejected() {
		after = r.requeueUntilSoaked(s, after, until.Time)
	}
	return reconcile.Result{RequeueAfter: after, Priority: new(0)}, nil
}

// requeueUntilSoaked requeues a version that soaks when its soak time ends. It requeues no earlier if
// no other gate blocks the version, the stage has not drifted, and no search found it.
func (r *Reconciler) requeueUntilSoaked(s *scope, after time.Duration, until time.Time) time.Duration {
	soaked := max(until.Sub(r.Clock.Now()), overdueRequeueDelay)
	if s.gateResult.IsOnlySoaking() && !s.needsSearch() && !s.planState().HasDrifted() {
		return soaked
	}
	return min(after, soaked)
}

// shouldPoll reports whether something may change in MLflow that no poll of the registry shows.
func (s *scope) shouldPoll() bool {
	return s.isRejected() || s.needsSearch() || s.dryRunReason != "" && s.decision.Step != promotion.StepNone
}

// needsSearch reports whether only a search finds the candidate.
func (s *scope) needsSearch() bool {
	return s.resolution.SearchTags != nil
}

// blockedDuration is how long the candidate has been rejected.
func (r *Reconciler) blockedDuration(s *scope) time.Duration {
	passed := meta.FindStatusCondition(s.Object.Status.Conditions, v1alpha1.ConditionGatesPassed)
	if passed == nil {
		return 0
	}
	since := passed.LastTransitionTime.Time
	if c := s.Object.Status.Candidate; c != nil {
		if created := time.UnixMilli(c.VersionCreationTimestamp); created.After(since) {
			since = created
		}
	}
	return r.Clock.Since(since)
}
