// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package builder

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// PromotionBuilder makes a ModelPromotion.
type PromotionBuilder struct {
	object v1alpha1.ModelPromotion
}

// Promotion starts with version 1 of the model "sentiment" for the stage
// production, in namespace default.
func Promotion(name string) *PromotionBuilder {
	b := &PromotionBuilder{}
	b.object.SetGroupVersionKind(v1alpha1.SchemeGroupVersion.WithKind("ModelPromotion"))
	b.object.Name = name
	b.object.Namespace = defaultNamespace
	return b.Model("sentiment").Stage("production").Version("1")
}

// Namespace is where the object lives.
func (b *PromotionBuilder) Namespace(namespace string) *PromotionBuilder {
	b.object.Namespace = namespace
	return b
}

// Model names the RegisteredModel.
func (b *PromotionBuilder) Model(name string) *PromotionBuilder {
	b.object.Spec.ModelRef = localReference(name)
	return b
}

// Stage is the stage to hold.
func (b *PromotionBuilder) Stage(name v1alpha1.StageName) *PromotionBuilder {
	b.object.Spec.Stage = name
	return b
}

// Version is the version that should hold the stage.
func (b *PromotionBuilder) Version(version v1alpha1.Version) *PromotionBuilder {
	b.object.Spec.Version = version
	b.object.Spec.VersionFrom = nil
	return b
}

// FromLatest promotes the highest version that carries the tags; nil asks for none.
func (b *PromotionBuilder) FromLatest(tags map[string]v1alpha1.TagValue) *PromotionBuilder {
	return b.setVersionFrom(v1alpha1.VersionFrom{Latest: &v1alpha1.LatestVersion{Tags: tags}})
}

// FromStage promotes the version that holds the other stage.
func (b *PromotionBuilder) FromStage(stage v1alpha1.StageName) *PromotionBuilder {
	return b.setVersionFrom(v1alpha1.VersionFrom{Stage: stage})
}

// FromAlias promotes the version that the alias points to.
func (b *PromotionBuilder) FromAlias(alias string) *PromotionBuilder {
	return b.setVersionFrom(v1alpha1.VersionFrom{Alias: alias})
}

// FromModelVersion promotes the version that a ModelVersion registered.
func (b *PromotionBuilder) FromModelVersion(name string) *PromotionBuilder {
	return b.setVersionFrom(v1alpha1.VersionFrom{ModelVersionRef: new(localReference(name))})
}

func (b *PromotionBuilder) setVersionFrom(source v1alpha1.VersionFrom) *PromotionBuilder {
	b.object.Spec.Version = ""
	b.object.Spec.VersionFrom = &source
	return b
}

// Gates adds demands to the stage's.
func (b *PromotionBuilder) Gates(gates ...v1alpha1.Gate) *PromotionBuilder {
	b.object.Spec.Gates = append(b.object.Spec.Gates, gates...)
	return b
}

// DryRun has everything evaluated and nothing written.
func (b *PromotionBuilder) DryRun() *PromotionBuilder {
	b.object.Spec.Mode = v1alpha1.PromotionModeDryRun
	return b
}

// ExpectedCurrentVersion is the version that must hold the stage before.
func (b *PromotionBuilder) ExpectedCurrentVersion(version v1alpha1.Version) *PromotionBuilder {
	b.object.Spec.ExpectedCurrentVersion = version
	return b
}

// Override lets a version take the stage though these gates refuse it.
func (b *PromotionBuilder) Override(version v1alpha1.Version, reason string, gates ...string) *PromotionBuilder {
	b.object.Spec.Override = &v1alpha1.Override{Version: version, Gates: gates, Reason: reason}
	return b
}

// RequestedBy is who asks for the version.
func (b *PromotionBuilder) RequestedBy(user v1alpha1.UserName) *PromotionBuilder {
	b.object.Spec.RequestedBy = user
	return b
}

// Suspend stops all work on the promotion.
func (b *PromotionBuilder) Suspend() *PromotionBuilder {
	b.object.Spec.Suspend = new(true)
	return b
}

// Build is the object.
func (b *PromotionBuilder) Build() *v1alpha1.ModelPromotion {
	return b.object.DeepCopy()
}
