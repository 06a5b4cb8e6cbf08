// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// LastRecord is the newest entry of the history that speaks of this incarnation of the
// model, or nil: the version that took the stage last with every gate passed.
func LastRecord(history []v1alpha1.PromotionRecord, model *entities.RegisteredModel) *v1alpha1.PromotionRecord {
	if len(history) == 0 || history[0].ModelCreationTimestamp != int64(model.CreationTimestamp) {
		return nil
	}
	return &history[0]
}

// HasBeenPromoted tells whether the history shows that this very artifact has held the stage.
func HasBeenPromoted(history []v1alpha1.PromotionRecord, candidate *v1alpha1.Candidate) bool {
	for i := range history {
		if isSameArtifact(&history[i], candidate) {
			return true
		}
	}
	return false
}

// HasPassedAllGates tells whether the history shows that this very artifact took the stage with
// every gate passed by itself. To have been put back shows no more than what was before.
func HasPassedAllGates(history []v1alpha1.PromotionRecord, candidate *v1alpha1.Candidate) bool {
	return slices.ContainsFunc(history, func(r v1alpha1.PromotionRecord) bool {
		return isSameArtifact(&r, candidate) && r.Reason != v1alpha1.PromotionReasonDriftReverted && r.Override == nil && len(r.NotEnforced) == 0
	})
}

func isRepeatedRevert(last, now *v1alpha1.PromotionRecord) bool {
	return last.Reason == v1alpha1.PromotionReasonDriftReverted && now.Reason == last.Reason &&
		now.Version == last.Version && now.VersionCreationTimestamp == last.VersionCreationTimestamp
}

// PreviousVersion is the version that held the stage before the recorded one, as a promotion or
// a rollback left it: not one that another hand put there.
func PreviousVersion(history []v1alpha1.PromotionRecord) v1alpha1.Version {
	for i := range history {
		if history[i].Reason != v1alpha1.PromotionReasonDriftReverted {
			return history[i].PreviousVersion
		}
	}
	return ""
}

func isSameArtifact(record *v1alpha1.PromotionRecord, candidate *v1alpha1.Candidate) bool {
	return record.Version == candidate.Version &&
		record.ModelCreationTimestamp == candidate.ModelCreationTimestamp &&
		record.VersionCreationTimestamp == candidate.VersionCreationTimestamp
}

// HasAliasMoved tells whether a change of hands that had begun was carried out: in this
// incarnation of the model, the alias points to the version that was to take the stage.
func HasAliasMoved(underway *v1alpha1.PromotionRecord, model *entities.RegisteredModel, alias string) bool {
	return underway.ModelCreationTimestamp == int64(model.CreationTimestamp) && string(underway.Version) == model.Aliases[alias]
}

// IsSameTransition tells whether two entries speak of one change of hands, whenever it was set
// about.
func IsSameTransition(a, b *v1alpha1.PromotionRecord) bool {
	if a == nil || b == nil {
		return false
	}
	other := *b
	other.Time = a.Time
	return equality.Semantic.DeepEqual(*a, other)
}

// PrependRecord puts an entry in front of the history and drops the oldest one beyond the
// limit. Of several times in a row that one version was put back, only the last is kept: a
// script that goes on moving an alias must not wear the history away.
func PrependRecord(history []v1alpha1.PromotionRecord, entry v1alpha1.PromotionRecord) []v1alpha1.PromotionRecord {
	if len(history) > 0 && isRepeatedRevert(&history[0], &entry) {
		history = history[1:]
	}
	longer := append([]v1alpha1.PromotionRecord{entry}, history...)
	return longer[:min(len(longer), v1alpha1.HistoryLimit)]
}
