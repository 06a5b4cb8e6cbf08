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

func findStage(stages []v1alpha1.Stage, name v1alpha1.StageName) *v1alpha1.Stage {
	i := indexOfStage(stages, name)
	if i < 0 {
		return nil
	}
	return &stages[i]
}

func indexOfStage(stages []v1alpha1.Stage, name v1alpha1.StageName) int {
	return slices.IndexFunc(stages, func(s v1alpha1.Stage) bool { return s.Name == name })
}

func hasGate(stage *v1alpha1.Stage, name string) bool {
	return slices.ContainsFunc(stage.Gates, func(g v1alpha1.Gate) bool { return g.Name == name })
}
