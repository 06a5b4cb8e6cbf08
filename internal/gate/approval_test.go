// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

var _ = addFullGate("approval", "sha256:ff71ed747a8e1c70ebec1b54b144a2dc4a5a0d850c6fb81efdc4faf75b616a80", func() v1alpha1.Gate {
	return v1alpha1.Gate{Name: "gate", Approval: &v1alpha1.ApprovalGate{
		Required: 2, Approvers: users("alice", "bob"), ExcludeRequester: new(true),
	}}
})

// authenticSince is since when user names are authentic in these tests; the version is older.
var authenticSince = time.Unix(100, 0)

// newApprovalFixture has a ready version 4 and these approvals, each created a second after the one
// before, at a time when names were authentic.
func newApprovalFixture(approvals ...v1alpha1.PromotionApproval) fixture {
	f := fixture{IdentityKey("news"): authenticSince}
	f.addVersion("4")
	for i := range approvals {
		if a := &approvals[i]; a.CreationTimestamp.IsZero() {
			a.CreationTimestamp = metav1.Unix(200+int64(i), 0)
		}
	}
	f[ApprovalsKey("to-production")] = approvals
	return f
}

func newApproval(user v1alpha1.UserName, decision v1alpha1.ApprovalDecision) v1alpha1.PromotionApproval {
	return v1alpha1.PromotionApproval{
		ObjectMeta: metav1.ObjectMeta{Name: "of-" + string(user)},
		Spec:       v1alpha1.PromotionApprovalSpec{Version: "4", Decision: decision, Approver: user},
	}
}

func newApprove(user v1alpha1.UserName) v1alpha1.PromotionApproval {
	return newApproval(user, v1alpha1.DecisionApprove)
}

func newReject(user v1alpha1.UserName) v1alpha1.PromotionApproval {
	return newApproval(user, v1alpha1.DecisionReject)
}

func withChange(a v1alpha1.PromotionApproval, change func(*v1alpha1.PromotionApproval)) v1alpha1.PromotionApproval {
	change(&a)
	return a
}

func withDeletion(a *v1alpha1.PromotionApproval) { a.DeletionTimestamp = &metav1.Time{} }

func withCreation(seconds int64) func(*v1alpha1.PromotionApproval) {
	return func(a *v1alpha1.PromotionApproval) { a.CreationTimestamp = metav1.Unix(seconds, 0) }
}

func withEvidence(digest string) func(*v1alpha1.PromotionApproval) {
	return func(a *v1alpha1.PromotionApproval) { a.Spec.Evidence = v1alpha1.EvidenceDigest(digest) }
}

func newApprovalGate(g v1alpha1.ApprovalGate) v1alpha1.Gate {
	return v1alpha1.Gate{Name: "sign-off", Approval: &g}
}

// digestWithoutGates is the evidence of the built-in checks alone.
func digestWithoutGates(t *testing.T) string {
	t.Helper()
	return newApprovalFixture().evaluate(t, newRequest()).EvidenceDigest()
}

// approvalCommandFor is the command in a message.
func approvalCommandFor(digest string) string {
	return `echo '{"apiVersion":"registry.mlflow-operator.io/v1alpha1","kind":"PromotionApproval","metadata":{"generateName":"approve-4-"},` +
		`"spec":{"promotionRef":{"name":"to-production"},"version":"4","decision":"Approve","approver":"` + whoamiCommand +
		`","evidence":"` + digest + `"}}' | kubectl create -n news -f -`
}

func TestApprovalGate(t *testing.T) {
	digest := digestWithoutGates(t)
	run := approvalCommandFor(digest)
	anyUser := v1alpha1.ApprovalGate{}
	two := v1alpha1.ApprovalGate{Required: 2}
	aliceOrBob := v1alpha1.ApprovalGate{Approvers: users("bob", "alice")}
	fourEyes := v1alpha1.ApprovalGate{ExcludeRequester: new(true)}
	bothButRequester := v1alpha1.ApprovalGate{
		Required: 2, Approvers: users("alice", "bob", "carol"), ExcludeRequester: new(true),
	}
	const stopped = ", and is blocked until PromotionApproval of-mallory is deleted (gate sign-off)"
	for name, test := range map[string]struct {
		gate   v1alpha1.ApprovalGate
		setup  fixture
		change func(*Request)
		want   string
	}{
		"no approval yet": {
			anyUser, newApprovalFixture(), nil, "Pending WaitingForApproval: version 4 has 0 of 1 approvals; " +
				"any user who can create a PromotionApproval in namespace news may approve it: " + run + " (gate sign-off)",
		},
		"one approval is enough where one is required": {
			anyUser, newApprovalFixture(newApprove("alice")), nil,
			"Passed: version 4 was approved by alice (gate sign-off)",
		},
		"two people are named in order": {
			two, newApprovalFixture(newApprove("bob"), newApprove("alice")), nil, "Passed: version 4 was approved by alice and bob (gate sign-off)",
		},
		"one person counts once": {
			two,
			newApprovalFixture(newApprove("alice"), withChange(newApprove("alice"), func(a *v1alpha1.PromotionApproval) { a.Name = "again" })), nil,
			"Pending WaitingForApproval: version 4 has 1 of 2 approvals (alice); " +
				"any user who can create a PromotionApproval in namespace news may approve it: " + run + " (gate sign-off)",
		},
		"a user who is not an approver does not count": {
			aliceOrBob, newApprovalFixture(newApprove("carol")), nil, "Pending WaitingForApproval: version 4 has 0 of 1 approvals; " +
				"alice or bob may approve it: " + run + "; not counted: of-carol by carol (not among the approvers) (gate sign-off)",
		},
		"an approval of another version is not mentioned": {
			anyUser, newApprovalFixture(withChange(newApprove("alice"), func(a *v1alpha1.PromotionApproval) { a.Spec.Version = "3" })), nil,
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; " +
				"any user who can create a PromotionApproval in namespace news may approve it: " + run + " (gate sign-off)",
		},
		"the evidence that is named is the evidence that there is": {
			anyUser, newApprovalFixture(withChange(newApprove("alice"), withEvidence(digest))), nil,
			"Passed: version 4 was approved by alice (gate sign-off)",
		},
		"other evidence is named": {
			aliceOrBob, newApprovalFixture(withChange(newApprove("alice"), withEvidence("sha256:0"))), nil,
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; alice or bob may approve it: " + run +
				"; not counted: of-alice by alice (names other evidence) (gate sign-off)",
		},
		"an approval that may be older than the version": {
			aliceOrBob, func() fixture {
				f := newApprovalFixture(withChange(newApprove("alice"), withCreation(200)))
				f.addVersion("4").CreationTimestamp = 200_000
				return f
			}(), nil,
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; alice or bob may approve it: DIGEST" +
				"; not counted: of-alice by alice (older than the version in MLflow: approve again) (gate sign-off)",
		},
		"an approval that may be older than the promotion": {
			aliceOrBob, newApprovalFixture(newApprove("alice")), func(request *Request) { request.PromotionCreated = time.Unix(200, 0) },
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; alice or bob may approve it: " + run +
				"; not counted: of-alice by alice (older than the promotion: approve again) (gate sign-off)",
		},
		"an approval of the very evidence, whatever the clocks say": {
			aliceOrBob, newApprovalFixture(withChange(newApprove("alice"), withEvidence(digest))),
			func(request *Request) { request.PromotionCreated = time.Unix(300, 0) },
			"Passed: version 4 was approved by alice (gate sign-off)",
		},
		"an approval that may be older than the policy": {
			aliceOrBob, newApprovalFixture(withChange(newApprove("alice"), withCreation(100))), nil,
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; alice or bob may approve it: " + run +
				"; not counted: of-alice by alice (older than the proof that user names are authentic: approve again) (gate sign-off)",
		},
		"an approval of the second after the policy": {
			aliceOrBob, newApprovalFixture(withChange(newApprove("alice"), withCreation(101))), nil,
			"Passed: version 4 was approved by alice (gate sign-off)",
		},
		"an approval that is going away": {
			aliceOrBob, newApprovalFixture(withChange(newApprove("alice"), withDeletion)), nil,
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; alice or bob may approve it: " + run +
				"; not counted: of-alice by alice (it is being deleted) (gate sign-off)",
		},
		"a rejection is stronger than approvals": {
			anyUser,
			newApprovalFixture(newApprove("alice"), withChange(newReject("mallory"), func(a *v1alpha1.PromotionApproval) {
				a.Spec.Reason = "it\nleaks"
			})), nil,
			"Failed GateFailed: version 4 was rejected by mallory (it leaks)" + stopped,
		},
		"a rejection needs no proof, no list and no evidence": {
			aliceOrBob, func() fixture {
				f := newApprovalFixture(withChange(newReject("mallory"), withEvidence("sha256:0")))
				f[IdentityKey("news")] = unreadableValue("no policy")
				return f
			}(), nil,
			"Failed GateFailed: version 4 was rejected by mallory" + stopped,
		},
		"a rejection that is going away counts until it is gone": {
			anyUser, newApprovalFixture(withChange(newReject("bob"), withDeletion)), nil,
			"Failed GateFailed: version 4 was rejected by bob, and is blocked until PromotionApproval of-bob is deleted (gate sign-off)",
		},
		"names that are not authentic count for nothing": {
			anyUser, func() fixture {
				f := newApprovalFixture(newApprove("alice"))
				f[IdentityKey("news")] = unreadableValue("no ValidatingAdmissionPolicy holds them")
				return f
			}(), nil, "Error GateError: no approval counts: no ValidatingAdmissionPolicy holds them (gate sign-off)",
		},
		"approvals that can't be read": {
			anyUser, func() fixture {
				f := newApprovalFixture()
				f[ApprovalsKey("to-production")] = unreadableValue("timeout")
				return f
			}(), nil, "Error GateError: the approvals of promotion to-production could not be read: timeout (gate sign-off)",
		},
		"the requester does not count": {
			fourEyes, newApprovalFixture(newApprove("alice")), func(request *Request) { request.RequestedBy = "alice" },
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; any user who can create a PromotionApproval in namespace news, " +
				"except alice who requested it, may approve it: " + run + "; not counted: of-alice by alice (requested the version) (gate sign-off)",
		},
		"another user approves": {
			fourEyes, newApprovalFixture(newApprove("alice"), newApprove("bob")), func(request *Request) { request.RequestedBy = "alice" },
			"Passed: version 4 was approved by bob (gate sign-off)",
		},
		"the requester is unknown": {
			fourEyes, newApprovalFixture(newApprove("bob")), nil, "Pending WaitingForApproval: the gate excludes the requester of version 4, but " +
				"spec.requestedBy is empty: the requester must write their own user name there (gate sign-off)",
		},
		"the requester is not listed as an approver": {
			bothButRequester, newApprovalFixture(newApprove("carol")), func(request *Request) { request.RequestedBy = "alice" },
			"Pending WaitingForApproval: version 4 has 1 of 2 approvals (carol); bob may approve it: " + run + " (gate sign-off)",
		},
		"a version that returns needs no approval": {
			anyUser, newApprovalFixture(), func(request *Request) { request.PriorTenureReason = "it was here before" },
			"Pending: not evaluated (gate sign-off); exempt: it was here before, so it need not be approved again",
		},
		"a version that returns and was rejected": {
			anyUser, newApprovalFixture(newReject("bob")), func(request *Request) { request.PriorTenureReason = "it was here before" },
			"Failed GateFailed: version 4 was rejected by bob, and is blocked until PromotionApproval of-bob is deleted (gate sign-off)",
		},
		"a version that is put back needs no approval": {
			anyUser, newApprovalFixture(newReject("bob")), func(request *Request) {
				request.PriorTenureReason, request.BackwardExemption = "it was here before", "it is recorded"
			},
			"Pending: not evaluated (gate sign-off); exempt: it was here before, so it need not be approved again",
		},
		"a version that does not exist": {
			anyUser, func() fixture {
				f := newApprovalFixture(newApprove("alice"))
				delete(f, VersionKey("sentiment", "4"))
				return f
			}(), nil,
			"Failed GateFailed: version 4 of model sentiment does not exist (gate sign-off)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			request := newRequest(newApprovalGate(test.gate))
			if test.change != nil {
				test.change(&request)
			}
			result := test.setup.evaluate(t, request)
			want := strings.Replace(test.want, "DIGEST", approvalCommandFor(result.EvidenceDigest()), 1)
			if diff := cmp.Diff(want, formatLastGate(result)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestApproversInResult: the history and the evidence tag name them.
func TestApproversInResult(t *testing.T) {
	legal := v1alpha1.Gate{Name: "legal", Approval: &v1alpha1.ApprovalGate{Approvers: users("bob")}}
	gates := []v1alpha1.Gate{newApprovalGate(v1alpha1.ApprovalGate{}), legal}
	result := newApprovalFixture(newApprove("bob"), newApprove("alice")).evaluate(t, newRequest(gates...))
	if diff := cmp.Diff([]v1alpha1.UserName{"alice", "bob"}, result.Approvers()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i, want := range []string{"alice and bob, of 1 approval", "bob, of 1 approval by bob"} {
		g := result.Gates[len(result.Gates)-2+i]
		if got := g.Observed + ", of " + g.Expected; got != want {
			t.Errorf("observed %s, want %s", got, want)
		}
	}
	waiting := newApprovalFixture().evaluate(t, newRequest(gates...))
	if got := waiting.Approvers(); len(got) != 0 {
		t.Errorf("%v approved", got)
	}
}

// users are subjects of kind User.
func users(names ...v1alpha1.UserName) []v1alpha1.Subject {
	var subjects []v1alpha1.Subject
	for _, name := range names {
		subjects = append(subjects, v1alpha1.Subject{Kind: v1alpha1.SubjectKindUser, Name: string(name)})
	}
	return subjects
}

func newTagExistsGate(key string) v1alpha1.Gate {
	return v1alpha1.Gate{Name: key, Metric: &v1alpha1.MetricGate{Key: key, Operator: v1alpha1.GreaterThan, Threshold: "0.5"}}
}

// TestApprovalMessageLimit: with long user names the message is within its bound, and the command
// in it is complete.
func TestApprovalMessageLimit(t *testing.T) {
	g := v1alpha1.ApprovalGate{Required: 10}
	var approvals []v1alpha1.PromotionApproval
	for i := range 64 {
		name := v1alpha1.UserName(fmt.Sprintf("%s%02d", strings.Repeat("n", 200), i))
		g.Approvers = append(g.Approvers, users(name)...)
		approvals = append(approvals, withChange(newApprove(name), withEvidence("sha256:0")))
	}
	gateResult := newApprovalFixture(approvals...).evaluate(t, newRequest(newApprovalGate(g))).Gates[2]
	if len([]rune(gateResult.Message)) > maxMessageLength ||
		!strings.Contains(gateResult.Message, "| kubectl create -n news -f -; not counted: ") {
		t.Errorf("%d: %s", len(gateResult.Message), gateResult.Message)
	}
}
