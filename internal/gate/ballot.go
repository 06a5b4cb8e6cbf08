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

// approvalTally counts the approvals of one version for one gate.
type approvalTally struct {
	gate    v1alpha1.ApprovalGate
	request Request
	// digest is what an approval that names evidence must name; empty while it is not known.
	digest string
	// versionCreated is when the version was created in MLflow, since when user names have been
	// authentic. What is older than either is void.
	versionCreated, authenticSince time.Time

	// approvers are the users whose approval counts, sorted, each once.
	approvers []v1alpha1.UserName
	// notCounted says of each other approval why it does not.
	notCounted []string
}

func (b *approvalTally) countApprovals(approvals []v1alpha1.PromotionApproval) {
	for i := range approvals {
		a := &approvals[i]
		if why := b.notCountedReason(a); why != "" {
			b.notCounted = append(b.notCounted, fmt.Sprintf("%s by %s (%s)", cleanText(a.Name, 63), formatUser(a.Spec.Approver), why))
			continue
		}
		b.approvers = append(b.approvers, a.Spec.Approver)
	}
	slices.Sort(b.approvers)
	b.approvers = slices.Compact(b.approvers)
}

// notCountedReason says why an approval does not count; empty when it does. Kubernetes tells times in
// whole seconds: what may have been earlier was earlier.
func (b *approvalTally) notCountedReason(a *v1alpha1.PromotionApproval) string {
	switch created := a.CreationTimestamp.Time; {
	case a.DeletionTimestamp != nil:
		return "it is being deleted"
	case len(b.gate.Approvers) > 0 && !isNamed(b.gate.Approvers, a.Spec.Approver):
		return "not among the approvers"
	case b.shouldExcludeRequester() && a.Spec.Approver == b.request.RequestedBy:
		return "asked for the version"
	case !created.After(b.authenticSince):
		return "older than the proof that user names are authentic: approve again"
	case a.Spec.Evidence != "":
		return b.evidenceMismatchReason(string(a.Spec.Evidence))
	case !created.After(b.versionCreated):
		return "older than the version in MLflow: approve again"
	case !created.After(b.request.PromotionCreated):
		return "older than the promotion: approve again"
	default:
		return ""
	}
}

// evidenceMismatchReason says why named evidence is not that which there is. Where it is, it tells more than
// any time: which artifact is meant, and for which stage.
func (b *approvalTally) evidenceMismatchReason(named string) string {
	switch {
	case b.digest == "":
		return "names evidence, which is not known while another gate can't be asked"
	case named != b.digest:
		return "names other evidence"
	default:
		return ""
	}
}

func (b *approvalTally) shouldExcludeRequester() bool {
	return b.gate.ExcludeRequester != nil && *b.gate.ExcludeRequester
}

func (b *approvalTally) toOutcome() outcome {
	if b.shouldExcludeRequester() && b.request.RequestedBy == "" {
		return b.pendingOutcome("the gate excludes who asked for " + b.request.describeCandidate() + ", and spec.requestedBy names nobody: " +
			"whoever wants the version writes their own user name there")
	}
	required := requiredApprovals(b.gate)
	if len(b.approvers) < required {
		return b.pendingOutcome(b.missingApprovalsMessage(required))
	}
	outcome := passedOutcome(b.request.describeCandidate() + " was approved by " + formatUsers(b.approvers, "and"))
	outcome.observed = formatUsers(b.approvers, "and")
	outcome.approvers = b.approvers
	outcome.seen.Approvals = &approvalObservation{Approvers: b.approvers}
	return outcome
}

func (b *approvalTally) pendingOutcome(sentence string) outcome {
	return outcome{
		result: v1alpha1.GatePending, reason: v1alpha1.ReasonWaitingForApproval,
		message: sentence, observed: formatUsers(b.approvers, "and"),
		seen: observation{Approvals: &approvalObservation{Approvers: b.approvers}},
	}
}

// missingApprovalsMessage names who may approve and the command that does it, and then, since it may be
// cut, what did not count.
func (b *approvalTally) missingApprovalsMessage(required int) string {
	sentence := fmt.Sprintf("%s has %d of %d approvals", b.request.describeCandidate(), len(b.approvers), required)
	if len(b.approvers) > 0 {
		sentence += " (" + formatUsers(b.approvers, "and") + ")"
	}
	sentence += "; " + b.describeEligibleApprovers() + " may approve it: " + approvalCommand(b.request, b.digest)
	if len(b.notCounted) > 0 {
		sentence += "; not counted: " + joinLimited(b.notCounted, 3, "and")
	}
	return sentence
}

// describeEligibleApprovers are those whose approval would help.
func (b *approvalTally) describeEligibleApprovers() string {
	if len(b.gate.Approvers) == 0 {
		anybody := "whoever may create a PromotionApproval in namespace " + cleanText(b.request.Namespace, 63)
		if b.shouldExcludeRequester() {
			anybody += ", but " + formatUser(b.request.RequestedBy) + " who asked for it,"
		}
		return anybody
	}
	left := slices.DeleteFunc(usersOf(b.gate.Approvers), func(u v1alpha1.UserName) bool {
		return slices.Contains(b.approvers, u) || b.shouldExcludeRequester() && u == b.request.RequestedBy
	})
	if len(left) == 0 {
		return "nobody else"
	}
	return formatUsers(left, "or")
}

// isNamed tells whether a user is among the approvers. A subject of another kind names no
// user: its approvals don't count.
func isNamed(approvers []v1alpha1.Subject, user v1alpha1.UserName) bool {
	return slices.Contains(approvers, v1alpha1.Subject{Kind: v1alpha1.SubjectKindUser, Name: string(user)})
}

// usersOf are the users among the approvers, sorted.
func usersOf(approvers []v1alpha1.Subject) []v1alpha1.UserName {
	var users []v1alpha1.UserName
	for _, approver := range approvers {
		if approver.Kind == v1alpha1.SubjectKindUser {
			users = append(users, v1alpha1.UserName(approver.Name))
		}
	}
	slices.Sort(users)
	return users
}

func requiredApprovals(g v1alpha1.ApprovalGate) int {
	return max(1, int(g.Required))
}

// describeApprovals is what the gate expects.
func describeApprovals(g v1alpha1.ApprovalGate) string {
	demand := "1 approval"
	if required := requiredApprovals(g); required > 1 {
		demand = fmt.Sprintf("%d approvals", required)
	}
	if len(g.Approvers) > 0 {
		demand += " by " + formatUsers(usersOf(g.Approvers), "or")
	}
	if g.ExcludeRequester != nil && *g.ExcludeRequester {
		demand += ", not by who asked for the version"
	}
	return demand
}

func formatUser(name v1alpha1.UserName) string {
	return cleanText(string(name), 64)
}

// formatUsers lists a few users in words.
func formatUsers(names []v1alpha1.UserName, conjunction string) string {
	var shown []string
	for _, name := range names {
		shown = append(shown, formatUser(name))
	}
	return joinLimited(shown, 5, conjunction)
}

// joinLimited lists a few things in words, and how many there are more.
func joinLimited(all []string, limit int, conjunction string) string {
	if more := len(all) - limit; more > 0 {
		all = append(slices.Clone(all[:limit]), fmt.Sprintf("%d more", more))
	}
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " " + conjunction + " " + all[last]
}
