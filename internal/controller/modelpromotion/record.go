// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

func (r *Reconciler) evidenceOf(s *scope, t transfer) promotion.Evidence {
	return promotion.Evidence{
		Promotion:  s.object.Namespace + "/" + s.object.Name,
		Generation: t.generation,
		From:       from(t),
		Gates:      promotion.GatesEvidence(verdictsOf(*t.judgement)),
		Time:       r.Clock.Now().UTC().Truncate(time.Second),
		Digest:     t.judgement.Digest(),
	}
}

// from is the version that loses the stage.
func from(t transfer) string {
	holder := t.situation.Holder()
	if holder == t.situation.Candidate {
		return string(t.candidate.Replaces)
	}
	return holder
}

func (r *Reconciler) record(s *scope, t transfer) {
	entry := v1alpha1.PromotionRecord{
		Version:                  t.candidate.Version,
		PreviousVersion:          v1alpha1.Version(from(t)),
		Time:                     metav1.NewTime(r.Clock.Now().Truncate(time.Second)),
		Generation:               t.generation,
		Cause:                    promotion.Cause(t.step, t.situation, t.candidate),
		RunID:                    t.candidate.RunID,
		Evidence:                 "sha256:" + t.judgement.Digest(),
		ModelCreationTimestamp:   t.candidate.ModelCreationTimestamp,
		VersionCreationTimestamp: t.candidate.VersionCreationTimestamp,
	}
	s.happened(changedHands(s, t, entry))
	fulfil(s, t)
	s.object.Status.History = promotion.Record(s.object.Status.History, entry)
}
