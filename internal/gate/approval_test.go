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

// authentic is since when user names are in these tests; the version is older.
var authentic = time.Unix(100, 0)

// people is a world with a ready version 4 and these approvals, each created a second after
// the one before, when names had long been authentic.
func people(approvals ...v1alpha1.PromotionApproval) world {
	w := world{IdentityRef("news"): authentic}
	w.version("4")
	for i := range approvals {
		if a := &approvals[i]; a.CreationTimestamp.IsZero() {
			a.CreationTimestamp = metav1.Unix(200+int64(i), 0)
		}
	}
	w[ApprovalsRef("to-production")] = approvals
	return w
}

func says(user v1alpha1.UserName, decision v1alpha1.ApprovalDecision) v1alpha1.PromotionApproval {
	return v1alpha1.PromotionApproval{
		ObjectMeta: metav1.ObjectMeta{Name: "of-" + string(user)},
		Spec:       v1alpha1.PromotionApprovalSpec{Version: "4", Decision: decision, Approver: user},
	}
}

func approves(user v1alpha1.UserName) v1alpha1.PromotionApproval {
	return says(user, v1alpha1.DecisionApprove)
}

func rejects(user v1alpha1.UserName) v1alpha1.PromotionApproval {
	return says(user, v1alpha1.DecisionReject)
}

func with(a v1alpha1.PromotionApproval, change func(*v1alpha1.PromotionApproval)) v1alpha1.PromotionApproval {
	change(&a)
	return a
}

func createdAt(seconds int64) func(*v1alpha1.PromotionApproval) {
	return func(a *v1alpha1.PromotionApproval) { a.CreationTimestamp = metav1.Unix(seconds, 0) }
}

func onEvidence(digest string) func(*v1alpha1.PromotionApproval) {
	return func(a *v1alpha1.PromotionApproval) { a.Spec.Evidence = v1alpha1.EvidenceDigest(digest) }
}

func asking(g v1alpha1.ApprovalGate) v1alpha1.Gate {
	return v1alpha1.Gate{Name: "sign-off", Approval: &g}
}

// digestOfNothing is the evidence where no other gate but the built-in ones is asked.
func digestOfNothing(t *testing.T) string {
	t.Helper()
	return people().ask(t, move()).EvidenceDigest()
}

// toApprove is the command in a message.
func toApprove(digest string) string {
	return `echo '{"apiVersion":"registry.mlflow-operator.io/v1alpha1","kind":"PromotionApproval","metadata":{"generateName":"approve-4-"},` +
		`"spec":{"promotionRef":{"name":"to-production"},"version":"4","decision":"Approve","approver":"` + whoami +
		`","evidence":"` + digest + `"}}' | kubectl create -n news -f -`
}

func TestApprovalGate(t *testing.T) {
	digest := digestOfNothing(t)
	run := toApprove(digest)
	anybody := v1alpha1.ApprovalGate{}
	two := v1alpha1.ApprovalGate{Required: 2}
	aliceOrBob := v1alpha1.ApprovalGate{Approvers: []v1alpha1.UserName{"bob", "alice"}}
	fourEyes := v1alpha1.ApprovalGate{ExcludeRequester: new(true)}
	bothButRequester := v1alpha1.ApprovalGate{
		Required: 2, Approvers: []v1alpha1.UserName{"alice", "bob", "carol"}, ExcludeRequester: new(true),
	}
	const stopped = ", and stays out until PromotionApproval of-mallory is deleted (gate sign-off)"
	for name, test := range map[string]struct {
		gate   v1alpha1.ApprovalGate
		world  world
		change func(*Move)
		want   string
	}{
		"nobody has approved yet": {
			anybody, people(), nil, "Pending WaitingForApproval: version 4 has 0 of 1 approvals; " +
				"whoever may create a PromotionApproval in namespace news may approve it: " + run + " (gate sign-off)",
		},
		"one approval is enough where one is required": {
			anybody, people(approves("alice")), nil, "Passed: version 4 was approved by alice (gate sign-off)",
		},
		"two people are named in order": {
			two, people(approves("bob"), approves("alice")), nil, "Passed: version 4 was approved by alice and bob (gate sign-off)",
		},
		"one person counts once": {
			two, people(approves("alice"), with(approves("alice"), func(a *v1alpha1.PromotionApproval) { a.Name = "again" })), nil,
			"Pending WaitingForApproval: version 4 has 1 of 2 approvals (alice); " +
				"whoever may create a PromotionApproval in namespace news may approve it: " + run + " (gate sign-off)",
		},
		"who is not in the list does not count": {
			aliceOrBob, people(approves("carol")), nil, "Pending WaitingForApproval: version 4 has 0 of 1 approvals; " +
				"alice or bob may approve it: " + run + "; not counted: of-carol by carol (not among the approvers) (gate sign-off)",
		},
		"another version's approval is not spoken of": {
			anybody, people(with(approves("alice"), func(a *v1alpha1.PromotionApproval) { a.Spec.Version = "3" })), nil,
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; " +
				"whoever may create a PromotionApproval in namespace news may approve it: " + run + " (gate sign-off)",
		},
		"the evidence that is named is the evidence that there is": {
			anybody, people(with(approves("alice"), onEvidence(digest))), nil, "Passed: version 4 was approved by alice (gate sign-off)",
		},
		"other evidence is named": {
			aliceOrBob, people(with(approves("alice"), onEvidence("sha256:0"))), nil,
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; alice or bob may approve it: " + run +
				"; not counted: of-alice by alice (names other evidence) (gate sign-off)",
		},
		"an approval that may be older than the version": {
			aliceOrBob, func() world {
				w := people(with(approves("alice"), createdAt(200)))
				w.version("4").CreationTimestamp = 200_000
				return w
			}(), nil,
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; alice or bob may approve it: DIGEST" +
				"; not counted: of-alice by alice (older than the version in MLflow: approve again) (gate sign-off)",
		},
		"an approval that may be older than the promotion": {
			aliceOrBob, people(approves("alice")), func(m *Move) { m.PromotionCreated = time.Unix(200, 0) },
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; alice or bob may approve it: " + run +
				"; not counted: of-alice by alice (older than the promotion: approve again) (gate sign-off)",
		},
		"an approval of the very evidence, whatever the clocks say": {
			aliceOrBob, people(with(approves("alice"), onEvidence(digest))), func(m *Move) { m.PromotionCreated = time.Unix(300, 0) },
			"Passed: version 4 was approved by alice (gate sign-off)",
		},
		"an approval that may be older than the policy": {
			aliceOrBob, people(with(approves("alice"), createdAt(100))), nil,
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; alice or bob may approve it: " + run +
				"; not counted: of-alice by alice (older than the proof that user names are authentic: approve again) (gate sign-off)",
		},
		"an approval of the second after the policy": {
			aliceOrBob, people(with(approves("alice"), createdAt(101))), nil, "Passed: version 4 was approved by alice (gate sign-off)",
		},
		"an approval that is going away": {
			aliceOrBob, people(with(approves("alice"), func(a *v1alpha1.PromotionApproval) { a.DeletionTimestamp = &metav1.Time{} })), nil,
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; alice or bob may approve it: " + run +
				"; not counted: of-alice by alice (it is being deleted) (gate sign-off)",
		},
		"a rejection is stronger than approvals": {
			anybody, people(approves("alice"), with(rejects("mallory"), func(a *v1alpha1.PromotionApproval) { a.Spec.Reason = "it\nleaks" })), nil,
			"Failed GateFailed: version 4 was rejected by mallory (it leaks)" + stopped,
		},
		"a rejection needs no proof, no list and no evidence": {
			aliceOrBob, func() world {
				w := people(with(rejects("mallory"), onEvidence("sha256:0")))
				w[IdentityRef("news")] = broken("no policy")
				return w
			}(), nil,
			"Failed GateFailed: version 4 was rejected by mallory" + stopped,
		},
		"a rejection that is going away counts until it is gone": {
			anybody, people(with(rejects("bob"), func(a *v1alpha1.PromotionApproval) { a.DeletionTimestamp = &metav1.Time{} })), nil,
			"Failed GateFailed: version 4 was rejected by bob, and stays out until PromotionApproval of-bob is deleted (gate sign-off)",
		},
		"names that are not authentic count for nothing": {
			anybody, func() world {
				w := people(approves("alice"))
				w[IdentityRef("news")] = broken("no ValidatingAdmissionPolicy holds them")
				return w
			}(), nil, "Error GateError: no approval counts: no ValidatingAdmissionPolicy holds them (gate sign-off)",
		},
		"approvals that can't be read": {
			anybody, func() world {
				w := people()
				w[ApprovalsRef("to-production")] = broken("timeout")
				return w
			}(), nil, "Error GateError: the approvals of promotion to-production could not be read: timeout (gate sign-off)",
		},
		"who asks does not approve": {
			fourEyes, people(approves("alice")), func(m *Move) { m.RequestedBy = "alice" },
			"Pending WaitingForApproval: version 4 has 0 of 1 approvals; whoever may create a PromotionApproval in namespace news, " +
				"but alice who asked for it, may approve it: " + run + "; not counted: of-alice by alice (asked for the version) (gate sign-off)",
		},
		"somebody else approves": {
			fourEyes, people(approves("alice"), approves("bob")), func(m *Move) { m.RequestedBy = "alice" },
			"Passed: version 4 was approved by bob (gate sign-off)",
		},
		"nobody says who asks": {
			fourEyes, people(approves("bob")), nil, "Pending WaitingForApproval: the gate excludes who asked for version 4, and " +
				"spec.requestedBy names nobody: whoever wants the version writes their own user name there (gate sign-off)",
		},
		"who asks is taken off the list": {
			bothButRequester, people(approves("carol")), func(m *Move) { m.RequestedBy = "alice" },
			"Pending WaitingForApproval: version 4 has 1 of 2 approvals (carol); bob may approve it: " + run + " (gate sign-off)",
		},
		"a version that returns needs no approval": {
			anybody, people(), func(m *Move) { m.Returns = "it was here before" },
			"Passed: it was here before, so it need not be approved again (gate sign-off)",
		},
		"a version that returns and was rejected": {
			anybody, people(rejects("bob")), func(m *Move) { m.Returns = "it was here before" },
			"Failed GateFailed: version 4 was rejected by bob, and stays out until PromotionApproval of-bob is deleted (gate sign-off)",
		},
		"a version that is put back is not asked about": {
			anybody, people(rejects("bob")), func(m *Move) { m.Returns, m.Stays = "it was here before", "it is recorded" },
			"Passed: it was here before, so it need not be approved again (gate sign-off)",
		},
		"a version that does not exist": {
			anybody, func() world { w := people(approves("alice")); delete(w, VersionRef("sentiment", "4")); return w }(), nil,
			"Failed GateFailed: version 4 of model sentiment does not exist (gate sign-off)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := move(asking(test.gate))
			if test.change != nil {
				test.change(&m)
			}
			judgement := test.world.ask(t, m)
			want := strings.Replace(test.want, "DIGEST", toApprove(judgement.EvidenceDigest()), 1)
			if diff := cmp.Diff(want, last(judgement)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestApproversAreTold: what history and tag say of them.
func TestApproversAreTold(t *testing.T) {
	legal := v1alpha1.Gate{Name: "legal", Approval: &v1alpha1.ApprovalGate{Approvers: []v1alpha1.UserName{"bob"}}}
	gates := []v1alpha1.Gate{asking(v1alpha1.ApprovalGate{}), legal}
	judgement := people(approves("bob"), approves("alice")).ask(t, move(gates...))
	if diff := cmp.Diff([]v1alpha1.UserName{"alice", "bob"}, judgement.Approvers()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i, want := range []string{"alice and bob, of 1 approval", "bob, of 1 approval by bob"} {
		v := judgement.Verdicts[len(judgement.Verdicts)-2+i]
		if got := v.Observed + ", of " + v.Expected; got != want {
			t.Errorf("observed %s, want %s", got, want)
		}
	}
	waiting := people().ask(t, move(gates...))
	if got := waiting.Approvers(); len(got) != 0 {
		t.Errorf("%v approved", got)
	}
}

// TestEvidenceDigest: an approval names what the other gates saw, and nothing that changes
// by approving.
func TestEvidenceDigest(t *testing.T) {
	m := move(asking(v1alpha1.ApprovalGate{}), gateOf("accuracy"))
	w := people()
	w.fromRun("4", runA, point("accuracy", "0.9"))
	before := w.ask(t, m)
	w[ApprovalsRef("to-production")] = people(approves("alice"), with(rejects("bob"), createdAt(5)))[ApprovalsRef("to-production")]
	if after := w.ask(t, m); after.EvidenceDigest() != before.EvidenceDigest() || after.Digest() == before.Digest() {
		t.Error("the evidence changed by approving, or the digest of the history did not")
	}
	if len(before.EvidenceDigest()) != len("sha256:")+64 {
		t.Errorf("the digest is %q", before.EvidenceDigest())
	}
	seen := map[string]string{before.EvidenceDigest(): "0.9"}
	for what, change := range map[string]func(){
		"another value":       func() { w.fromRun("4", runA, point("accuracy", "0.91")) },
		"a value that fails":  func() { w.fromRun("4", runA, point("accuracy", "0.1")) },
		"another artifact":    func() { w.version("4").CreationTimestamp = 300 },
		"another run":         func() { w.fromRun("4", runB, point("accuracy", "0.9")) },
		"another expectation": func() { m.Demands[1].Gate.Metric.Threshold = "0.05" },
		"another stage":       func() { m.Stage, m.Alias = "staging", "staging" },
	} {
		change()
		digest := w.ask(t, m).EvidenceDigest()
		if other, found := seen[digest]; found {
			t.Errorf("%s gives the same digest as %s", what, other)
		}
		seen[digest] = what
	}
	w[RunRef(runB)], w[RunRef(runA)] = broken("timeout"), broken("timeout")
	if digest := w.ask(t, m).EvidenceDigest(); digest != "" {
		t.Errorf("the digest is %q while a gate can't be asked", digest)
	}
}

// TestEvidenceDigestOfWhatIsWaived: an approval stands when the soak ends, and when somebody
// overrides a gate, or the operator does not enforce it.
func TestEvidenceDigestOfWhatIsWaived(t *testing.T) {
	m := move(gateOf("accuracy"), asking(v1alpha1.ApprovalGate{}))
	m.Replaces, m.MinSoak, m.Now, m.PromotesFrom = "", "24h", noon, []v1alpha1.StageName{"staging"}
	m.PromotedIn = map[v1alpha1.StageName]bool{"staging": true}
	m.Held = map[v1alpha1.StageName][]Stay{"staging": {{Since: noon}}}
	w := people()
	w.fromRun("4", runA, point("accuracy", "0.1"))
	want := w.ask(t, m).EvidenceDigest()
	w[ApprovalsRef("to-production")] = people(with(approves("alice"), onEvidence(want)))[ApprovalsRef("to-production")]
	for name, change := range map[string]func(*Move){
		"nothing":  func(*Move) {},
		"soaked":   func(m *Move) { m.Now = noon.Add(48 * time.Hour) },
		"no soak":  func(m *Move) { m.MinSoak = "" },
		"switched": func(m *Move) { m.NotEnforced = notEnforced },
		"overridden": func(m *Move) {
			m.Override = &Override{Version: "4", Gates: []string{"accuracy", "min-soak"}, Reason: "wrong split"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := m
			change(&m)
			judgement := w.ask(t, m)
			if got := judgement.EvidenceDigest(); got != want {
				t.Errorf("another digest, of %v", judgement.Verdicts)
			}
			if got := last(judgement); got != "Passed: version 4 was approved by alice (gate sign-off)" {
				t.Error(got)
			}
		})
	}
}

// TestPeopleAreOverridden: where the stage lets a person override, that goes for the people
// who have not approved, and for a no; not where nobody knows who said what.
func TestPeopleAreOverridden(t *testing.T) {
	m := move(asking(v1alpha1.ApprovalGate{}))
	m.Override = &Override{Version: "4", Gates: []string{"sign-off"}, Reason: "all are on holiday"}
	unread := people()
	unread[ApprovalsRef("to-production")] = broken("timeout")
	const rejected = "version 4 was rejected by bob, and stays out until PromotionApproval of-bob is deleted (gate sign-off)"
	for name, test := range map[string]struct {
		world      world
		want       v1alpha1.GateResult
		wantPassed string
	}{
		"nobody approved":    {people(), v1alpha1.GatePending, "; overridden: all are on holiday"},
		"somebody said no":   {people(rejects("bob")), v1alpha1.GateFailed, rejected + "; overridden: all are on holiday"},
		"nobody can be read": {unread, v1alpha1.GateError, ""},
	} {
		t.Run(name, func(t *testing.T) {
			judgement := test.world.ask(t, m)
			verdict := judgement.Verdicts[len(judgement.Verdicts)-1]
			if verdict.Judged != test.want || judgement.Passed() != (test.wantPassed != "") ||
				!strings.HasSuffix(verdict.Message, test.wantPassed) || len(judgement.Approvers()) > 0 {
				t.Errorf("%+v", verdict)
			}
		})
	}
}

func gateOf(key string) v1alpha1.Gate {
	return v1alpha1.Gate{Name: key, Metric: &v1alpha1.MetricGate{Key: key, Operator: v1alpha1.GreaterThan, Threshold: "0.5"}}
}

// TestManyPeople: whatever they are called, the message keeps within its bound, and the
// command in it is whole.
func TestManyPeople(t *testing.T) {
	g := v1alpha1.ApprovalGate{Required: 10}
	var approvals []v1alpha1.PromotionApproval
	for i := range 64 {
		name := v1alpha1.UserName(fmt.Sprintf("%s%02d", strings.Repeat("n", 200), i))
		g.Approvers = append(g.Approvers, name)
		approvals = append(approvals, with(approves(name), onEvidence("sha256:0")))
	}
	verdict := people(approvals...).ask(t, move(asking(g))).Verdicts[2]
	if len([]rune(verdict.Message)) > maxMessage || !strings.Contains(verdict.Message, "| kubectl create -n news -f -; not counted: ") {
		t.Errorf("%d: %s", len(verdict.Message), verdict.Message)
	}
}
