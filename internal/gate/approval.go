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

// evaluateApprovalGate asks people. The digest is that of the evidence that they may have named;
// empty while it is not known.
func (r *lookup) evaluateApprovalGate(request Request, g v1alpha1.ApprovalGate, digest string) outcome {
	outcome := r.decideApproval(request, g, digest)
	outcome.expected = describeApprovals(g)
	return outcome
}

func (r *lookup) decideApproval(request Request, g v1alpha1.ApprovalGate, digest string) outcome {
	if request.PriorHolderReason != "" && request.BackwardExemption != "" {
		// What is put back was approved when it was promoted.
		return alreadyApproved(request)
	}
	version, unknown := r.getCandidate(request)
	approvals, unread := getValue[[]v1alpha1.PromotionApproval](r, ApprovalsKey(request.PromotionName))
	if unknown != nil {
		return unknown.toOutcome()
	}
	if unread != nil {
		return unread.toOutcome()
	}
	ours := selectApprovals(approvals, request.Candidate)
	if outcome, rejected := findRejection(request, ours); rejected {
		return outcome
	}
	if request.PriorHolderReason != "" {
		return alreadyApproved(request)
	}
	since, unproven := r.getIdentity(request.Namespace)
	if unproven != nil {
		return unproven.toOutcome()
	}
	b := approvalTally{
		gate: g, request: request, digest: digest, authenticSince: since,
		versionCreated: time.UnixMilli(int64(version.CreationTimestamp)),
	}
	b.countApprovals(ours)
	return b.toOutcome()
}

// alreadyApproved is the answer for a version that was approved when it took the stage before.
func alreadyApproved(request Request) outcome {
	return notEvaluated(request.PriorHolderReason + ", so it need not be approved again")
}

// getIdentity is since when a user name is that of the user who wrote it, or why none counts.
func (r *lookup) getIdentity(namespace string) (time.Time, *failure) {
	ref := IdentityKey(namespace)
	since, s := getValue[time.Time](r, ref)
	if s != nil && !s.notRead {
		s.message = "no approval counts: " + r.evidence.getEntry(ref).message
	}
	return since, s
}

// selectApprovals are the approvals and rejections of one version, in a fixed order.
func selectApprovals(all []v1alpha1.PromotionApproval, version string) []v1alpha1.PromotionApproval {
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

// findRejection is the answer where somebody said no. That needs no proof: whoever may create
// the object may stop the version, whatever evidence it names, until the object is gone.
func findRejection(request Request, approvals []v1alpha1.PromotionApproval) (outcome, bool) {
	at := slices.IndexFunc(approvals, func(a v1alpha1.PromotionApproval) bool {
		return a.Spec.Decision != v1alpha1.DecisionApprove
	})
	if at < 0 {
		return outcome{}, false
	}
	no := &approvals[at]
	sentence := fmt.Sprintf("%s was rejected by %s", request.describeCandidate(), formatUser(no.Spec.Approver))
	if no.Spec.Reason != "" {
		sentence += fmt.Sprintf(" (%s)", cleanText(no.Spec.Reason, 300))
	}
	outcome := failedOutcome(v1alpha1.ReasonGateFailed, sentence+", and stays out until PromotionApproval "+cleanText(no.Name, 253)+" is deleted")
	outcome.observed = "rejected by " + formatUser(no.Spec.Approver)
	outcome.seen.Approvals = &approvalObservation{RejectedBy: no.Spec.Approver}
	return outcome, true
}
