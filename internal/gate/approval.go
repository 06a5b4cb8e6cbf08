// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// approvalGate asks people. The digest is that of the evidence that they may have named;
// empty while it is not known.
func (r *reader) approvalGate(move Move, g v1alpha1.ApprovalGate, digest string) finding {
	f := r.approved(move, g, digest)
	f.expected = approvalDemand(g)
	return f
}

func (r *reader) approved(move Move, g v1alpha1.ApprovalGate, digest string) finding {
	if move.Returns != "" && move.Stays != "" {
		// What is put back was approved when it was promoted.
		return unasked(move)
	}
	version, unknown := r.candidate(move)
	approvals, unread := read[[]v1alpha1.PromotionApproval](r, ApprovalsRef(move.Promotion))
	if unknown != nil {
		return unknown.finding()
	}
	if unread != nil {
		return unread.finding()
	}
	ours := ofVersion(approvals, move.Candidate)
	if f, rejected := rejection(move, ours); rejected {
		return f
	}
	if move.Returns != "" {
		return unasked(move)
	}
	since, unproven := r.identity(move.Namespace)
	if unproven != nil {
		return unproven.finding()
	}
	b := ballot{
		gate: g, move: move, digest: digest, since: since,
		registered: time.UnixMilli(int64(version.CreationTimestamp)),
	}
	b.count(ours)
	return b.finding()
}

// unasked is the answer for a version that was approved when it took the stage before.
func unasked(move Move) finding {
	return passed(clean(move.Returns, maxValue) + ", so it need not be approved again")
}

// identity is since when a user name is that of the user who wrote it, or why none counts.
func (r *reader) identity(namespace string) (time.Time, *stop) {
	ref := IdentityRef(namespace)
	since, s := read[time.Time](r, ref)
	if s != nil && !s.wanted {
		s.sentence = "no approval counts: " + r.evidence.lookup(ref).sentence
	}
	return since, s
}

// ofVersion are the approvals and rejections of one version, in a fixed order.
func ofVersion(all []v1alpha1.PromotionApproval, version string) []v1alpha1.PromotionApproval {
	ours := slices.DeleteFunc(slices.Clone(all), func(a v1alpha1.PromotionApproval) bool {
		return string(a.Spec.Version) != version
	})
	slices.SortFunc(ours, func(a, b v1alpha1.PromotionApproval) int {
		if order := a.CreationTimestamp.Compare(b.CreationTimestamp.Time); order != 0 {
			return order
		}
		return strings.Compare(a.Name, b.Name)
	})
	return ours
}

// rejection is the answer where somebody said no. That needs no proof: whoever may create
// the object may stop the version, whatever evidence it names, until the object is gone.
func rejection(move Move, approvals []v1alpha1.PromotionApproval) (finding, bool) {
	at := slices.IndexFunc(approvals, func(a v1alpha1.PromotionApproval) bool {
		return a.Spec.Decision != v1alpha1.DecisionApprove
	})
	if at < 0 {
		return finding{}, false
	}
	no := &approvals[at]
	sentence := fmt.Sprintf("%s was rejected by %s", move.noun(), showUser(no.Spec.Approver))
	if no.Spec.Reason != "" {
		sentence += fmt.Sprintf(" (%s)", clean(no.Spec.Reason, 300))
	}
	f := failed(v1alpha1.ReasonGateFailed, sentence+", and stays out until PromotionApproval "+clean(no.Name, 253)+" is deleted")
	f.observed = "rejected by " + showUser(no.Spec.Approver)
	return f, true
}
