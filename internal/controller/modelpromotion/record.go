// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// newRecord is what the history says of a change of hands.
func (r *Reconciler) newRecord(s *scope, t *transition) *v1alpha1.PromotionRecord {
	override, notEnforced := listExemptions(s, t.gateResult)
	return &v1alpha1.PromotionRecord{
		Version:                  t.candidate.Version,
		PreviousVersion:          previousVersion(t),
		PreviousVersionSince:     promotion.PreviousVersionSince(&s.object.Status, t.state),
		Time:                     metav1.NewTime(r.Clock.Now().Truncate(time.Second)),
		Generation:               t.generation,
		Reason:                   promotion.HistoryReason(t.step, t.state, t.candidate, override != nil),
		Override:                 override,
		NotEnforced:              notEnforced,
		RunID:                    t.candidate.RunID,
		Evidence:                 promotion.DigestPrefix + t.gateResult.Digest(),
		Approvers:                limitApprovers(t),
		ModelCreationTimestamp:   t.candidate.ModelCreationTimestamp,
		VersionCreationTimestamp: t.candidate.VersionCreationTimestamp,
	}
}

// limitApprovers are the users to whom the version owes the stage, as far as they fit.
func limitApprovers(t *transition) []v1alpha1.UserName {
	approvers := t.gateResult.Approvers()
	return approvers[:min(len(approvers), v1alpha1.ApproversLimit)]
}

// previousVersion is the version that loses the stage. Where another hand pointed the alias to the
// candidate already, it is the one that the candidate was to replace.
func previousVersion(t *transition) v1alpha1.Version {
	if holder := t.state.CurrentVersion(); holder != t.state.Candidate {
		return v1alpha1.Version(holder)
	}
	return t.candidate.BaselineVersion
}

// newEvidence is what the tag on the version says of the same change.
func newEvidence(s *scope, t transition) promotion.Evidence {
	return promotion.Evidence{
		Promotion:       s.object.Namespace + "/" + s.object.Name,
		Generation:      t.record.Generation,
		PreviousVersion: string(t.record.PreviousVersion),
		Gates:           promotion.NewGateEvidence(toGateStatuses(*t.gateResult)),
		Override:        promotion.NewOverrideEvidence(t.record.Override),
		NotEnforced:     len(t.record.NotEnforced) > 0,
		Approvers:       t.record.Approvers,
		Time:            t.record.Time.UTC(),
		Digest:          t.gateResult.Digest(),
	}
}

// recordTransition puts a change of hands that was carried out into the history.
func recordTransition(s *scope, entry *v1alpha1.PromotionRecord) {
	s.object.Status.History = promotion.PrependRecord(s.object.Status.History, *entry)
	s.object.Status.PendingTransition = nil
	s.historyChanged = true
}
