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

const notEnforced = "SWITCH is false"

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
		world       func(fixture)
		want        []string
		wantBuiltIn string
		wantVoid    string
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
		"another version is": {
			override: override("5", "accuracy"), want: all, wantVoid: "the override is for version 5 and does not count",
		},
		"the stage forbids it": {
			override: &Override{Version: "4", Gates: []string{"accuracy"}, IgnoredReason: "stage production says overridePolicy: Forbid"},
			want:     all, wantVoid: "the override does not count: stage production says overridePolicy: Forbid",
		},
		"a gate that is none is named with another": {
			override: override("4", "accuracy", "recall"), want: all,
			wantVoid: "the override does not count: it names recall, which is no gate of this promotion",
		},
		"what could not be asked is not": {
			override: override("4", "accuracy"), notEnforced: notEnforced,
			world: func(w fixture) { w[RunKey(runA)] = unreadableValue("timeout") },
			want: []string{
				"Error GateError: run 3f2a91c0 could not be read: timeout (gate accuracy)",
				"Error GateError: run 3f2a91c0 could not be read: timeout (gate f1)", all[2],
			},
		},
		"that the version is ready, and goes forward, is not": {
			override: override("4", "version-ready", "not-backward"), want: all,
			world:       func(w fixture) { w.addVersion("4").Status = "FAILED_REGISTRATION" },
			wantBuiltIn: "Failed VersionNotReady: version 4 is not ready: its status is FAILED_REGISTRATION",
		},
		"performance gates are not enforced": {
			notEnforced: notEnforced,
			want: []string{
				"Failed: " + low + "; not enforced: SWITCH is false", "Pending: " + missing + "; not enforced: SWITCH is false", all[2],
			},
		},
		"a person's word comes before the switch": {
			override: override("4", "accuracy"), notEnforced: notEnforced,
			want: []string{
				"Failed: " + low + "; overridden: wrong split", "Pending: " + missing + "; not enforced: SWITCH is false", all[2],
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := fixture{}
			w.addRunVersion("4", runA, newPoint("accuracy", "0.9"))
			if test.world != nil {
				test.world(w)
			}
			m := newFailingRequest()
			m.Override, m.NotEnforcedReason = test.override, test.notEnforced
			evaluation := w.evaluate(t, m)
			var got []string
			for _, v := range evaluation.Gates {
				got = append(got, formatGate(v))
			}
			builtIn := ready
			if test.wantBuiltIn != "" {
				builtIn = test.wantBuiltIn
			}
			if diff := cmp.Diff(append([]string{builtIn, forward}, test.want...), got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.wantVoid, evaluation.OverrideIgnoredReason); diff != "" {
				t.Errorf("void: %s", diff)
			}
		})
	}
}

// newFailingRequest is version 4, which no gate lets pass.
func newFailingRequest() Request {
	waits := newAccuracyGate("GreaterThan", "0.5")
	waits.Name, waits.Metric.Key, waits.Metric.OnMissing = "f1", "f1", v1alpha1.OnMissingWait
	bias := v1alpha1.Gate{
		Name: "bias", Tag: &v1alpha1.TagGate{Key: "bias_review", Operator: v1alpha1.TagIn, Values: []string{"passed"}},
	}
	m := newRequest(newAccuracyGate("GreaterThan", "0.92"), waits, bias)
	m.BaselineVersion = ""
	return m
}

// TestExemptEvidence: what is exempt is told, and is other evidence than what passed.
func TestExemptEvidence(t *testing.T) {
	w := fixture{}
	w.addRunVersion("4", runA, newPoint("accuracy", "0.9"))
	m := newFailingRequest()
	m.Override = &Override{Version: "4", Gates: []string{"f1", "bias"}, Reason: "for once"}
	m.NotEnforcedReason = notEnforced
	evaluation := w.evaluate(t, m)
	if !evaluation.HasPassed() {
		t.Fatalf("not passed: %s", evaluation.DecidingGate().Message)
	}
	got := [][]string{evaluation.Exempt(v1alpha1.ExemptionOverride), evaluation.Exempt(v1alpha1.ExemptionFeatureFlag)}
	if diff := cmp.Diff([][]string{{"f1", "bias"}, {"accuracy"}}, got); diff != "" {
		t.Error(diff)
	}
	if got := evaluation.Gates[3].Result; got != v1alpha1.GatePending {
		t.Errorf("gate f1 is said to have answered %s itself", got)
	}
	accuracyVerdict := evaluation.Gates[2].Status()
	want := v1alpha1.GateStatus{
		Name: "accuracy", Type: "Metric", Result: "Failed", Exemption: "FeatureFlag", Observed: "0.9", Expected: "greater than 0.92",
		Message: "accuracy 0.9 is not greater than 0.92 (gate accuracy, run 3f2a91c0); not enforced: SWITCH is false", Origin: "Stage",
	}
	if diff := cmp.Diff(want, accuracyVerdict); diff != "" {
		t.Error(diff)
	}
	m.NotEnforcedReason, m.Override.Gates = "", []string{"accuracy", "f1", "bias"}
	if other := w.evaluate(t, m); other.Digest() == evaluation.Digest() {
		t.Error("why it is exempt makes no difference to the digest")
	}
}

// TestOverrideStageOrder: to have been promoted to the stages before, and for long enough, can
// be overridden as well.
func TestOverrideStageOrder(t *testing.T) {
	w := fixture{}
	w.addRunVersion("4", runA)
	m := newRequest()
	m.BaselineVersion, m.RequiredSoakTime, m.Now, m.PromotesFrom = "", "24h", noon, []v1alpha1.StageName{"staging"}
	m.StageTenures = map[v1alpha1.StageName][]Tenure{"staging": {{Since: noon}}}
	m.Override = &Override{Version: "4", Gates: []string{"promotes-from", "required-soak-time"}, Reason: "hotfix"}
	evaluation := w.evaluate(t, m)
	if !evaluation.HasPassed() || !evaluation.BlockedUntil().IsZero() {
		t.Errorf("passed: %t, blocked until %v", evaluation.HasPassed(), evaluation.BlockedUntil())
	}
}

// TestExemptBounds: whatever the reason, a verdict fits into the status, and the reason is
// not what is lost.
func TestExemptBounds(t *testing.T) {
	v := GateResult{Result: v1alpha1.GateFailed, Message: strings.Repeat("é", maxMessageLength)}
	v.exempt(v1alpha1.ExemptionOverride, "overridden: "+strings.Repeat("ü", 256))
	if got := utf8.RuneCountInString(v.Message); got != maxMessageLength || !strings.HasSuffix(v.Message, strings.Repeat("ü", 256)) {
		t.Errorf("%d characters: %s", got, v.Message)
	}
}
