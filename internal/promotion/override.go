// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"fmt"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// maxReasonLength is the bound that the API sets to the reason of an override.
const maxReasonLength = 256

// bindOverride binds the override to the model that exists when this generation of the spec is
// first reconciled. Its author cannot have meant the version of the same number in a model that
// is created later. Any edit of the spec binds it again.
func bindOverride(object *v1alpha1.ModelPromotion, model *entities.RegisteredModel) *v1alpha1.OverrideBinding {
	before := object.Status.Override
	switch {
	case object.Spec.Override == nil:
		return nil
	case before == nil || before.Generation != object.Generation:
		return &v1alpha1.OverrideBinding{
			Generation: object.Generation, ModelCreationTimestamp: int64(model.CreationTimestamp),
		}
	default:
		return before
	}
}

// newGateOverride is the override of the spec, and why it has no effect; nil if the spec has no override.
func newGateOverride(s State, binding *v1alpha1.OverrideBinding) *gate.Override {
	spec := s.Object.Spec.Override
	if spec == nil {
		return nil
	}
	override := &gate.Override{Version: string(spec.Version), Gates: spec.Gates, Reason: spec.Reason}
	switch {
	case s.Stage.OverridePolicy != v1alpha1.OverridePolicyAllow:
		override.IgnoredReason = fmt.Sprintf("stage %s says overridePolicy: Forbid", s.Stage.Name)
	case binding == nil || binding.ModelCreationTimestamp != int64(s.Model.CreationTimestamp):
		override.IgnoredReason = fmt.Sprintf("model %s was deleted and created again since it was written", s.Model.Name)
	}
	return override
}

// listExemptions are the gates that did not pass and are exempt: by the override, and because
// performance gates are not enforced.
func listExemptions(object *v1alpha1.ModelPromotion, result gate.Result) (override *v1alpha1.OverrideRecord, notEnforced []string) {
	if gates := result.Exempt(v1alpha1.ExemptionOverride); len(gates) > 0 {
		override = &v1alpha1.OverrideRecord{Gates: gates, Reason: sanitize.CleanText(object.Spec.Override.Reason, maxReasonLength)}
	}
	return override, result.Exempt(v1alpha1.ExemptionFeatureFlag)
}

// DescribeExemptions says which gates had not passed for the candidate and were exempt; empty if
// every gate passed. If the candidate is the last promoted version, its record counts; otherwise
// the result of this reconcile, if the gates were evaluated.
func DescribeExemptions(s State, result *gate.Result) string {
	last := s.lastRecord()
	switch {
	case last != nil && string(last.Version) == s.Candidate:
		return describeRecordExemptions(last)
	case result != nil:
		override, notEnforced := listExemptions(s.Object, *result)
		return describeRecordExemptions(&v1alpha1.PromotionRecord{Override: override, NotEnforced: notEnforced})
	default:
		return ""
	}
}

func describeRecordExemptions(record *v1alpha1.PromotionRecord) string {
	var parts []string
	if o := record.Override; o != nil {
		parts = append(parts, fmt.Sprintf("overridden: %s (%s)", strings.Join(o.Gates, ", "), o.Reason))
	}
	if len(record.NotEnforced) > 0 {
		parts = append(parts, fmt.Sprintf("not enforced: %s (%s)",
			strings.Join(record.NotEnforced, ", "), featureflags.Flags{PerformanceGatesDisabled: true}.PerformanceGatesDisabledReason()))
	}
	return strings.Join(parts, "; ")
}

func hasExemptions(record *v1alpha1.PromotionRecord) bool {
	return record.Override != nil || len(record.NotEnforced) > 0
}
