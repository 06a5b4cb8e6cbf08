// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

const notEnforced = "FLAG is false"

// TestExempt has three gates that version 4 does not pass: a metric that is too low, one
// that is still to come, and a tag.
func TestExempt(t *testing.T) {
	const (
		low      = "accuracy 0.9 is not greater than 0.92 (gate accuracy, run 3f2a91c0)"
		missing  = "run 3f2a91c0 has no metric f1 yet (gate f1)"
		untagged = `tag bias_review is not set, but must be one of "passed" (gate bias, version 4)`
		ready    = "Passed: version 4 is ready"
		forward  = "Passed: version 4 holds no later stage than production"
	)
	all := []string{"Failed GateFailed: " + low, "Pending WaitingForMetric: " + missing, "Failed GateFailed: " + untagged}
	override := func(version string, gates ...string) *Override {
		return &Override{Version: version, Gates: gates, Reason: "wrong split"}
	}
	tests := map[string]struct {
		override    *Override
		notEnforced string
		setup       func(fixture)
		want        []string
		wantBuiltIn string
		wantIgnored string
	}{
		"nothing is exempt": {want: all},
		"one is overridden": {
			override: override("4", "accuracy"), want: []string{"Failed: " + low + "; overridden: wrong split", all[1], all[2]},
		},
		"one that waits is overridden": {
			override: override("4", "f1"), want: []string{all[0], "Pending: " + missing + "; overridden: wrong split", all[2]},
		},
		"all are overridden": {
			override: override("4", "accuracy", "bias", "f1"),
			want: []string{
				"Failed: " + low + "; overridden: wrong split", "Pending: " + missing + "; overridden: wrong split",
				"Failed: " + untagged + "; overridden: wrong split",
			},
		},
		"another version is overridden": {
			override: override("5", "accuracy"), want: all, wantIgnored: "the override is for version 5 and does not count",
		},
		"the stage forbids it": {
			override: &Override{Version: "4", Gates: []string{"accuracy"}, IgnoredReason: "stage production says overridePolicy: Forbid"},
			want:     all, wantIgnored: "the override does not count: stage production says overridePolicy: Forbid",
		},
		"an unknown gate is named beside another": {
			override: override("4", "accuracy", "recall"), want: all,
			wantIgnored: "the override does not count: it names recall, which is not a gate of this promotion",
		},
		"a gate that could not be read is not exempt": {
			override: override("4", "accuracy"), notEnforced: notEnforced,
			setup: func(f fixture) { f[runKey(runA)] = unreadableValue("timeout") },
			want: []string{
				"Error GateError: run 3f2a91c0 could not be read: timeout (gate accuracy)",
				"Error GateError: run 3f2a91c0 could not be read: timeout (gate f1)", all[2],
			},
		},
		"version-ready and not-backward are never exempt": {
			override: override("4", "version-ready", "not-backward"), want: all,
			setup:       func(f fixture) { f.addVersion("4").Status = "FAILED_REGISTRATION" },
			wantBuiltIn: "Failed VersionNotReady: version 4 is not ready: its status is FAILED_REGISTRATION",
		},
		"performance gates are not enforced": {
			notEnforced: notEnforced,
			want: []string{
				"Failed: " + low + "; not enforced: FLAG is false", "Pending: " + missing + "; not enforced: FLAG is false", all[2],
			},
		},
		"an override counts before the feature flag": {
			override: override("4", "accuracy"), notEnforced: notEnforced,
			want: []string{
				"Failed: " + low + "; overridden: wrong split", "Pending: " + missing + "; not enforced: FLAG is false", all[2],
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := fixture{}
			f.addRunVersion("4", runA, newPoint("accuracy", "0.9"))
			if test.setup != nil {
				test.setup(f)
			}
			request := newFailingRequest()
			request.Override, request.NotEnforcedReason = test.override, test.notEnforced
			result := f.evaluate(t, request)
			var got []string
			for _, g := range result.Gates {
				got = append(got, formatGate(g))
			}
			builtIn := ready
			if test.wantBuiltIn != "" {
				builtIn = test.wantBuiltIn
			}
			if diff := cmp.Diff(append([]string{builtIn, forward}, test.want...), got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.wantIgnored, result.OverrideIgnoredReason); diff != "" {
				t.Errorf("ignored: %s", diff)
			}
		})
	}
}

// newFailingRequest asks for version 4, which fails every gate.
func newFailingRequest() Request {
	waits := newAccuracyGate("GreaterThan", "0.5")
	waits.Name, waits.Metric.Key, waits.Metric.OnMissing = "f1", "f1", v1alpha1.OnMissingWait
	bias := v1alpha1.Gate{
		Name: "bias", Tag: &v1alpha1.TagGate{Key: "bias_review", Operator: v1alpha1.TagIn, Values: []string{"passed"}},
	}
	request := newRequest(newAccuracyGate("GreaterThan", "0.92"), waits, bias)
	request.BaselineVersion = ""
	return request
}

// TestExemptEvidence: an exempt gate shows its true result, and is different evidence than one that passed.
func TestExemptEvidence(t *testing.T) {
	f := fixture{}
	f.addRunVersion("4", runA, newPoint("accuracy", "0.9"))
	request := newFailingRequest()
	request.Override = &Override{Version: "4", Gates: []string{"f1", "bias"}, Reason: "for once"}
	request.NotEnforcedReason = notEnforced
	result := f.evaluate(t, request)
	if !result.HasPassed() {
		t.Fatalf("not passed: %s", result.DecidingGate().Message)
	}
	got := [][]string{result.Exempt(v1alpha1.ExemptionOverride), result.Exempt(v1alpha1.ExemptionFeatureFlag)}
	if diff := cmp.Diff([][]string{{"f1", "bias"}, {"accuracy"}}, got); diff != "" {
		t.Error(diff)
	}
	if got := result.Gates[3].Result; got != v1alpha1.GatePending {
		t.Errorf("gate f1 has result %s", got)
	}
	accuracy := result.Gates[2].Status()
	want := v1alpha1.GateStatus{
		Name: "accuracy", Type: "Metric", Result: "Failed", Exemption: "FeatureFlag", Observed: "0.9", Expected: "greater than 0.92",
		Message: "accuracy 0.9 is not greater than 0.92 (gate accuracy, run 3f2a91c0); not enforced: FLAG is false", Origin: "Stage",
	}
	if diff := cmp.Diff(want, accuracy); diff != "" {
		t.Error(diff)
	}
	request.NotEnforcedReason, request.Override.Gates = "", []string{"accuracy", "f1", "bias"}
	if other := f.evaluate(t, request); other.Digest() == result.Digest() {
		t.Error("why it is exempt makes no difference to the digest")
	}
}

// TestOverrideStageOrder: the stage order and the soak can be overridden, too.
func TestOverrideStageOrder(t *testing.T) {
	f := fixture{}
	f.addRunVersion("4", runA)
	request := newRequest()
	request.BaselineVersion, request.RequiredSoakTime, request.Now, request.PromotesFrom = "", "24h", noon, []v1alpha1.StageName{"staging"}
	request.StageTenures = map[v1alpha1.StageName][]Tenure{"staging": {{Since: noon}}}
	request.Override = &Override{Version: "4", Gates: []string{"promotes-from", "required-soak-time"}, Reason: "hotfix"}
	result := f.evaluate(t, request)
	if !result.HasPassed() || !result.BlockedUntil().IsZero() {
		t.Errorf("passed: %t, blocked until %v", result.HasPassed(), result.BlockedUntil())
	}
}

// TestExemptBounds: a long reason fits into the status, and is not cut.
func TestExemptBounds(t *testing.T) {
	g := Answer{Result: v1alpha1.GateFailed, Message: strings.Repeat("é", maxMessageLength)}
	g.setExemption(v1alpha1.ExemptionOverride, "overridden: "+strings.Repeat("ü", 256))
	if got := utf8.RuneCountInString(g.Message); got != maxMessageLength || !strings.HasSuffix(g.Message, strings.Repeat("ü", 256)) {
		t.Errorf("%d characters: %s", got, g.Message)
	}
}

// TestOverrideOfApproval: an override exempts from missing approvals and from a rejection, but not
// from approvals that could not be read.
func TestOverrideOfApproval(t *testing.T) {
	request := newRequest(newApprovalGate(v1alpha1.ApprovalGate{}))
	request.Override = &Override{Version: "4", Gates: []string{"sign-off"}, Reason: "all are on holiday"}
	unread := newApprovalFixture()
	unread[ApprovalsKey("to-production")] = unreadableValue("timeout")
	const rejected = "version 4 was rejected by bob, and is blocked until PromotionApproval of-bob is deleted (gate sign-off)"
	for name, test := range map[string]struct {
		setup      fixture
		want       v1alpha1.GateResult
		wantPassed string
	}{
		"no approval":      {newApprovalFixture(), v1alpha1.GatePending, "; overridden: all are on holiday"},
		"a rejection":      {newApprovalFixture(newReject("bob")), v1alpha1.GateFailed, rejected + "; overridden: all are on holiday"},
		"approvals unread": {unread, v1alpha1.GateError, ""},
	} {
		t.Run(name, func(t *testing.T) {
			result := test.setup.evaluate(t, request)
			gateResult := result.Gates[len(result.Gates)-1]
			if gateResult.Result != test.want || result.HasPassed() != (test.wantPassed != "") ||
				!strings.HasSuffix(gateResult.Message, test.wantPassed) || len(result.Approvers()) > 0 {
				t.Errorf("%+v", gateResult)
			}
		})
	}
}
