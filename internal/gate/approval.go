// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// approvalEvaluator counts the approvals of the candidate. A version that was approved when it
// took the stage before need not be approved again, but a rejection still blocks it.
var approvalEvaluator = evaluator{
	gateType:   v1alpha1.GateTypeApproval,
	isSet:      func(g v1alpha1.Gate) bool { return g.Approval != nil },
	parse:      func(g v1alpha1.Gate) (requirement, *failure) { return approvalRequirement(*g.Approval), nil },
	canonical:  func(g v1alpha1.Gate) any { return newCanonicalApproval(*g.Approval) },
	asksPeople: true,
	rollbackReason: func(request Request) string {
		if request.PriorTenureReason == "" {
			return ""
		}
		return request.PriorTenureReason + ", so it need not be approved again"
	},
	findObjection: findRollbackRejection,
}

// approvalRequirement is an approval gate, which needs no parsing.
type approvalRequirement v1alpha1.ApprovalGate

// String returns what the gate expects.
func (a approvalRequirement) String() string {
	expected := "1 approval"
	if required := a.minApprovals(); required > 1 {
		expected = fmt.Sprintf("%d approvals", required)
	}
	if len(a.Approvers) > 0 {
		expected += " by " + formatUsers(listUsers(a.Approvers), "or")
	}
	if a.excludesRequester() {
		expected += ", not by the requester"
	}
	return expected
}

func (a approvalRequirement) minApprovals() int {
	return max(1, int(a.Required))
}

func (a approvalRequirement) excludesRequester() bool {
	return a.ExcludeRequester != nil && *a.ExcludeRequester
}

func (a approvalRequirement) check(l *lookup, request Request) outcome {
	approvals, versionCreated, f := l.readApprovals(request)
	if f != nil {
		return f.toOutcome()
	}
	if answer, rejected := findRejection(request, approvals); rejected {
		return answer
	}
	since, f := l.getIdentity(request.Namespace)
	if f != nil {
		return f.toOutcome()
	}
	tally := approvalTally{gate: a, request: request, versionCreated: versionCreated, authenticSince: since}
	tally.countApprovals(approvals)
	return tally.decide()
}

// findRollbackRejection returns the rejection of a version that returns to its stage. A version
// that an external change removed from the stage is restored without a check for rejections: it
// was approved when it was promoted.
func findRollbackRejection(l *lookup, request Request) (outcome, bool) {
	if request.BackwardExemption != "" {
		return outcome{}, false
	}
	approvals, _, f := l.readApprovals(request)
	if f != nil {
		return f.toOutcome(), true
	}
	return findRejection(request, approvals)
}

// readApprovals returns the approvals and rejections of the candidate, oldest first, and when
// the candidate was created in MLflow.
func (l *lookup) readApprovals(request Request) ([]v1alpha1.PromotionApproval, time.Time, *failure) {
	version, noVersion := l.getCandidate(request)
	all, noApprovals := getValue[[]v1alpha1.PromotionApproval](l, ApprovalsKey(request.PromotionName))
	if f := cmp.Or(noVersion, noApprovals); f != nil {
		return nil, time.Time{}, f
	}
	approvals := slices.DeleteFunc(slices.Clone(all), func(a v1alpha1.PromotionApproval) bool {
		return string(a.Spec.Version) != request.Candidate
	})
	slices.SortFunc(approvals, func(a, b v1alpha1.PromotionApproval) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), strings.Compare(a.Name, b.Name))
	})
	return approvals, time.UnixMilli(int64(version.CreationTimestamp)), nil
}

// getIdentity returns since when user names in a namespace are authentic, or why no approval
// counts.
func (l *lookup) getIdentity(namespace string) (time.Time, *failure) {
	key := IdentityKey(namespace)
	since, f := getValue[time.Time](l, key)
	if f != nil && !f.notRead {
		f.message = "no approval counts: " + l.evidence.getEntry(key).message
	}
	return since, f
}

// findRejection returns the outcome of a rejection, if there is one. A rejection needs no proof:
// permission to create the object is permission to block the version, whatever evidence the
// object names, until the object is gone.
func findRejection(request Request, approvals []v1alpha1.PromotionApproval) (outcome, bool) {
	at := slices.IndexFunc(approvals, func(a v1alpha1.PromotionApproval) bool {
		return a.Spec.Decision != v1alpha1.DecisionApprove
	})
	if at < 0 {
		return outcome{}, false
	}
	rejection := &approvals[at]
	observed := "rejected by " + formatUser(rejection.Spec.Approver)
	message := request.describeCandidate() + " was " + observed
	if rejection.Spec.Reason != "" {
		message += fmt.Sprintf(" (%s)", sanitize.CleanText(rejection.Spec.Reason, 300))
	}
	message += ", and is blocked until PromotionApproval " + sanitize.CleanText(rejection.Name, 253) + " is deleted"
	answer := failedOutcome(v1alpha1.ReasonGateFailed, message)
	answer.observed = observed
	answer.observation = approvalObservation{approvalCount{RejectedBy: rejection.Spec.Approver}}
	return answer, true
}

// approvalTally counts the approvals of one version for one gate.
type approvalTally struct {
	gate    approvalRequirement
	request Request
	// versionCreated is when the version was created in MLflow, and authenticSince is since
	// when user names are authentic. An approval that is older than either does not count.
	versionCreated, authenticSince time.Time

	// approvers are the users whose approval counts, sorted, each once.
	approvers []v1alpha1.UserName
	// notCounted says of each other approval why it does not count.
	notCounted []string
}

func (t *approvalTally) countApprovals(approvals []v1alpha1.PromotionApproval) {
	for i := range approvals {
		a := &approvals[i]
		if why := t.notCountedReason(a); why != "" {
			t.notCounted = append(t.notCounted, fmt.Sprintf("%s by %s (%s)", sanitize.CleanText(a.Name, 63), formatUser(a.Spec.Approver), why))
			continue
		}
		t.approvers = append(t.approvers, a.Spec.Approver)
	}
	slices.Sort(t.approvers)
	t.approvers = slices.Compact(t.approvers)
}

// notCountedReason says why an approval does not count; empty if it counts. Kubernetes records
// times in whole seconds: an approval of the same second may be older, and does not count.
func (t *approvalTally) notCountedReason(a *v1alpha1.PromotionApproval) string {
	switch created := a.CreationTimestamp.Time; {
	case a.DeletionTimestamp != nil:
		return "it is being deleted"
	case len(t.gate.Approvers) > 0 && !isNamed(t.gate.Approvers, a.Spec.Approver):
		return "not among the approvers"
	case t.gate.excludesRequester() && a.Spec.Approver == t.request.RequestedBy:
		return "requested the version"
	case !created.After(t.authenticSince):
		return "older than the proof that user names are authentic: approve again"
	case a.Spec.Evidence != "":
		return t.evidenceMismatchReason(string(a.Spec.Evidence))
	case !created.After(t.versionCreated):
		return "older than the version in MLflow: approve again"
	case !created.After(t.request.PromotionCreated):
		return "older than the promotion: approve again"
	default:
		return ""
	}
}

// evidenceMismatchReason says why an approval names other evidence than there is; empty if it
// names this. The digest identifies the artifact and the stage, so that no times are compared.
func (t *approvalTally) evidenceMismatchReason(named string) string {
	switch t.request.evidenceDigest {
	case "":
		return "names evidence, which is not known while another gate can't be evaluated"
	case named:
		return ""
	default:
		return "names other evidence"
	}
}

func (t *approvalTally) decide() outcome {
	if t.gate.excludesRequester() && t.request.RequestedBy == "" {
		return t.waitingOutcome("the gate excludes the requester of " + t.request.describeCandidate() +
			", but spec.requestedBy is empty: the requester must write their own user name there")
	}
	if required := t.gate.minApprovals(); len(t.approvers) < required {
		return t.waitingOutcome(t.missingApprovalsMessage(required))
	}
	users := formatUsers(t.approvers, "and")
	answer := passedOutcome(t.request.describeCandidate() + " was approved by " + users)
	answer.observed = users
	answer.approvers = t.approvers
	answer.observation = approvalObservation{approvalCount{Approvers: t.approvers}}
	return answer
}

func (t *approvalTally) waitingOutcome(message string) outcome {
	answer := pendingOutcome(v1alpha1.ReasonWaitingForApproval, message)
	answer.observed = formatUsers(t.approvers, "and")
	answer.observation = approvalObservation{approvalCount{Approvers: t.approvers}}
	return answer
}

// missingApprovalsMessage names the eligible users and the command for them, and then, since it
// may be cut, what did not count.
func (t *approvalTally) missingApprovalsMessage(required int) string {
	message := fmt.Sprintf("%s has %d of %d approvals", t.request.describeCandidate(), len(t.approvers), required)
	if len(t.approvers) > 0 {
		message += " (" + formatUsers(t.approvers, "and") + ")"
	}
	message += "; " + t.describeEligibleApprovers() + " may approve it: " + approvalCommand(t.request)
	if len(t.notCounted) > 0 {
		message += "; not counted: " + joinLimited(t.notCounted, 3, "and")
	}
	return message
}

// describeEligibleApprovers names the users whose approval would count.
func (t *approvalTally) describeEligibleApprovers() string {
	if len(t.gate.Approvers) == 0 {
		users := "any user who can create a PromotionApproval in namespace " + sanitize.CleanText(t.request.Namespace, 63)
		if t.gate.excludesRequester() {
			users += ", except " + formatUser(t.request.RequestedBy) + " who requested it,"
		}
		return users
	}
	left := slices.DeleteFunc(listUsers(t.gate.Approvers), func(u v1alpha1.UserName) bool {
		return slices.Contains(t.approvers, u) || t.gate.excludesRequester() && u == t.request.RequestedBy
	})
	return cmp.Or(formatUsers(left, "or"), "no other user")
}

// whoamiCommand is replaced, by a shell, with the name of the user who runs it.
const whoamiCommand = `'"$(kubectl auth whoami -o jsonpath={.status.userInfo.username})"'`

// approvalCommand returns the command that approves the candidate on this evidence. A person can
// run it unchanged: names of objects and digests have no character that a shell interprets.
func approvalCommand(request Request) string {
	evidence := ""
	if request.evidenceDigest != "" {
		evidence = fmt.Sprintf(`,"evidence":%q`, request.evidenceDigest)
	}
	return fmt.Sprintf(`echo '{"apiVersion":"%s","kind":"PromotionApproval","metadata":{"generateName":"approve-%s-"},`+
		`"spec":{"promotionRef":{"name":"%s"},"version":"%s","decision":"Approve","approver":"%s"%s}}' | kubectl create -n %s -f -`,
		v1alpha1.SchemeGroupVersion, request.Candidate, request.PromotionName, request.Candidate, whoamiCommand, evidence, request.Namespace)
}

// isNamed reports whether a user is among the approvers. A subject of another kind names no user.
func isNamed(approvers []v1alpha1.Subject, user v1alpha1.UserName) bool {
	return slices.Contains(approvers, v1alpha1.Subject{Kind: v1alpha1.SubjectKindUser, Name: string(user)})
}

// listUsers returns the users among the approvers, sorted.
func listUsers(approvers []v1alpha1.Subject) []v1alpha1.UserName {
	var users []v1alpha1.UserName
	for _, approver := range approvers {
		if approver.Kind == v1alpha1.SubjectKindUser {
			users = append(users, v1alpha1.UserName(approver.Name))
		}
	}
	slices.Sort(users)
	return users
}

func formatUser(name v1alpha1.UserName) string {
	return sanitize.CleanText(string(name), 64)
}

// formatUsers lists a few users in words.
func formatUsers(names []v1alpha1.UserName, conjunction string) string {
	var shown []string
	for _, name := range names {
		shown = append(shown, formatUser(name))
	}
	return joinLimited(shown, 5, conjunction)
}

// joinLimited lists the first items in words, and how many more there are.
func joinLimited(items []string, limit int, conjunction string) string {
	if more := len(items) - limit; more > 0 {
		items = append(slices.Clone(items[:limit]), fmt.Sprintf("%d more", more))
	}
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := len(items) - 1
	return strings.Join(items[:last], ", ") + " " + conjunction + " " + items[last]
}

// approvalObservation is what an approval gate counted, in the digest.
type approvalObservation struct {
	Approvals approvalCount `json:"approvals"`
}

type approvalCount struct {
	Approvers  []v1alpha1.UserName `json:"approvers"`
	RejectedBy v1alpha1.UserName   `json:"rejectedBy,omitempty"`
}

// canonicalApproval is an approval gate in the digest.
type canonicalApproval struct {
	Required         int                `json:"required"`
	Approvers        []canonicalSubject `json:"approvers"`
	ExcludeRequester bool               `json:"excludeRequester"`
}

type canonicalSubject struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

func newCanonicalApproval(g v1alpha1.ApprovalGate) canonicalApproval {
	canonical := canonicalApproval{
		Required:         approvalRequirement(g).minApprovals(),
		ExcludeRequester: approvalRequirement(g).excludesRequester(),
	}
	for _, approver := range g.Approvers {
		canonical.Approvers = append(canonical.Approvers, canonicalSubject{Kind: string(approver.Kind), Name: approver.Name})
	}
	slices.SortFunc(canonical.Approvers, func(a, b canonicalSubject) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	canonical.Approvers = slices.Compact(canonical.Approvers)
	return canonical
}
