// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package builder

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// VersionBuilder builds a ModelVersion.
type VersionBuilder struct {
	object v1alpha1.ModelVersion
}

// ModelVersion returns a builder of a version of the model "sentiment" from the run "run", in
// namespace default.
func ModelVersion(name string) *VersionBuilder {
	b := &VersionBuilder{}
	b.object.SetGroupVersionKind(v1alpha1.SchemeGroupVersion.WithKind("ModelVersion"))
	b.object.Name = name
	b.object.Namespace = defaultNamespace
	return b.Model("sentiment").Run("run")
}

// Namespace sets the namespace of the object.
func (b *VersionBuilder) Namespace(namespace string) *VersionBuilder {
	b.object.Namespace = namespace
	return b
}

// Model sets the RegisteredModel.
func (b *VersionBuilder) Model(name string) *VersionBuilder {
	b.object.Spec.ModelRef = localReference(name)
	return b
}

// Run sets a run as the source.
func (b *VersionBuilder) Run(id string) *VersionBuilder {
	b.object.Spec.Source = v1alpha1.VersionSource{RunID: id}
	return b
}

// LoggedModel sets a logged model as the source.
func (b *VersionBuilder) LoggedModel(id string) *VersionBuilder {
	b.object.Spec.Source = v1alpha1.VersionSource{LoggedModelID: id}
	return b
}

// Path sets the artifact path within the run.
func (b *VersionBuilder) Path(path string) *VersionBuilder {
	b.object.Spec.Source.ArtifactPath = path
	return b
}

// URI sets a URI as the source.
func (b *VersionBuilder) URI(uri string) *VersionBuilder {
	b.object.Spec.Source = v1alpha1.VersionSource{URI: uri}
	return b
}

// AdoptVersion adopts a version that already exists.
func (b *VersionBuilder) AdoptVersion(version v1alpha1.Version) *VersionBuilder {
	b.object.Spec.Source = v1alpha1.VersionSource{Version: version}
	return b
}

// Description sets the description in MLflow.
func (b *VersionBuilder) Description(text string) *VersionBuilder {
	b.object.Spec.Description = &text
	return b
}

// Tag adds a tag.
func (b *VersionBuilder) Tag(key string, value v1alpha1.TagValue) *VersionBuilder {
	if b.object.Spec.Tags == nil {
		b.object.Spec.Tags = map[string]v1alpha1.TagValue{}
	}
	b.object.Spec.Tags[key] = value
	return b
}

// Metric adds a declared metric.
func (b *VersionBuilder) Metric(key string, value v1alpha1.Decimal) *VersionBuilder {
	if b.object.Spec.Metrics == nil {
		b.object.Spec.Metrics = map[string]v1alpha1.Decimal{}
	}
	b.object.Spec.Metrics[key] = value
	return b
}

// DeletionPolicy sets what happens to the version when its object is deleted.
func (b *VersionBuilder) DeletionPolicy(policy v1alpha1.VersionDeletionPolicy) *VersionBuilder {
	b.object.Spec.DeletionPolicy = policy
	return b
}

// Suspend suspends reconciliation.
func (b *VersionBuilder) Suspend() *VersionBuilder {
	b.object.Spec.Suspend = new(true)
	return b
}

// Build returns a copy of the object.
func (b *VersionBuilder) Build() *v1alpha1.ModelVersion {
	return b.object.DeepCopy()
}
