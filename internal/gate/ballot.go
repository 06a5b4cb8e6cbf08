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

// ballot counts the approvals of one version for one gate.
type ballot struct {
	gate v1alpha1.ApprovalGate
	move Move
	// digest is what an approval that names evidence must name; empty while it is not known.
	digest string
	// registered is when the version was created in MLflow, since when user names have been
	// authentic. What is older than either is void.
	registered, since time.Time

	// yes are the users whose approval counts, sorted, each once.
	yes []v1alpha1.UserName
	// void says of each other approval why it does not.
	void []string
}

func (b *ballot) count(approvals []v1alpha1.PromotionApproval) {
	for i := range approvals {
		a := &approvals[i]
		if why := b.isVoid(a); why != "" {
			b.void = append(b.void, fmt.Sprintf("%s by %s (%s)", clean(a.Name, 63), showUser(a.Spec.Approver), why))
			continue
		}
		b.yes = append(b.yes, a.Spec.Approver)
	}
	slices.Sort(b.yes)
	b.yes = slices.Compact(b.yes)
}

// isVoid says why an approval does not count; empty when it does. Kubernetes tells times in
// whole seconds: what may have been earlier was earlier.
func (b *ballot) isVoid(a *v1alpha1.PromotionApproval) string {
	switch created := a.CreationTimestamp.Time; {
	case a.DeletionTimestamp != nil:
		return "it is being deleted"
	case len(b.gate.Approvers) > 0 && !slices.Contains(b.gate.Approvers, a.Spec.Approver):
		return "not among the approvers"
	case b.excludesRequester() && a.Spec.Approver == b.move.RequestedBy:
		return "asked for the version"
	case !created.After(b.since):
		return "older than the proof that user names are authentic: approve again"
	case a.Spec.Evidence != "":
		return b.isOther(string(a.Spec.Evidence))
	case !created.After(b.registered):
		return "older than the version in MLflow: approve again"
	case !created.After(b.move.PromotionCreated):
		return "older than the promotion: approve again"
	default:
		return ""
	}
}

// isOther says why named evidence is not that which there is. Where it is, it tells more than
// any time: which artifact is meant, and for which stage.
func (b *ballot) isOther(named string) string {
	switch {
	case b.digest == "":
		return "names evidence, which is not known while another gate can't be asked"
	case named != b.digest:
		return "names other evidence"
	default:
		return ""
	}
}

func (b *ballot) excludesRequester() bool {
	return b.gate.ExcludeRequester != nil && *b.gate.ExcludeRequester
}

func (b *ballot) finding() finding {
	if b.excludesRequester() && b.move.RequestedBy == "" {
		return b.waits("the gate excludes who asked for " + b.move.noun() + ", and spec.requestedBy names nobody: " +
			"whoever wants the version writes their own user name there")
	}
	required := requiredOf(b.gate)
	if len(b.yes) < required {
		return b.waits(b.missing(required))
	}
	f := passed(b.move.noun() + " was approved by " + showUsers(b.yes, "and"))
	f.observed = showUsers(b.yes, "and")
	f.approvers = b.yes
	return f
}

func (b *ballot) waits(sentence string) finding {
	return finding{
		result: v1alpha1.GatePending, reason: v1alpha1.ReasonWaitingForApproval,
		sentence: sentence, observed: showUsers(b.yes, "and"),
	}
}

// missing names who may approve and the command that does it, and then, since it may be
// cut, what did not count.
func (b *ballot) missing(required int) string {
	sentence := fmt.Sprintf("%s has %d of %d approvals", b.move.noun(), len(b.yes), required)
	if len(b.yes) > 0 {
		sentence += " (" + showUsers(b.yes, "and") + ")"
	}
	sentence += "; " + b.whoMay() + " may approve it: " + command(b.move, b.digest)
	if len(b.void) > 0 {
		sentence += "; not counted: " + listed(b.void, 3, "and")
	}
	return sentence
}

// whoMay are those whose approval would help.
func (b *ballot) whoMay() string {
	if len(b.gate.Approvers) == 0 {
		anybody := "whoever may create a PromotionApproval in namespace " + clean(b.move.Namespace, 63)
		if b.excludesRequester() {
			anybody += ", but " + showUser(b.move.RequestedBy) + " who asked for it,"
		}
		return anybody
	}
	left := slices.DeleteFunc(slices.Clone(b.gate.Approvers), func(u v1alpha1.UserName) bool {
		return slices.Contains(b.yes, u) || b.excludesRequester() && u == b.move.RequestedBy
	})
	if len(left) == 0 {
		return "nobody else"
	}
	slices.Sort(left)
	return showUsers(left, "or")
}

func requiredOf(g v1alpha1.ApprovalGate) int {
	return max(1, int(g.Required))
}

// approvalDemand is what the gate expects.
func approvalDemand(g v1alpha1.ApprovalGate) string {
	demand := "1 approval"
	if required := requiredOf(g); required > 1 {
		demand = fmt.Sprintf("%d approvals", required)
	}
	if len(g.Approvers) > 0 {
		approvers := slices.Clone(g.Approvers)
		slices.Sort(approvers)
		demand += " by " + showUsers(approvers, "or")
	}
	if g.ExcludeRequester != nil && *g.ExcludeRequester {
		demand += ", not by who asked for the version"
	}
	return demand
}

func showUser(name v1alpha1.UserName) string {
	return clean(string(name), 64)
}

// showUsers lists a few users in words.
func showUsers(names []v1alpha1.UserName, conjunction string) string {
	var shown []string
	for _, name := range names {
		shown = append(shown, showUser(name))
	}
	return listed(shown, 5, conjunction)
}

// listed lists a few things in words, and how many there are more.
func listed(all []string, limit int, conjunction string) string {
	if more := len(all) - limit; more > 0 {
		all = append(slices.Clone(all[:limit]), fmt.Sprintf("%d more", more))
	}
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " " + conjunction + " " + all[last]
}
