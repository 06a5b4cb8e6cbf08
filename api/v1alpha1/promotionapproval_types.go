// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// UserName is a user as the API server knows them: alice@example.com, or
// system:serviceaccount:NAMESPACE:NAME for a service account. "kubectl auth whoami"
// tells yours. It is compared as it is written.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=256
type UserName string

// ApprovalDecision is what a person says to a version.
//
// +kubebuilder:validation:Enum=Approve;Reject
type ApprovalDecision string

// What a person says to a version.
const (
	DecisionApprove ApprovalDecision = "Approve"
	DecisionReject  ApprovalDecision = "Reject"
)

// PromotionApprovalSpec is one person's word on one version. It never changes: to
// take it back, delete the object.
//
// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="an approval never changes: delete it, and create another one"
type PromotionApprovalSpec struct {
	// promotionRef names the ModelPromotion, in the same namespace. An approval that names
	// no evidence must be younger than that.
	// +required
	PromotionRef LocalReference `json:"promotionRef,omitzero"`

	// version is the version that is approved or rejected, in quotes. No other version
	// of the promotion is.
	// +required
	Version Version `json:"version,omitempty"`

	// decision is Approve or Reject. One Reject keeps the version out, whoever approves
	// it, until the Reject is deleted.
	// +required
	Decision ApprovalDecision `json:"decision,omitempty"`

	// approver is the user who creates this object: your own user name, which "kubectl
	// auth whoami" tells. The API server refuses another one. Of what Git holds, it is the
	// account that the GitOps tool applies with.
	// +required
	Approver UserName `json:"approver,omitempty"`

	// reason is why, for whoever reads it later.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Reason string `json:"reason,omitempty"`

	// evidence is the digest of what the other gates saw, as status.evidenceDigest of the
	// promotion shows it: sha256: and 64 digits. The approval then counts as long as they
	// see exactly that: a new metric voids it. Absent: it counts for this version whatever
	// they see. A Reject counts in either case.
	// +optional
	Evidence EvidenceDigest `json:"evidence,omitempty"`
}

// EvidenceDigest is the SHA-256 of what gates saw: "sha256:" and 64 hexadecimal
// digits.
//
// +kubebuilder:validation:MaxLength=71
// +kubebuilder:validation:XValidation:rule=`self.matches(r'^sha256:[0-9a-f]{64}$')`,message=`must be a digest as status.evidenceDigest shows it: sha256: and 64 digits of 0-9 and a-f`
type EvidenceDigest string

// PromotionApproval is one person's signed yes or no to one version of one promotion.
// Gates of type approval count them. It is a plain record and has no status: whether it
// counts depends on the version that is wanted and on what the other gates see, and
// status.gates of the ModelPromotion says so.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:shortName=pappr,categories=mlflow
// +kubebuilder:selectablefield:JSONPath=`.spec.promotionRef.name`
// +kubebuilder:printcolumn:name="Promotion",type=string,JSONPath=`.spec.promotionRef.name`
// +kubebuilder:printcolumn:name="Version",type=string,JSONPath=`.spec.version`
// +kubebuilder:printcolumn:name="Decision",type=string,JSONPath=`.spec.decision`
// +kubebuilder:printcolumn:name="Approver",type=string,JSONPath=`.spec.approver`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.spec.reason`,priority=1
type PromotionApproval struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard metadata of an object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is who says what to which version.
	// +required
	Spec PromotionApprovalSpec `json:"spec,omitzero"`
}

// PromotionApprovalList is a list of approvals.
//
// +kubebuilder:object:root=true
type PromotionApprovalList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []PromotionApproval `json:"items"`
}
