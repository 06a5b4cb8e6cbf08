// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// UserName is the name of a user as the API server knows it: alice@example.com, or
// system:serviceaccount:NAMESPACE:NAME for a service account. "kubectl auth whoami"
// shows yours. It is compared exactly.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=256
type UserName string

// ApprovalDecision is the decision of a person on a version.
//
// +kubebuilder:validation:Enum=Approve;Reject
type ApprovalDecision string

// The decision of a person on a version.
const (
	DecisionApprove ApprovalDecision = "Approve"
	DecisionReject  ApprovalDecision = "Reject"
)

// PromotionApprovalSpec is the decision of one person on one version. It never changes:
// to withdraw it, delete the object.
//
// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="an approval never changes: delete it, and create another one"
type PromotionApprovalSpec struct {
	// promotionRef names the ModelPromotion, in the same namespace. An approval without
	// evidence must be younger than the promotion.
	// +required
	PromotionRef LocalReference `json:"promotionRef,omitzero"`

	// version is the version that is approved or rejected, in quotes. It counts for no
	// other version.
	// +required
	Version Version `json:"version,omitempty"`

	// decision is Approve or Reject. One Reject blocks the version, however many approve
	// it, until the Reject is deleted.
	// +required
	Decision ApprovalDecision `json:"decision,omitempty"`

	// approver is the user who creates this object: your own user name, as "kubectl auth
	// whoami" shows it. The API server refuses any other. For an object in Git, it is the
	// account with which the GitOps tool applies it.
	// +required
	Approver UserName `json:"approver,omitempty"`

	// reason says why, for those who read it later.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Reason string `json:"reason,omitempty"`

	// evidence is the digest of the evidence that the other gates read, as
	// status.evidenceDigest of the promotion shows it: sha256: and 64 digits. The approval
	// then counts only for exactly that evidence: a new metric voids it. Absent: it counts
	// for this version, whatever the evidence. A Reject counts in either case.
	// +optional
	Evidence EvidenceDigest `json:"evidence,omitempty"`
}

// EvidenceDigest is the SHA-256 of evidence: "sha256:" and 64 hexadecimal digits.
//
// +kubebuilder:validation:MaxLength=71
// +kubebuilder:validation:XValidation:rule=`self.matches(r'^sha256:[0-9a-f]{64}$')`,message=`must be a digest as status.evidenceDigest shows it: sha256: and 64 digits of 0-9 and a-f`
type EvidenceDigest string

// PromotionApproval is the signed yes or no of one person to one version of one
// promotion. Gates of type approval count them. It is a record and has no status:
// whether it counts depends on the candidate and on the other gates, and status.gates
// of the ModelPromotion shows it.
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

	// spec is the decision.
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
