// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// Stay is a time in which a version held a stage without a break, as far as the promotion
// of that stage has seen.
type Stay struct {
	// Since is zero where nobody has seen since when, and Until is zero while it goes on.
	Since, Until time.Time
}

// StaysOf are the stays of an artifact in the stage of a promotion, newest first. Holds is
// whether the alias points to it now. Nothing is taken for a stay that is not proven to
// have been one: a stay that another hand has ended, some time or other, is none.
func StaysOf(status *v1alpha1.ModelPromotionStatus, candidate *v1alpha1.Candidate, holds bool) []Stay {
	var stays []Stay
	if history := status.History; holds && len(history) > 0 && sameArtifact(&history[0], candidate) {
		stays = append(stays, Stay{Since: sinceOf(status, candidate)})
	}
	for i := 1; i < len(status.History); i++ {
		before, ended := &status.History[i], &status.History[i-1]
		if sameArtifact(before, candidate) && ended.PreviousVersion == before.Version && ended.PreviousSince != nil {
			stays = append(stays, Stay{Since: ended.PreviousSince.Time, Until: ended.Time.Time})
		}
	}
	return stays
}

// sinceOf is zero where the status speaks of another holder.
func sinceOf(status *v1alpha1.ModelPromotionStatus, candidate *v1alpha1.Candidate) time.Time {
	if status.HeldSince == nil || status.CurrentVersion != candidate.Version {
		return time.Time{}
	}
	return status.HeldSince.Time
}

// HeldSince is since when the recorded holder has held the stage without a break. Before is
// what the status said at the last look, took whether it took the stage in this pass, and
// now when that is. A stay begins when it is seen to begin: an alias may have been moved
// away for any time before it was put back.
func HeldSince(before *v1alpha1.ModelPromotionStatus, s Situation, took bool, now time.Time) *metav1.Time {
	recorded := Recorded(s.History, s.Model)
	holder := s.Holder()
	switch {
	case recorded == nil || string(recorded.Version) != holder:
		return nil
	case !took && before.HeldSince != nil && string(before.CurrentVersion) == holder:
		return before.HeldSince
	default:
		// A status has no room for less than a second, and must not begin too early.
		return new(metav1.NewTime(now.Add(time.Second - 1).Truncate(time.Second)))
	}
}

// LoserSince is since when the version that loses the stage has held it without a break;
// nil where that is not known, or it was another hand that put it there.
func LoserSince(status *v1alpha1.ModelPromotionStatus, s Situation) *metav1.Time {
	recorded := Recorded(status.History, s.Model)
	holder := s.Holder()
	if recorded == nil || string(recorded.Version) != holder || holder == s.Candidate || string(status.CurrentVersion) != holder {
		return nil
	}
	return status.HeldSince.DeepCopy()
}
