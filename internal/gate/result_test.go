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
	unread := GateResult{Name: "unread", Result: "Error", Type: "Metric"}
	tests := map[string]struct {
		gates      []GateResult
		want       string
		wantPassed bool
	}{
		"nothing was evaluated":              {nil, "", false},
		"all passed":                         {[]GateResult{fine, fine}, "", true},
		"pending is not passed":              {[]GateResult{fine, waits}, "waits", false},
		"failed before pending":              {[]GateResult{waits, fails}, "fails", false},
		"the first of equals":                {[]GateResult{fails, failsToo}, "fails", false},
		"built-in checks before other gates": {[]GateResult{fails, builtIn}, "built-in", false},
		"an error decides":                   {[]GateResult{builtIn, unread, fine}, "unread", false},
		"an unknown result has not passed":   {[]GateResult{{Name: "odd", Result: "Perhaps"}}, "odd", false},
		"an exempt gate does not block":      {[]GateResult{fine, exempt(waits), exempt(fails)}, "", true},
		"an exempt gate beside another":      {[]GateResult{exempt(builtIn), waits}, "waits", false},
		"an error is never exempt":           {[]GateResult{exempt(unread)}, "unread", false},
		"nor is an unknown result":           {[]GateResult{exempt(GateResult{Name: "odd", Result: "Perhaps"})}, "odd", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			result := Result{Gates: tt.gates}
			if got := result.DecidingGate().Name; got != tt.want {
				t.Errorf("DecidingGate() = %q, want %q", got, tt.want)
			}
			if got := result.HasPassed(); got != tt.wantPassed {
				t.Errorf("HasPassed() = %t, want %t", got, tt.wantPassed)
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

// TestMessageLimits: every text of a server or a spec fits into the status.
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
			t.Errorf("the gate is not named: %q", g.Message)
		}
	}
}
