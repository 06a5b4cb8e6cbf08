// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"fmt"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// maxReasonLength is the bound that the API sets to the reason of an override.
const maxReasonLength = 256

// bindOverride remembers with which incarnation of the model the override was seen first:
// who wrote it cannot have meant the version of its number in a model that was created
// later. Any edit of the spec means what is there now.
func bindOverride(s *scope) {
	status := &s.object.Status
	switch {
	case s.object.Spec.Override == nil:
		status.Override = nil
	case status.Override == nil || status.Override.Generation != s.object.Generation:
		status.Override = &v1alpha1.OverrideBinding{
			Generation:             s.object.Generation,
			ModelCreationTimestamp: int64(s.mlflowModel.CreationTimestamp),
		}
	}
}

// newGateOverride is what a person wants to have overridden, and whether it may be.
func (s *scope) newGateOverride() *gate.Override {
	wanted := s.object.Spec.Override
	if wanted == nil {
		return nil
	}
	override := &gate.Override{Version: string(wanted.Version), Gates: wanted.Gates, Reason: wanted.Reason}
	bound := s.object.Status.Override
	switch {
	case s.stage.OverridePolicy != v1alpha1.OverridePolicyAllow:
		override.IgnoredReason = fmt.Sprintf("stage %s says overridePolicy: Forbid", s.stage.Name)
	case bound == nil || bound.ModelCreationTimestamp != int64(s.mlflowModel.CreationTimestamp):
		override.IgnoredReason = fmt.Sprintf("model %s was deleted and created again since it was written", s.mlflowModel.Name)
	}
	return override
}

// listExemptions is which gates did not pass in a judgement and are exempt.
func listExemptions(s *scope, result *gate.Result) (*v1alpha1.OverrideRecord, []string) {
	var override *v1alpha1.OverrideRecord
	if gates := result.Exempt(v1alpha1.ExemptionOverride); len(gates) > 0 {
		override = &v1alpha1.OverrideRecord{Gates: gates, Reason: sanitize.CleanText(s.object.Spec.Override.Reason, maxReasonLength)}
	}
	return override, result.Exempt(v1alpha1.ExemptionFeatureFlag)
}

// exemptionsMessage tells of such gates: as the record of the holder has them, and for a version
// that does not hold the stage as the judgement of this pass has them.
func exemptionsMessage(s *scope) string {
	if s.mlflowModel == nil {
		return ""
	}
	record := promotion.LastRecord(s.object.Status.History, s.mlflowModel)
	switch {
	case record != nil && string(record.Version) == s.resolution.Version:
		return appendSentence(describeExemptions(record))
	case s.gateResult != nil:
		override, notEnforced := listExemptions(s, s.gateResult)
		return appendSentence(describeExemptions(&v1alpha1.PromotionRecord{Override: override, NotEnforced: notEnforced}))
	default:
		return ""
	}
}

// describeExemptions says which gates had not passed for a change of hands.
func describeExemptions(entry *v1alpha1.PromotionRecord) string {
	var words []string
	if o := entry.Override; o != nil {
		words = append(words, fmt.Sprintf("overridden: %s (%s)", strings.Join(o.Gates, ", "), o.Reason))
	}
	if len(entry.NotEnforced) > 0 {
		words = append(words, fmt.Sprintf("not enforced: %s (%s)",
			strings.Join(entry.NotEnforced, ", "), featureflags.Flags{PerformanceGatesDisabled: true}.PerformanceGatesDisabledReason()))
	}
	return strings.Join(words, "; ")
}

func hasExemptions(entry *v1alpha1.PromotionRecord) bool {
	return entry.Override != nil || len(entry.NotEnforced) > 0
}

// overrideIgnoredMessage says why an override does not help a version that is refused.
func overrideIgnoredMessage(result gate.Result) string {
	return appendSentence(result.OverrideIgnoredReason)
}

// appendSentence puts one sentence behind another.
func appendSentence(sentence string) string {
	if sentence == "" {
		return ""
	}
	return "; " + sentence
}
