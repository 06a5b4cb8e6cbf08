// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package builder

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// ClassBuilder makes a ModelClass.
type ClassBuilder struct {
	object v1alpha1.ModelClass
}

// Class starts with a class that demands nothing.
func Class(name string) *ClassBuilder {
	b := &ClassBuilder{}
	b.object.SetGroupVersionKind(v1alpha1.SchemeGroupVersion.WithKind("ModelClass"))
	b.object.Name = name
	return b
}

// TagRule adds a rule for a tag.
func (b *ClassBuilder) TagRule(rule v1alpha1.TagRule) *ClassBuilder {
	b.object.Spec.Tags = append(b.object.Spec.Tags, rule)
	return b
}

// RequireTag adds a tag that every model must declare, with one of the values if there are any.
func (b *ClassBuilder) RequireTag(key v1alpha1.TagKey, values ...string) *ClassBuilder {
	return b.TagRule(v1alpha1.TagRule{Key: key, Required: new(true), Values: values})
}

// RequireMetadata adds fields that every model must set.
func (b *ClassBuilder) RequireMetadata(fields ...v1alpha1.MetadataField) *ClassBuilder {
	b.object.Spec.RequiredMetadata = append(b.object.Spec.RequiredMetadata, fields...)
	return b
}

// Stages adds stages, later ones behind.
func (b *ClassBuilder) Stages(stages ...*StageBuilder) *ClassBuilder {
	for _, stage := range stages {
		b.object.Spec.Stages = append(b.object.Spec.Stages, stage.Build())
	}
	return b
}

// Retention says which versions every model keeps at least.
func (b *ClassBuilder) Retention(retention *RetentionBuilder) *ClassBuilder {
	b.object.Spec.Retention = retention.Build()
	return b
}

// Build is the object.
func (b *ClassBuilder) Build() *v1alpha1.ModelClass {
	return b.object.DeepCopy()
}
