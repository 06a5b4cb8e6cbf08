// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package builder

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// PromotionBuilder builds a ModelPromotion.
type PromotionBuilder struct {
	object v1alpha1.ModelPromotion
}

// Promotion returns a builder of a promotion of version 1 of the model "sentiment" to the stage
// production, in namespace default.
func Promotion(name string) *PromotionBuilder {
	b := &PromotionBuilder{}
	b.object.SetGroupVersionKind(v1alpha1.SchemeGroupVersion.WithKind("ModelPromotion"))
	b.object.Name = name
	b.object.Namespace = defaultNamespace
	return b.Model("sentiment").Stage("production").Version("1")
}

// Namespace sets the namespace of the object.
func (b *PromotionBuilder) Namespace(namespace string) *PromotionBuilder {
	b.object.Namespace = namespace
	return b
}

// Model sets the RegisteredModel.
func (b *PromotionBuilder) Model(name string) *PromotionBuilder {
	b.object.Spec.ModelRef = localReference(name)
	return b
}

// Stage sets the stage to promote to.
func (b *PromotionBuilder) Stage(name v1alpha1.StageName) *PromotionBuilder {
	b.object.Spec.Stage = name
	return b
}

// Version sets the version to promote.
func (b *PromotionBuilder) Version(version v1alpha1.Version) *PromotionBuilder {
	b.object.Spec.Version = version
	b.object.Spec.VersionFrom = nil
	return b
}

// FromLatest promotes the highest version that has the tags; nil requires no tag.
func (b *PromotionBuilder) FromLatest(tags map[string]v1alpha1.TagValue) *PromotionBuilder {
	return b.setVersionFrom(v1alpha1.VersionFrom{Latest: &v1alpha1.LatestVersion{Tags: tags}})
}

// FromStage promotes the current version of another stage.
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

// Gates adds gates to those of the stage.
func (b *PromotionBuilder) Gates(gates ...v1alpha1.Gate) *PromotionBuilder {
	b.object.Spec.Gates = append(b.object.Spec.Gates, gates...)
	return b
}

// DryRun evaluates everything and writes nothing.
func (b *PromotionBuilder) DryRun() *PromotionBuilder {
	b.object.Spec.Mode = v1alpha1.PromotionModeDryRun
	return b
}

// ExpectedCurrentVersion sets the version that must be current before the promotion.
func (b *PromotionBuilder) ExpectedCurrentVersion(version v1alpha1.Version) *PromotionBuilder {
	b.object.Spec.ExpectedCurrentVersion = version
	return b
}

// Override lets a version be promoted although the gates block it.
func (b *PromotionBuilder) Override(version v1alpha1.Version, reason string, gates ...string) *PromotionBuilder {
	b.object.Spec.Override = &v1alpha1.Override{Version: version, Gates: gates, Reason: reason}
	return b
}

// RequestedBy sets the user who requests the version.
func (b *PromotionBuilder) RequestedBy(user v1alpha1.UserName) *PromotionBuilder {
	b.object.Spec.RequestedBy = user
	return b
}

// Suspend suspends reconciliation.
func (b *PromotionBuilder) Suspend() *PromotionBuilder {
	b.object.Spec.Suspend = new(true)
	return b
}

// Build returns a copy of the object.
func (b *PromotionBuilder) Build() *v1alpha1.ModelPromotion {
	return b.object.DeepCopy()
}

// ApprovalBuilder builds a PromotionApproval.
type ApprovalBuilder struct {
	object v1alpha1.PromotionApproval
}

// Approval returns a builder of an approval of version 1 of the promotion to-production.
func Approval(approver v1alpha1.UserName) *ApprovalBuilder {
	b := &ApprovalBuilder{}
	b.object.SetGroupVersionKind(v1alpha1.SchemeGroupVersion.WithKind("PromotionApproval"))
	b.object.GenerateName = "approve-"
	b.object.Namespace = defaultNamespace
	b.object.Spec.Approver = approver
	b.object.Spec.Decision = v1alpha1.DecisionApprove
	return b.Promotion("to-production").Version("1")
}

// Name sets the name of the object, in place of a generated one.
func (b *ApprovalBuilder) Name(name string) *ApprovalBuilder {
	b.object.Name, b.object.GenerateName = name, ""
	return b
}

// Namespace sets the namespace of the object.
func (b *ApprovalBuilder) Namespace(namespace string) *ApprovalBuilder {
	b.object.Namespace = namespace
	return b
}

// Promotion sets the ModelPromotion that the approval is for.
func (b *ApprovalBuilder) Promotion(name string) *ApprovalBuilder {
	b.object.Spec.PromotionRef = localReference(name)
	return b
}

// Version sets the version that the approval is for.
func (b *ApprovalBuilder) Version(version v1alpha1.Version) *ApprovalBuilder {
	b.object.Spec.Version = version
	return b
}

// Reject changes the decision to a rejection.
func (b *ApprovalBuilder) Reject(reason string) *ApprovalBuilder {
	b.object.Spec.Decision = v1alpha1.DecisionReject
	b.object.Spec.Reason = reason
	return b
}

// EvidenceDigest sets the digest of the evidence that is approved.
func (b *ApprovalBuilder) EvidenceDigest(digest string) *ApprovalBuilder {
	b.object.Spec.Evidence = v1alpha1.EvidenceDigest(digest)
	return b
}

// Build returns a copy of the object.
func (b *ApprovalBuilder) Build() *v1alpha1.PromotionApproval {
	return b.object.DeepCopy()
}
