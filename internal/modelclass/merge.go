// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelclass

import (
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// EffectiveSpec is the part of a model's spec that its class also defines, merged.
type EffectiveSpec struct {
	// Class is the class of the model; nil if the model names no class.
	Class *v1alpha1.ModelClass
	// Stages are the stages of the model and of its class, in order.
	Stages []v1alpha1.Stage
	// Retention says which versions to keep; nil if neither defines it.
	Retention *v1alpha1.Retention
}

// Merge merges a model with a valid class. If there are violations, the EffectiveSpec is
// empty. The class is nil if the model names no class.
func Merge(class *v1alpha1.ModelClass, model *v1alpha1.RegisteredModel) (EffectiveSpec, []Violation) {
	if class == nil {
		return EffectiveSpec{Stages: model.Spec.Stages, Retention: model.Spec.Retention}, nil
	}
	stages, violations := mergeStages(class, model.Spec.Stages)
	violations = append(violations, checkMetadata(class, &model.Spec)...)
	violations = append(violations, checkAliasesKept(class, stages, model.Status.Stages)...)
	if len(violations) > 0 {
		return EffectiveSpec{}, sortViolations(violations)
	}
	return EffectiveSpec{
		Class: class, Stages: stages, Retention: mergeRetention(class.Spec.Retention, model.Spec.Retention),
	}, nil
}

// GateOrigin says whether a gate of a stage comes from the class or from the model.
func (e EffectiveSpec) GateOrigin(stage v1alpha1.StageName, gate string) v1alpha1.GateOrigin {
	if e.Class == nil {
		return v1alpha1.GateOriginStage
	}
	if s := findStage(e.Class.Spec.Stages, stage); s != nil && hasGate(s, gate) {
		return v1alpha1.GateOriginClass
	}
	return v1alpha1.GateOriginStage
}

// mergeRetention keeps what the class or the model keeps: of each field, the value that keeps
// more applies. A default can't be distinguished from a choice, and a class that later keeps
// more must not make its models invalid.
func mergeRetention(class, own *v1alpha1.Retention) *v1alpha1.Retention {
	if class == nil || own == nil {
		if own == nil {
			own = class
		}
		return own.DeepCopy()
	}
	merged := class.DeepCopy()
	merged.KeepLatest = max(class.KeepLatest, own.KeepLatest)
	if own.Action != v1alpha1.RetentionDelete {
		merged.Action = v1alpha1.RetentionArchive
	}
	for _, key := range own.KeepTags {
		if !slices.Contains(merged.KeepTags, key) {
			merged.KeepTags = append(merged.KeepTags, key)
		}
	}
	return merged
}
