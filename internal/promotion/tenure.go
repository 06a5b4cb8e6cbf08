// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
)

// ListTenures are the stays of an artifact in the stage of a promotion, newest first. Holds is
// whether the alias points to it now. Nothing is taken for a stay that is not proven to
// have been one: a stay that another hand has ended, some time or other, is none.
func ListTenures(status *v1alpha1.ModelPromotionStatus, candidate *v1alpha1.Candidate, holds bool) []gate.Tenure {
	var stays []gate.Tenure
	if history := status.History; holds && len(history) > 0 && isSameArtifact(&history[0], candidate) {
		stays = append(stays, gate.Tenure{Since: currentTenureStart(status, candidate)})
	}
	for i := 1; i < len(status.History); i++ {
		before, ended := &status.History[i], &status.History[i-1]
		if isSameArtifact(before, candidate) && ended.PreviousVersion == before.Version && ended.PreviousVersionSince != nil {
			stays = append(stays, gate.Tenure{Since: ended.PreviousVersionSince.Time, Until: ended.Time.Time})
		}
	}
	return stays
}

// currentTenureStart is zero where the status speaks of another holder.
func currentTenureStart(status *v1alpha1.ModelPromotionStatus, candidate *v1alpha1.Candidate) time.Time {
	if status.CurrentVersionSince == nil || status.CurrentVersion != candidate.Version {
		return time.Time{}
	}
	return status.CurrentVersionSince.Time
}

// CurrentVersionSince is since when the recorded holder has held the stage without a break. Before is
// what the status said at the last look, took whether it took the stage in this pass, and
// now when that is. A stay begins when it is seen to begin: an alias may have been moved
// away for any time before it was put back.
func CurrentVersionSince(before *v1alpha1.ModelPromotionStatus, s State, took bool, now time.Time) *metav1.Time {
	recorded := LastRecord(s.History, s.Model)
	holder := s.CurrentVersion()
	switch {
	case recorded == nil || string(recorded.Version) != holder:
		return nil
	case !took && before.CurrentVersionSince != nil && string(before.CurrentVersion) == holder:
		return before.CurrentVersionSince
	default:
		// A status has no room for less than a second, and must not begin too early.
		return new(metav1.NewTime(now.Add(time.Second - 1).Truncate(time.Second)))
	}
}

// PreviousVersionSince is since when the version that loses the stage has held it without a break;
// nil where that is not known, or it was another hand that put it there.
func PreviousVersionSince(status *v1alpha1.ModelPromotionStatus, s State) *metav1.Time {
	recorded := LastRecord(status.History, s.Model)
	holder := s.CurrentVersion()
	if recorded == nil || string(recorded.Version) != holder || holder == s.Candidate || string(status.CurrentVersion) != holder {
		return nil
	}
	return status.CurrentVersionSince.DeepCopy()
}
