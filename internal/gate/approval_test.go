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

// authenticSince is since when user names are in these tests; the version is older.
var authenticSince = time.Unix(100, 0)

// newApprovalFixture is a world with a ready version 4 and these approvals, each created a second after
// the one before, when names had long been authentic.
func newApprovalFixture(approvals ...v1alpha1.PromotionApproval) fixture {
	w := fixture{IdentityKey("news"): authenticSince}
	w.addVersion("4")
	for i := range approvals {
		if a := &approvals[i]; a.CreationTimestamp.IsZero() {
			a.CreationTimestamp = metav1.Unix(200+int64(i), 0)
		}
	}
	w[ApprovalsKey("to-production")] = approvals
	return w
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

func withCreation(seconds int64) func(*v1alpha1.PromotionApproval) {
	return func(a *v1alpha1.PromotionApproval) { a.CreationTimestamp = metav1.Unix(seconds, 0) }
}

func withEvidence(digest string) func(*v1alpha1.PromotionApproval) {
	return func(a *v1alpha1.PromotionApproval) { a.Spec.Evidence = v1alpha1.EvidenceDigest(digest) }
}

func newApprovalGate(g v1alpha1.ApprovalGate) v1alpha1.Gate {
	return v1alpha1.Gate{Name: "sign-off", Approval: &g}
}

// digestWithoutGates is the evidence where no other gate but the built-in ones is asked.
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
	anybody := v1alpha1.ApprovalGate{}
	two := v1alpha1.ApprovalGate{Required: 2}
	aliceOrBob := v1alpha1.ApprovalGate{Approvers: users("bob", "alice")}
	fourEyes := v1alpha1.ApprovalGate{ExcludeRequester: new(true)}
	bothButRequester := v1alpha1.ApprovalGate{
		Required: 2, Approvers: users("alice", "bob", "carol"), ExcludeRequester: new(true),
	}
	const stopped = ", and stays out until PromotionApproval of-mallory is deleted (gate sign-off)"
	for name, test := range map[string]struct {
		gate   v1alpha1.ApprovalGate
		world  fixture
		change func(*Request)
		want   string
	}{
		"nobody has approved yet": {
			anybody, newApprovalFixture(), nil, "Pending WaitingForApproval: version 4 has 0 of 1 approvals; " +
				"whoever may create a PromotionApproval in namespace news may approve it: " + run + " (gate sign-off)",
		},
		"one approval is enough where one is required": {
			anybody, newApprovalFixture(newApprove("alice")), nil, "Passed: version 4 was approved by alice (gate sign-off)",
		},
		"two people are named in order": {
			two, newApprovalFixture(newApprove("bob"), newApprove("alice")), nil, "Passed: version 4 was approved by alice and bob (gate sign-off)",
		},
		"one person counts once": {
			two, newApprovalFixture(newApprove("alice"), withChange(newApprove("alice"), func(a *v1alpha1.PromotionApproval) { a.Name = "again" })), nil,
			"Pending WaitingForApproval: version 4 has 1 of 2 approvals (alice); " +
				"whoever may create a PromotionApproval in namespace news may approve it: " + run + " (gate sign-off)",
		},
		"who is not in the list does not count": {
			aliceOrBob, newApprovalFixture(newApprove("carol")), nil, "Pending WaitingForApproval: version 4 has 0 of 1 approvals; " +
				"alice or bob may approve it: " + run + "; not counted: of-carol by carol (not among the approvers) (gate sign-off)",
		},
		"another version's approval is not spoken of": {
			anybody, newApprovalFixture(withChange(newApprove("alice"), func(a *v1alpha1.PromotionApproval) { a.Spec.Version = "3" })), nil,
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; " +
				"whoever may create a PromotionApproval in namespace news may approve it: " + run + " (gate sign-off)",
		},
		"the evidence that is named is the evidence that there is": {
			anybody, newApprovalFixture(withChange(newApprove("alice"), withEvidence(digest))), nil, "Passed: version 4 was approved by alice (gate sign-off)",
		},
		"other evidence is named": {
			aliceOrBob, newApprovalFixture(withChange(newApprove("alice"), withEvidence("sha256:0"))), nil,
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; alice or bob may approve it: " + run +
				"; not counted: of-alice by alice (names other evidence) (gate sign-off)",
		},
		"an approval that may be older than the version": {
			aliceOrBob, func() fixture {
				w := newApprovalFixture(withChange(newApprove("alice"), withCreation(200)))
				w.addVersion("4").CreationTimestamp = 200_000
				return w
			}(), nil,
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; alice or bob may approve it: DIGEST" +
				"; not counted: of-alice by alice (older than the version in MLflow: approve again) (gate sign-off)",
		},
		"an approval that may be older than the promotion": {
			aliceOrBob, newApprovalFixture(newApprove("alice")), func(m *Request) { m.PromotionCreated = time.Unix(200, 0) },
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; alice or bob may approve it: " + run +
				"; not counted: of-alice by alice (older than the promotion: approve again) (gate sign-off)",
		},
		"an approval of the very evidence, whatever the clocks say": {
			aliceOrBob, newApprovalFixture(withChange(newApprove("alice"), withEvidence(digest))), func(m *Request) { m.PromotionCreated = time.Unix(300, 0) },
			"Passed: version 4 was approved by alice (gate sign-off)",
		},
		"an approval that may be older than the policy": {
			aliceOrBob, newApprovalFixture(withChange(newApprove("alice"), withCreation(100))), nil,
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; alice or bob may approve it: " + run +
				"; not counted: of-alice by alice (older than the proof that user names are authentic: approve again) (gate sign-off)",
		},
		"an approval of the second after the policy": {
			aliceOrBob, newApprovalFixture(withChange(newApprove("alice"), withCreation(101))), nil, "Passed: version 4 was approved by alice (gate sign-off)",
		},
		"an approval that is going away": {
			aliceOrBob, newApprovalFixture(withChange(newApprove("alice"), func(a *v1alpha1.PromotionApproval) { a.DeletionTimestamp = &metav1.Time{} })), nil,
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; alice or bob may approve it: " + run +
				"; not counted: of-alice by alice (it is being deleted) (gate sign-off)",
		},
		"a rejection is stronger than approvals": {
			anybody, newApprovalFixture(newApprove("alice"), withChange(newReject("mallory"), func(a *v1alpha1.PromotionApproval) { a.Spec.Reason = "it\nleaks" })), nil,
			"Failed GateFailed: version 4 was rejected by mallory (it leaks)" + stopped,
		},
		"a rejection needs no proof, no list and no evidence": {
			aliceOrBob, func() fixture {
				w := newApprovalFixture(withChange(newReject("mallory"), withEvidence("sha256:0")))
				w[IdentityKey("news")] = unreadableValue("no policy")
				return w
			}(), nil,
			"Failed GateFailed: version 4 was rejected by mallory" + stopped,
		},
		"a rejection that is going away counts until it is gone": {
			anybody, newApprovalFixture(withChange(newReject("bob"), func(a *v1alpha1.PromotionApproval) { a.DeletionTimestamp = &metav1.Time{} })), nil,
			"Failed GateFailed: version 4 was rejected by bob, and stays out until PromotionApproval of-bob is deleted (gate sign-off)",
		},
		"names that are not authentic count for nothing": {
			anybody, func() fixture {
				w := newApprovalFixture(newApprove("alice"))
				w[IdentityKey("news")] = unreadableValue("no ValidatingAdmissionPolicy holds them")
				return w
			}(), nil, "Error GateError: no approval counts: no ValidatingAdmissionPolicy holds them (gate sign-off)",
		},
		"approvals that can't be read": {
			anybody, func() fixture {
				w := newApprovalFixture()
				w[ApprovalsKey("to-production")] = unreadableValue("timeout")
				return w
			}(), nil, "Error GateError: the approvals of promotion to-production could not be read: timeout (gate sign-off)",
		},
		"who asks does not approve": {
			fourEyes, newApprovalFixture(newApprove("alice")), func(m *Request) { m.RequestedBy = "alice" },
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; whoever may create a PromotionApproval in namespace news, " +
				"but alice who asked for it, may approve it: " + run + "; not counted: of-alice by alice (asked for the version) (gate sign-off)",
		},
		"somebody else approves": {
			fourEyes, newApprovalFixture(newApprove("alice"), newApprove("bob")), func(m *Request) { m.RequestedBy = "alice" },
			"Passed: version 4 was approved by bob (gate sign-off)",
		},
		"nobody says who asks": {
			fourEyes, newApprovalFixture(newApprove("bob")), nil, "Pending WaitingForApproval: the gate excludes who asked for version 4, and " +
				"spec.requestedBy names nobody: whoever wants the version writes their own user name there (gate sign-off)",
		},
		"who asks is taken off the list": {
			bothButRequester, newApprovalFixture(newApprove("carol")), func(m *Request) { m.RequestedBy = "alice" },
			"Pending WaitingForApproval: version 4 has 1 of 2 approvals (carol); bob may approve it: " + run + " (gate sign-off)",
		},
		"a version that returns needs no approval": {
			anybody, newApprovalFixture(), func(m *Request) { m.PriorHolderReason = "it was here before" },
			"Pending: not evaluated (gate sign-off); exempt: it was here before, so it need not be approved again",
		},
		"a version that returns and was rejected": {
			anybody, newApprovalFixture(newReject("bob")), func(m *Request) { m.PriorHolderReason = "it was here before" },
			"Failed GateFailed: version 4 was rejected by bob, and stays out until PromotionApproval of-bob is deleted (gate sign-off)",
		},
		"a version that is put back is not asked about": {
			anybody, newApprovalFixture(newReject("bob")), func(m *Request) { m.PriorHolderReason, m.BackwardExemption = "it was here before", "it is recorded" },
			"Pending: not evaluated (gate sign-off); exempt: it was here before, so it need not be approved again",
		},
		"a version that does not exist": {
			anybody, func() fixture {
				w := newApprovalFixture(newApprove("alice"))
				delete(w, VersionKey("sentiment", "4"))
				return w
			}(), nil,
			"Failed GateFailed: version 4 of model sentiment does not exist (gate sign-off)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newRequest(newApprovalGate(test.gate))
			if test.change != nil {
				test.change(&m)
			}
			evaluation := test.world.evaluate(t, m)
			want := strings.Replace(test.want, "DIGEST", approvalCommandFor(evaluation.EvidenceDigest()), 1)
			if diff := cmp.Diff(want, formatLastGate(evaluation)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestApproversInResult: what history and tag say of them.
func TestApproversInResult(t *testing.T) {
	legal := v1alpha1.Gate{Name: "legal", Approval: &v1alpha1.ApprovalGate{Approvers: users("bob")}}
	gates := []v1alpha1.Gate{newApprovalGate(v1alpha1.ApprovalGate{}), legal}
	evaluation := newApprovalFixture(newApprove("bob"), newApprove("alice")).evaluate(t, newRequest(gates...))
	if diff := cmp.Diff([]v1alpha1.UserName{"alice", "bob"}, evaluation.Approvers()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i, want := range []string{"alice and bob, of 1 approval", "bob, of 1 approval by bob"} {
		v := evaluation.Gates[len(evaluation.Gates)-2+i]
		if got := v.Observed + ", of " + v.Expected; got != want {
			t.Errorf("observed %s, want %s", got, want)
		}
	}
	waiting := newApprovalFixture().evaluate(t, newRequest(gates...))
	if got := waiting.Approvers(); len(got) != 0 {
		t.Errorf("%v approved", got)
	}
}

// TestEvidenceDigest: an approval names what the other gates saw, and nothing that changes
// by approving.
func TestEvidenceDigest(t *testing.T) {
	m := newRequest(newApprovalGate(v1alpha1.ApprovalGate{}), newTagExistsGate("accuracy"))
	w := newApprovalFixture()
	w.addRunVersion("4", runA, newPoint("accuracy", "0.9"))
	before := w.evaluate(t, m)
	w[ApprovalsKey("to-production")] = newApprovalFixture(newApprove("alice"), withChange(newReject("bob"), withCreation(5)))[ApprovalsKey("to-production")]
	if after := w.evaluate(t, m); after.EvidenceDigest() != before.EvidenceDigest() || after.Digest() == before.Digest() {
		t.Error("the evidence changed by approving, or the digest of the history did not")
	}
	if len(before.EvidenceDigest()) != len("sha256:")+64 {
		t.Errorf("the digest is %q", before.EvidenceDigest())
	}
	seen := map[string]string{before.EvidenceDigest(): "0.9"}
	for what, change := range map[string]func(){
		"another value":       func() { w.addRunVersion("4", runA, newPoint("accuracy", "0.91")) },
		"a value that fails":  func() { w.addRunVersion("4", runA, newPoint("accuracy", "0.1")) },
		"another artifact":    func() { w.addVersion("4").CreationTimestamp = 300 },
		"another run":         func() { w.addRunVersion("4", runB, newPoint("accuracy", "0.9")) },
		"another expectation": func() { m.Gates[1].Gate.Metric.Threshold = "0.05" },
		"another stage":       func() { m.Stage, m.Alias = "staging", "staging" },
	} {
		change()
		digest := w.evaluate(t, m).EvidenceDigest()
		if other, found := seen[digest]; found {
			t.Errorf("%s gives the same digest as %s", what, other)
		}
		seen[digest] = what
	}
	w[RunKey(runB)], w[RunKey(runA)] = unreadableValue("timeout"), unreadableValue("timeout")
	if digest := w.evaluate(t, m).EvidenceDigest(); digest != "" {
		t.Errorf("the digest is %q while a gate can't be asked", digest)
	}
}

// TestEvidenceDigestOfWhatIsExempt: an approval stands when the soak ends, and when somebody
// overrides a gate, or the operator does not enforce it.
func TestEvidenceDigestOfWhatIsExempt(t *testing.T) {
	m := newRequest(newTagExistsGate("accuracy"), newApprovalGate(v1alpha1.ApprovalGate{}))
	m.BaselineVersion, m.RequiredSoakTime, m.Now, m.PromotesFrom = "", "24h", noon, []v1alpha1.StageName{"staging"}
	m.PromotedStages = map[v1alpha1.StageName]bool{"staging": true}
	m.StageTenures = map[v1alpha1.StageName][]Tenure{"staging": {{Since: noon}}}
	w := newApprovalFixture()
	w.addRunVersion("4", runA, newPoint("accuracy", "0.1"))
	want := w.evaluate(t, m).EvidenceDigest()
	w[ApprovalsKey("to-production")] = newApprovalFixture(withChange(newApprove("alice"), withEvidence(want)))[ApprovalsKey("to-production")]
	for name, change := range map[string]func(*Request){
		"nothing":  func(*Request) {},
		"soaked":   func(m *Request) { m.Now = noon.Add(48 * time.Hour) },
		"no soak":  func(m *Request) { m.RequiredSoakTime = "" },
		"switched": func(m *Request) { m.NotEnforcedReason = notEnforced },
		"overridden": func(m *Request) {
			m.Override = &Override{Version: "4", Gates: []string{"accuracy", "required-soak-time"}, Reason: "wrong split"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := m
			change(&m)
			evaluation := w.evaluate(t, m)
			if got := evaluation.EvidenceDigest(); got != want {
				t.Errorf("another digest, of %v", evaluation.Gates)
			}
			if got := formatLastGate(evaluation); got != "Passed: version 4 was approved by alice (gate sign-off)" {
				t.Error(got)
			}
		})
	}
}

// TestOverrideOfApproval: where the stage lets a person override, that goes for the people
// who have not approved, and for a no; not where nobody knows who said what.
func TestOverrideOfApproval(t *testing.T) {
	m := newRequest(newApprovalGate(v1alpha1.ApprovalGate{}))
	m.Override = &Override{Version: "4", Gates: []string{"sign-off"}, Reason: "all are on holiday"}
	unread := newApprovalFixture()
	unread[ApprovalsKey("to-production")] = unreadableValue("timeout")
	const rejected = "version 4 was rejected by bob, and stays out until PromotionApproval of-bob is deleted (gate sign-off)"
	for name, test := range map[string]struct {
		world      fixture
		want       v1alpha1.GateResult
		wantPassed string
	}{
		"nobody approved":    {newApprovalFixture(), v1alpha1.GatePending, "; overridden: all are on holiday"},
		"somebody said no":   {newApprovalFixture(newReject("bob")), v1alpha1.GateFailed, rejected + "; overridden: all are on holiday"},
		"nobody can be read": {unread, v1alpha1.GateError, ""},
	} {
		t.Run(name, func(t *testing.T) {
			evaluation := test.world.evaluate(t, m)
			gateResult := evaluation.Gates[len(evaluation.Gates)-1]
			if gateResult.Result != test.want || evaluation.HasPassed() != (test.wantPassed != "") ||
				!strings.HasSuffix(gateResult.Message, test.wantPassed) || len(evaluation.Approvers()) > 0 {
				t.Errorf("%+v", gateResult)
			}
		})
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

// TestApprovalMessageLimit: whatever they are called, the message keeps within its bound, and the
// command in it is whole.
func TestApprovalMessageLimit(t *testing.T) {
	g := v1alpha1.ApprovalGate{Required: 10}
	var approvals []v1alpha1.PromotionApproval
	for i := range 64 {
		name := v1alpha1.UserName(fmt.Sprintf("%s%02d", strings.Repeat("n", 200), i))
		g.Approvers = append(g.Approvers, users(name)...)
		approvals = append(approvals, withChange(newApprove(name), withEvidence("sha256:0")))
	}
	gateResult := newApprovalFixture(approvals...).evaluate(t, newRequest(newApprovalGate(g))).Gates[2]
	if len([]rune(gateResult.Message)) > maxMessageLength || !strings.Contains(gateResult.Message, "| kubectl create -n news -f -; not counted: ") {
		t.Errorf("%d: %s", len(gateResult.Message), gateResult.Message)
	}
}
