// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

func TestDecidingGate(t *testing.T) {
	fine := GateResult{Name: "fine", Result: "Passed", Type: "Metric"}
	waits := GateResult{Name: "waits", Result: "Pending", Type: "Metric"}
	fails := GateResult{Name: "fails", Result: "Failed", Type: "Tag"}
	failsToo := GateResult{Name: "fails-too", Result: "Failed", Type: "Metric"}
	builtIn := GateResult{Name: "built-in", Result: "Failed", Type: "BuiltIn"}
	unasked := GateResult{Name: "unasked", Result: "Error", Type: "Metric"}
	tests := map[string]struct {
		verdicts   []GateResult
		want       string
		wantPassed bool
	}{
		"nothing was judged":                 {nil, "", false},
		"all passed":                         {[]GateResult{fine, fine}, "", true},
		"waiting is not passing":             {[]GateResult{fine, waits}, "waits", false},
		"failing is worse than waiting":      {[]GateResult{waits, fails}, "fails", false},
		"the first of equals":                {[]GateResult{fails, failsToo}, "fails", false},
		"built-in checks before other gates": {[]GateResult{fails, builtIn}, "built-in", false},
		"what could not be asked decides":    {[]GateResult{builtIn, unasked, fine}, "unasked", false},
		"an unknown result has not passed":   {[]GateResult{{Name: "odd", Result: "Perhaps"}}, "odd", false},
		"what is exempt blocks nothing":      {[]GateResult{fine, exempt(waits), exempt(fails)}, "", true},
		"what is exempt, beside another":     {[]GateResult{exempt(builtIn), waits}, "waits", false},
		"what could not be asked is not":     {[]GateResult{exempt(unasked)}, "unasked", false},
		"nor is an unknown result":           {[]GateResult{exempt(GateResult{Name: "odd", Result: "Perhaps"})}, "odd", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			result := Result{Gates: tt.verdicts}
			if got := result.DecidingGate().Name; got != tt.want {
				t.Errorf("Worst() = %q, want %q", got, tt.want)
			}
			if got := result.HasPassed(); got != tt.wantPassed {
				t.Errorf("Passed() = %t, want %t", got, tt.wantPassed)
			}
		})
	}
}

func exempt(v GateResult) GateResult {
	v.Exemption = v1alpha1.ExemptionOverride
	return v
}

func TestUnreadEvidencePassesNothing(t *testing.T) {
	result := Result{Gates: []GateResult{{Result: "Passed"}}, Missing: []Key{RunKey(runA)}}
	if result.HasPassed() {
		t.Error("passed with a run unread")
	}
}

func TestDigest(t *testing.T) {
	judged := func(change func(*Request, fixture)) string {
		w := fixture{}
		w.addRunVersion("4", runA, newPoint("accuracy", "0.95"))
		m := newRequest(newAccuracyGate("GreaterThan", "0.92"))
		m.BaselineVersion = ""
		change(&m, w)
		return w.evaluate(t, m).Digest()
	}
	same := judged(func(*Request, fixture) {})
	if len(same) != 64 || same != judged(func(*Request, fixture) {}) {
		t.Errorf("the same evidence gave %q and another digest", same)
	}
	others := map[string]func(*Request, fixture){
		"another model":     func(m *Request, _ fixture) { m.Model.CreationTimestamp++ },
		"another version":   func(_ *Request, w fixture) { w.addVersion("4").CreationTimestamp++ },
		"another value":     func(_ *Request, w fixture) { w.addRun(runA, newPoint("accuracy", "0.96")) },
		"another threshold": func(m *Request, _ fixture) { m.Gates[0].Gate.Metric.Threshold = "0.93" },
		"another name":      func(m *Request, _ fixture) { m.Gates[0].Gate.Name = "acc" },
		"one gate less":     func(m *Request, _ fixture) { m.Gates = nil },
	}
	for name, change := range others {
		t.Run(name, func(t *testing.T) {
			if judged(change) == same {
				t.Error("the digest is the same")
			}
		})
	}
}

func TestResultIdentity(t *testing.T) {
	w := fixture{}
	w.addLoggedModelVersion("4", modelID)
	got := w.evaluate(t, newRequest())
	want := Result{
		Stage: "production", Model: "sentiment", ModelCreated: 100, Version: "4", VersionCreated: 200,
		RunID: runA, LoggedModelID: modelID, Gates: got.Gates,
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(GateResult{})); diff != "" {
		t.Error(diff)
	}
}

func TestEmptyGate(t *testing.T) {
	w := fixture{}
	w.addRunVersion("4", runA)
	want := "Failed GateFailed: the gate demands neither a metric, nor a comparison, nor a tag, nor an approval (gate empty)"
	if diff := cmp.Diff(want, formatLastGate(w.evaluate(t, newRequest(v1alpha1.Gate{Name: "empty"})))); diff != "" {
		t.Error(diff)
	}
}

func TestDuplicateNames(t *testing.T) {
	demands := newRequest(
		v1alpha1.Gate{Name: "f1"}, v1alpha1.Gate{Name: "bias"}, v1alpha1.Gate{Name: "f1"},
		v1alpha1.Gate{Name: "version-ready"}, v1alpha1.Gate{Name: "bias"}, v1alpha1.Gate{Name: "f1"},
	).Gates
	if diff := cmp.Diff([]string{"bias", "f1", "version-ready"}, DuplicateNames(demands)); diff != "" {
		t.Error(diff)
	}
}

// TestMessageLimits: whatever a server or a spec says, a verdict fits into the status.
func TestMessageLimits(t *testing.T) {
	long := strings.Repeat("é\u202e\x00", 3000)
	w := fixture{}
	w.addRunVersion("4", runA, newPoint(long, long))
	w.addVersion("4").StatusMessage = long
	w.addVersion("4").Status = long
	w.addVersion("4").Tags = map[string]string{long: long}
	gate := newAccuracyGate("GreaterThan", "0.92")
	gate.Metric.Key = long
	tag := newTagGate("In", "")
	tag.Tag.Key = v1alpha1.TagKey(long)
	tag.Tag.Values = []string{long, long, long, long, long, long}
	for _, v := range w.evaluate(t, newRequest(gate, tag)).Gates {
		for field, limit := range map[string]int{v.Observed: 512, v.Expected: 512, v.Message: 1024} {
			if utf8.RuneCountInString(field) > limit || strings.ContainsAny(field, "\u202e\x00") {
				t.Errorf("%s: %q", v.Name, field)
			}
		}
		if v.Type != "BuiltIn" && !strings.HasSuffix(v.Message, ")") {
			t.Errorf("lost which gate spoke: %q", v.Message)
		}
	}
}

func TestMismatchingEvidence(t *testing.T) {
	evidence := NewEvidence()
	evidence.PutVersion(VersionKey("sentiment", "4"), &entities.ModelVersion{Name: "sentiment", Version: "5"})
	evidence.PutVersion(VersionKey("dev", "4"), &entities.ModelVersion{Name: "sentiment", Version: "4"})
	evidence.PutRun(RunKey(runA), &entities.Run{RunID: runB})
	evidence.PutLoggedModel(LoggedModelKey(modelID), nil)
	for _, ref := range []Key{VersionKey("sentiment", "4"), VersionKey("dev", "4"), RunKey(runA), LoggedModelKey(modelID)} {
		if got := evidence.getEntry(ref).state; got != stateUnreadable {
			t.Errorf("%s has state %d", ref, got)
		}
	}
}
