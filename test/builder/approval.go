// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package builder

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// ApprovalBuilder makes a PromotionApproval.
type ApprovalBuilder struct {
	object v1alpha1.PromotionApproval
}

// Approval is the approver's yes to version 1 of promotion to-production.
func Approval(approver v1alpha1.UserName) *ApprovalBuilder {
	b := &ApprovalBuilder{}
	b.object.SetGroupVersionKind(v1alpha1.SchemeGroupVersion.WithKind("PromotionApproval"))
	b.object.GenerateName = "approve-"
	b.object.Namespace = defaultNamespace
	b.object.Spec.Approver = approver
	b.object.Spec.Decision = v1alpha1.DecisionApprove
	return b.Promotion("to-production").Version("1")
}

// Name is the name of the object, in place of one that the server makes.
func (b *ApprovalBuilder) Name(name string) *ApprovalBuilder {
	b.object.Name, b.object.GenerateName = name, ""
	return b
}

// Namespace is where the object lives.
func (b *ApprovalBuilder) Namespace(namespace string) *ApprovalBuilder {
	b.object.Namespace = namespace
	return b
}

// Promotion is the ModelPromotion that is meant.
func (b *ApprovalBuilder) Promotion(name string) *ApprovalBuilder {
	b.object.Spec.PromotionRef = localReference(name)
	return b
}

// Version is the version that is meant.
func (b *ApprovalBuilder) Version(version v1alpha1.Version) *ApprovalBuilder {
	b.object.Spec.Version = version
	return b
}

// Reject makes a no of it, and says why.
func (b *ApprovalBuilder) Reject(reason string) *ApprovalBuilder {
	b.object.Spec.Decision = v1alpha1.DecisionReject
	b.object.Spec.Reason = reason
	return b
}

// EvidenceDigest is the digest of what is approved.
func (b *ApprovalBuilder) EvidenceDigest(digest string) *ApprovalBuilder {
	b.object.Spec.Evidence = v1alpha1.EvidenceDigest(digest)
	return b
}

// Build is the object.
func (b *ApprovalBuilder) Build() *v1alpha1.PromotionApproval {
	return b.object.DeepCopy()
}
