// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"strings"
	"testing"
	"unicode/utf8"


	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

func TestDecidingGate(t *testing.T) {
	fine := GateResult{Name: "fine", Result: "Passed", Type: "Metric"}
	waits := GateResult{Name: "waits", Result: "Pending", Type: "Metric"}
	fails := GateResult{Name: "fails", Result: "Failed", Type: "Tag"}
	failsToo := GateResult{Name: "fails-too", Result: "Failed", Type: "Metric"}
	builtIn := GateResult{Name: "built-in", Result: "Failed", Type: "BuiltIn"}
	unasked := GateResult{Name: "unasked", Result: "Error", Type: "Metric"}
	tests := map[string]struct {
		gates      []GateResult
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
			result := Result{Gates: tt.gates}
			if got := result.DecidingGate().Name; got != tt.want {
				t.Errorf("Worst() = %q, want %q", got, tt.want)
			}
			if got := result.HasPassed(); got != tt.wantPassed {
				t.Errorf("Passed() = %t, want %t", got, tt.wantPassed)
			}
		})
	}
}

func exempt(g GateResult) GateResult {
	g.Exemption = v1alpha1.ExemptionOverride
	return g
}

func TestUnreadEvidencePassesNothing(t *testing.T) {
	result := Result{Gates: []GateResult{{Result: "Passed"}}, Missing: []Key{runKey(runA)}}
	if result.HasPassed() {
		t.Error("passed with a run unread")
	}
}

// TestMessageLimits: whatever a server or a spec says, a verdict fits into the status.
func TestMessageLimits(t *testing.T) {
	long := strings.Repeat("é\u202e\x00", 3000)
	f := fixture{}
	f.addRunVersion("4", runA, newPoint(long, long))
	f.addVersion("4").StatusMessage = long
	f.addVersion("4").Status = long
	f.addVersion("4").Tags = map[string]string{long: long}
	gate := newAccuracyGate("GreaterThan", "0.92")
	gate.Metric.Key = long
	tag := newTagGate("In", "")
	tag.Tag.Key = v1alpha1.TagKey(long)
	tag.Tag.Values = []string{long, long, long, long, long, long}
	for _, g := range f.evaluate(t, newRequest(gate, tag)).Gates {
		for field, limit := range map[string]int{g.Observed: 512, g.Expected: 512, g.Message: 1024} {
			if utf8.RuneCountInString(field) > limit || strings.ContainsAny(field, "\u202e\x00") {
				t.Errorf("%s: %q", g.Name, field)
			}
		}
		if g.Type != "BuiltIn" && !strings.HasSuffix(g.Message, ")") {
			t.Errorf("lost which gate spoke: %q", g.Message)
		}
	}
}
