// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// LastRecord is the newest record of the history: the last promoted version, which passed every
// gate. It is nil if the history is empty, or about a model that was deleted and created again.
func LastRecord(history []v1alpha1.PromotionRecord, model *entities.RegisteredModel) *v1alpha1.PromotionRecord {
	if len(history) == 0 || history[0].ModelCreationTimestamp != int64(model.CreationTimestamp) {
		return nil
	}
	return &history[0]
}

// PreviousVersion is the version that held the stage before the last promoted one, as a promotion
// or a rollback left it. A version that an external change put there does not count.
func PreviousVersion(history []v1alpha1.PromotionRecord) v1alpha1.Version {
	for i := range history {
		if history[i].Reason != v1alpha1.PromotionReasonDriftReverted {
			return history[i].PreviousVersion
		}
	}
	return ""
}

// hasBeenPromoted reports whether the history shows that this artifact has held the stage.
func hasBeenPromoted(history []v1alpha1.PromotionRecord, candidate *v1alpha1.Candidate) bool {
	return slices.ContainsFunc(history, func(r v1alpha1.PromotionRecord) bool {
		return isSameArtifact(&r, candidate)
	})
}

// hasPassedAllGates reports whether the history shows that this artifact was promoted with every gate
// passed and none exempt. The record of a reverted drift proves no more than the one before it.
func hasPassedAllGates(history []v1alpha1.PromotionRecord, candidate *v1alpha1.Candidate) bool {
	return slices.ContainsFunc(history, func(r v1alpha1.PromotionRecord) bool {
		return isSameArtifact(&r, candidate) && r.Reason != v1alpha1.PromotionReasonDriftReverted && !hasExemptions(&r)
	})
}

func isSameArtifact(record *v1alpha1.PromotionRecord, candidate *v1alpha1.Candidate) bool {
	return record.Version == candidate.Version &&
		record.ModelCreationTimestamp == candidate.ModelCreationTimestamp &&
		record.VersionCreationTimestamp == candidate.VersionCreationTimestamp
}

// isSameTransition reports whether two records describe one transition, whatever their times.
func isSameTransition(a, b *v1alpha1.PromotionRecord) bool {
	if a == nil || b == nil {
		return false
	}
	other := *b
	other.Time = a.Time
	return equality.Semantic.DeepEqual(*a, other)
}

// prependRecord puts a record in front of the history and drops the oldest one beyond the limit. If
// one version was restored several times in a row, only the last time is kept: a script that
// keeps moving an alias must not erase the history.
func prependRecord(history []v1alpha1.PromotionRecord, record v1alpha1.PromotionRecord) []v1alpha1.PromotionRecord {
	if len(history) > 0 && isRepeatedRevert(&history[0], &record) {
		history = history[1:]
	}
	longer := append([]v1alpha1.PromotionRecord{record}, history...)
	return longer[:min(len(longer), v1alpha1.HistoryLimit)]
}

func isRepeatedRevert(last, now *v1alpha1.PromotionRecord) bool {
	return last.Reason == v1alpha1.PromotionReasonDriftReverted && now.Reason == last.Reason &&
		now.Version == last.Version && now.VersionCreationTimestamp == last.VersionCreationTimestamp
}
