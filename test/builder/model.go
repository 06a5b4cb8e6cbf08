// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package builder

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// The namespace of an object whose test does not care.
const defaultNamespace = "default"

// ModelBuilder makes a RegisteredModel.
type ModelBuilder struct {
	object v1alpha1.RegisteredModel
}

// RegisteredModel starts with a model without stages, of the connection "mlflow",
// in namespace default.
func RegisteredModel(name string) *ModelBuilder {
	b := &ModelBuilder{}
	b.object.SetGroupVersionKind(v1alpha1.SchemeGroupVersion.WithKind("RegisteredModel"))
	b.object.Name = name
	b.object.Namespace = defaultNamespace
	return b.Connection("mlflow")
}

// Namespace is where the object lives.
func (b *ModelBuilder) Namespace(namespace string) *ModelBuilder {
	b.object.Namespace = namespace
	return b
}

// Connection names the MLflowConnection; the empty name leaves it out.
func (b *ModelBuilder) Connection(name string) *ModelBuilder {
	b.object.Spec.ConnectionRef = nil
	if name != "" {
		b.object.Spec.ConnectionRef = &v1alpha1.ConnectionReference{Name: v1alpha1.ObjectName(name)}
	}
	return b
}

// ClusterConnection names the ClusterMLflowConnection.
func (b *ModelBuilder) ClusterConnection(name string) *ModelBuilder {
	b.object.Spec.ConnectionRef = &v1alpha1.ConnectionReference{
		Kind: v1alpha1.ConnectionKindCluster, Name: v1alpha1.ObjectName(name),
	}
	return b
}

// ModelName is the name in MLflow.
func (b *ModelBuilder) ModelName(name string) *ModelBuilder {
	b.object.Spec.ModelName = name
	return b
}

// Class names the ModelClass.
func (b *ModelBuilder) Class(name string) *ModelBuilder {
	b.object.Spec.ClassName = v1alpha1.ClassName(name)
	return b
}

// Description is the description in MLflow.
func (b *ModelBuilder) Description(text string) *ModelBuilder {
	b.object.Spec.Description = &text
	return b
}

// Owner is who answers for the model.
func (b *ModelBuilder) Owner(owner string) *ModelBuilder {
	b.object.Spec.Owner = owner
	return b
}

// UseCase is what the model is for.
func (b *ModelBuilder) UseCase(useCase string) *ModelBuilder {
	b.object.Spec.UseCase = useCase
	return b
}

// DeploymentTarget is where the model is meant to run.
func (b *ModelBuilder) DeploymentTarget(target string) *ModelBuilder {
	b.object.Spec.DeploymentTarget = target
	return b
}

// Tag adds a tag of the model.
func (b *ModelBuilder) Tag(key string, value v1alpha1.TagValue) *ModelBuilder {
	if b.object.Spec.Tags == nil {
		b.object.Spec.Tags = map[string]v1alpha1.TagValue{}
	}
	b.object.Spec.Tags[key] = value
	return b
}

// Stages adds stages, later ones behind.
func (b *ModelBuilder) Stages(stages ...*StageBuilder) *ModelBuilder {
	for _, stage := range stages {
		b.object.Spec.Stages = append(b.object.Spec.Stages, stage.Build())
	}
	return b
}

// AdoptionPolicy says what may happen with a model that exists already.
func (b *ModelBuilder) AdoptionPolicy(adoption v1alpha1.AdoptionPolicy) *ModelBuilder {
	b.object.Spec.AdoptionPolicy = adoption
	return b
}

// Retention says which versions are kept.
func (b *ModelBuilder) Retention(retention *RetentionBuilder) *ModelBuilder {
	b.object.Spec.Retention = retention.Build()
	return b
}

// DeletionPolicy says what becomes of the model when its object is deleted.
func (b *ModelBuilder) DeletionPolicy(policy v1alpha1.DeletionPolicy) *ModelBuilder {
	b.object.Spec.DeletionPolicy = policy
	return b
}

// ObserveOnly has nothing written.
func (b *ModelBuilder) ObserveOnly() *ModelBuilder {
	b.object.Spec.ManagementPolicy = v1alpha1.ManagementPolicyObserve
	return b
}

// Suspend stops all work on the model.
func (b *ModelBuilder) Suspend() *ModelBuilder {
	b.object.Spec.Suspend = new(true)
	return b
}

// Build is the object.
func (b *ModelBuilder) Build() *v1alpha1.RegisteredModel {
	return b.object.DeepCopy()
}

func localReference(name string) v1alpha1.LocalReference {
	return v1alpha1.LocalReference{Name: v1alpha1.ObjectName(name)}
}
