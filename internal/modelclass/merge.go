// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelclass

import (
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// EffectiveSpec is what a model has by way of its class.
type EffectiveSpec struct {
	// Class is the class; nil where the model names none.
	Class *v1alpha1.ModelClass
	// Stages are the stages of the model and of its class, in order.
	Stages []v1alpha1.Stage
	// Retention says which versions are kept; nil where neither says so.
	Retention *v1alpha1.Retention
}

// Merge makes a model and a sound class one. Where there are problems, nothing is
// effective. A nil class is that of a model that names none.
func Merge(class *v1alpha1.ModelClass, model *v1alpha1.RegisteredModel) (EffectiveSpec, []Violation) {
	if class == nil {
		return EffectiveSpec{Stages: model.Spec.Stages, Retention: model.Spec.Retention}, nil
	}
	problems := checkMetadata(class, &model.Spec)
	stages, inStages := mergeStages(class, model.Spec.Stages)
	problems = append(problems, inStages...)
	problems = append(problems, checkAliasesKept(class, stages, model.Status.Stages)...)
	if len(problems) > 0 {
		return EffectiveSpec{}, sortViolations(problems)
	}
	return EffectiveSpec{
		Class: class, Stages: stages, Retention: mergeRetention(class.Spec.Retention, model.Spec.Retention),
	}, nil
}

// GateOrigin says who demands a gate of a stage.
func (e EffectiveSpec) GateOrigin(stage v1alpha1.StageName, gate string) v1alpha1.GateOrigin {
	if e.Class == nil {
		return v1alpha1.GateOriginStage
	}
	if s := findStage(e.Class.Spec.Stages, stage); s != nil && hasGate(s, gate) {
		return v1alpha1.GateOriginClass
	}
	return v1alpha1.GateOriginStage
}

// mergeRetention keeps what either of them keeps. A default can't be told from a choice, and
// a class that comes to keep more must not turn its models into problems: of each field, that
// which keeps more counts.
func mergeRetention(theirs, own *v1alpha1.Retention) *v1alpha1.Retention {
	if theirs == nil || own == nil {
		if own == nil {
			own = theirs
		}
		return own.DeepCopy()
	}
	merged := theirs.DeepCopy()
	merged.KeepLatest = max(theirs.KeepLatest, own.KeepLatest)
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
