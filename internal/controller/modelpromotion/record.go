// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// entryOf is what the history says of a change of hands.
func (r *Reconciler) entryOf(s *scope, t *transfer) *v1alpha1.PromotionRecord {
	override, notEnforced := looser(s, t.judgement)
	return &v1alpha1.PromotionRecord{
		Version:                  t.candidate.Version,
		PreviousVersion:          loser(t),
		PreviousSince:            promotion.LoserSince(&s.object.Status, t.situation),
		Time:                     metav1.NewTime(r.Clock.Now().Truncate(time.Second)),
		Generation:               t.generation,
		Cause:                    promotion.Cause(t.step, t.situation, t.candidate, override != nil),
		Override:                 override,
		NotEnforced:              notEnforced,
		RunID:                    t.candidate.RunID,
		Evidence:                 promotion.DigestPrefix + t.judgement.Digest(),
		Approvers:                approversOf(t),
		ModelCreationTimestamp:   t.candidate.ModelCreationTimestamp,
		VersionCreationTimestamp: t.candidate.VersionCreationTimestamp,
	}
}

// approversOf are the users to whom the version owes the stage, as far as they fit.
func approversOf(t *transfer) []v1alpha1.UserName {
	approvers := t.judgement.Approvers()
	return approvers[:min(len(approvers), v1alpha1.ApproversLimit)]
}

// loser is the version that loses the stage. Where another hand pointed the alias to the
// candidate already, it is the one that the candidate was to replace.
func loser(t *transfer) v1alpha1.Version {
	if holder := t.situation.Holder(); holder != t.situation.Candidate {
		return v1alpha1.Version(holder)
	}
	return t.candidate.Replaces
}

// evidenceOf is what the tag on the version says of the same change.
func evidenceOf(s *scope, t transfer) promotion.Evidence {
	return promotion.Evidence{
		Promotion:   s.object.Namespace + "/" + s.object.Name,
		Generation:  t.entry.Generation,
		From:        string(t.entry.PreviousVersion),
		Gates:       promotion.GatesEvidence(verdictsOf(*t.judgement)),
		Override:    promotion.OverrideEvidenceOf(t.entry.Override),
		NotEnforced: len(t.entry.NotEnforced) > 0,
		Approvers:   t.entry.Approvers,
		Time:        t.entry.Time.UTC(),
		Digest:      t.judgement.Digest(),
	}
}

// record puts a change of hands that was carried out into the history.
func record(s *scope, entry *v1alpha1.PromotionRecord) {
	s.object.Status.History = promotion.Record(s.object.Status.History, *entry)
	s.object.Status.Underway = nil
	s.changedHands = true
}
