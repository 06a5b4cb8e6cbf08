// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
)

// listTenures are the tenures of an artifact in the stage of a promotion, newest first. isCurrent is
// whether the alias points to it now. Only a proven tenure counts: one that an external change
// ended, at a time that is not known, does not.
func listTenures(status *v1alpha1.ModelPromotionStatus, candidate *v1alpha1.Candidate, isCurrent bool) []gate.Tenure {
	var tenures []gate.Tenure
	if history := status.History; isCurrent && len(history) > 0 && isSameArtifact(&history[0], candidate) {
		tenures = append(tenures, gate.Tenure{Since: currentTenureStart(status, candidate)})
	}
	for i := 1; i < len(status.History); i++ {
		record, next := &status.History[i], &status.History[i-1]
		if isSameArtifact(record, candidate) && next.PreviousVersion == record.Version && next.PreviousVersionSince != nil {
			tenures = append(tenures, gate.Tenure{Since: next.PreviousVersionSince.Time, Until: next.Time.Time})
		}
	}
	return tenures
}

// currentTenureStart is zero if the status is about another current version.
func currentTenureStart(status *v1alpha1.ModelPromotionStatus, candidate *v1alpha1.Candidate) time.Time {
	if status.CurrentVersionSince == nil || status.CurrentVersion != candidate.Version {
		return time.Time{}
	}
	return status.CurrentVersionSince.Time
}

// CurrentVersionSince is since when the last promoted version has held the stage without a break; nil
// if another version holds it. before is the status of the last reconcile, and promoted is
// whether the version was promoted in this one. A tenure begins when the operator observes it:
// before that, the alias may have pointed elsewhere for any length of time.
func CurrentVersionSince(before *v1alpha1.ModelPromotionStatus, s State, promoted bool, now time.Time) *metav1.Time {
	current := s.CurrentVersion()
	switch last := s.lastRecord(); {
	case last == nil || string(last.Version) != current:
		return nil
	case !promoted && before.CurrentVersionSince != nil && string(before.CurrentVersion) == current:
		return before.CurrentVersionSince
	default:
		// The API has whole seconds, and a tenure must not begin too early: round up.
		return new(metav1.NewTime(now.Add(time.Second - 1).Truncate(time.Second)))
	}
}

// previousVersionSince is since when the version that is replaced has held the stage without a
// break; nil if that is not known, or if an external change put it there.
func previousVersionSince(s State) *metav1.Time {
	status, current := &s.Object.Status, s.CurrentVersion()
	last := s.lastRecord()
	if last == nil || string(last.Version) != current || current == s.Candidate || string(status.CurrentVersion) != current {
		return nil
	}
	return status.CurrentVersionSince.DeepCopy()
}
