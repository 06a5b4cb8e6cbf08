// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package builder

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// defaultNamespace is the namespace of an object if a test does not set it.
const defaultNamespace = "default"

// ModelBuilder builds a RegisteredModel.
type ModelBuilder struct {
	object v1alpha1.RegisteredModel
}

// RegisteredModel returns a builder of a model without stages, with the connection "mlflow", in
// namespace default.
func RegisteredModel(name string) *ModelBuilder {
	b := &ModelBuilder{}
	b.object.SetGroupVersionKind(v1alpha1.SchemeGroupVersion.WithKind("RegisteredModel"))
	b.object.Name = name
	b.object.Namespace = defaultNamespace
	return b.Connection("mlflow")
}

// Namespace sets the namespace of the object.
func (b *ModelBuilder) Namespace(namespace string) *ModelBuilder {
	b.object.Namespace = namespace
	return b
}

// Connection sets the MLflowConnection; an empty name removes the reference.
func (b *ModelBuilder) Connection(name string) *ModelBuilder {
	b.object.Spec.ConnectionRef = nil
	if name != "" {
		b.object.Spec.ConnectionRef = &v1alpha1.ConnectionReference{Name: v1alpha1.ObjectName(name)}
	}
	return b
}

// ClusterConnection sets the ClusterMLflowConnection.
func (b *ModelBuilder) ClusterConnection(name string) *ModelBuilder {
	b.object.Spec.ConnectionRef = &v1alpha1.ConnectionReference{
		Kind: v1alpha1.ConnectionKindCluster, Name: v1alpha1.ObjectName(name),
	}
	return b
}

// ModelName sets the name in MLflow.
func (b *ModelBuilder) ModelName(name string) *ModelBuilder {
	b.object.Spec.ModelName = name
	return b
}

// Class sets the ModelClass.
func (b *ModelBuilder) Class(name string) *ModelBuilder {
	b.object.Spec.ClassName = v1alpha1.ClassName(name)
	return b
}

// Description sets the description in MLflow.
func (b *ModelBuilder) Description(text string) *ModelBuilder {
	b.object.Spec.Description = &text
	return b
}

// Owner sets the owner of the model.
func (b *ModelBuilder) Owner(owner string) *ModelBuilder {
	b.object.Spec.Owner = owner
	return b
}

// UseCase sets the use case of the model.
func (b *ModelBuilder) UseCase(useCase string) *ModelBuilder {
	b.object.Spec.UseCase = useCase
	return b
}

// DeploymentTarget sets where the model is meant to run.
func (b *ModelBuilder) DeploymentTarget(target string) *ModelBuilder {
	b.object.Spec.DeploymentTarget = target
	return b
}

// Tag adds a tag.
func (b *ModelBuilder) Tag(key string, value v1alpha1.TagValue) *ModelBuilder {
	if b.object.Spec.Tags == nil {
		b.object.Spec.Tags = map[string]v1alpha1.TagValue{}
	}
	b.object.Spec.Tags[key] = value
	return b
}

// Stages appends stages.
func (b *ModelBuilder) Stages(stages ...*StageBuilder) *ModelBuilder {
	for _, stage := range stages {
		b.object.Spec.Stages = append(b.object.Spec.Stages, stage.Build())
	}
	return b
}

// AdoptionPolicy sets whether the object may adopt a model that already exists.
func (b *ModelBuilder) AdoptionPolicy(policy v1alpha1.AdoptionPolicy) *ModelBuilder {
	b.object.Spec.AdoptionPolicy = policy
	return b
}

// Retention sets which versions to keep.
func (b *ModelBuilder) Retention(retention *RetentionBuilder) *ModelBuilder {
	b.object.Spec.Retention = retention.Build()
	return b
}

// DeletionPolicy sets what happens to the model when its object is deleted.
func (b *ModelBuilder) DeletionPolicy(policy v1alpha1.DeletionPolicy) *ModelBuilder {
	b.object.Spec.DeletionPolicy = policy
	return b
}

// ObserveOnly sets the management policy under which the operator writes nothing.
func (b *ModelBuilder) ObserveOnly() *ModelBuilder {
	b.object.Spec.ManagementPolicy = v1alpha1.ManagementPolicyObserve
	return b
}

// Suspend suspends reconciliation.
func (b *ModelBuilder) Suspend() *ModelBuilder {
	b.object.Spec.Suspend = new(true)
	return b
}

// Build returns a copy of the object.
func (b *ModelBuilder) Build() *v1alpha1.RegisteredModel {
	return b.object.DeepCopy()
}

func localReference(name string) v1alpha1.LocalReference {
	return v1alpha1.LocalReference{Name: v1alpha1.ObjectName(name)}
}

// ClassBuilder builds a ModelClass.
type ClassBuilder struct {
	object v1alpha1.ModelClass
}

// Class returns a builder of a class without requirements.
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

// RequireTag adds a tag that every model must declare, with one of the values if any are given.
func (b *ClassBuilder) RequireTag(key v1alpha1.TagKey, values ...string) *ClassBuilder {
	return b.TagRule(v1alpha1.TagRule{Key: key, Required: new(true), Values: values})
}

// RequireMetadata adds fields that every model must set.
func (b *ClassBuilder) RequireMetadata(fields ...v1alpha1.MetadataField) *ClassBuilder {
	b.object.Spec.RequiredMetadata = append(b.object.Spec.RequiredMetadata, fields...)
	return b
}

// Stages appends stages.
func (b *ClassBuilder) Stages(stages ...*StageBuilder) *ClassBuilder {
	for _, stage := range stages {
		b.object.Spec.Stages = append(b.object.Spec.Stages, stage.Build())
	}
	return b
}

// Retention sets which versions every model keeps at least.
func (b *ClassBuilder) Retention(retention *RetentionBuilder) *ClassBuilder {
	b.object.Spec.Retention = retention.Build()
	return b
}

// Build returns a copy of the object.
func (b *ClassBuilder) Build() *v1alpha1.ModelClass {
	return b.object.DeepCopy()
}

// RetentionBuilder builds the retention of a model or a class.
type RetentionBuilder struct {
	retention v1alpha1.Retention
}

// KeepLatest returns a builder of a retention that keeps the newest versions, without an action
// for the others.
func KeepLatest(count int32) *RetentionBuilder {
	return &RetentionBuilder{retention: v1alpha1.Retention{KeepLatest: count}}
}

// ArchiveOthers archives the other versions.
func (b *RetentionBuilder) ArchiveOthers() *RetentionBuilder {
	b.retention.Action = v1alpha1.RetentionArchive
	return b
}

// DeleteOthers deletes the other versions.
func (b *RetentionBuilder) DeleteOthers() *RetentionBuilder {
	b.retention.Action = v1alpha1.RetentionDelete
	return b
}

// KeepTagged adds tag keys; a version with one of them is kept.
func (b *RetentionBuilder) KeepTagged(keys ...v1alpha1.TagKey) *RetentionBuilder {
	b.retention.KeepTags = append(b.retention.KeepTags, keys...)
	return b
}

// Build returns a copy of the retention; nil for a nil builder.
func (b *RetentionBuilder) Build() *v1alpha1.Retention {
	if b == nil {
		return nil
	}
	return b.retention.DeepCopy()
}
