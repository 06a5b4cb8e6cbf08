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
	fine := Answer{Name: "fine", Result: "Passed", Type: "Metric"}
	waits := Answer{Name: "waits", Result: "Pending", Type: "Metric"}
	fails := Answer{Name: "fails", Result: "Failed", Type: "Tag"}
	failsToo := Answer{Name: "fails-too", Result: "Failed", Type: "Metric"}
	builtIn := Answer{Name: "built-in", Result: "Failed", Type: "BuiltIn"}
	unread := Answer{Name: "unread", Result: "Error", Type: "Metric"}
	tests := map[string]struct {
		gates      []Answer
		want       string
		wantPassed bool
	}{
		"nothing was evaluated":              {nil, "", false},
		"all passed":                         {[]Answer{fine, fine}, "", true},
		"pending is not passed":              {[]Answer{fine, waits}, "waits", false},
		"failed before pending":              {[]Answer{waits, fails}, "fails", false},
		"the first of equals":                {[]Answer{fails, failsToo}, "fails", false},
		"built-in checks before other gates": {[]Answer{fails, builtIn}, "built-in", false},
		"an error decides":                   {[]Answer{builtIn, unread, fine}, "unread", false},
		"an unknown result has not passed":   {[]Answer{{Name: "odd", Result: "Perhaps"}}, "odd", false},
		"an exempt gate does not block":      {[]Answer{fine, exempt(waits), exempt(fails)}, "", true},
		"an exempt gate beside another":      {[]Answer{exempt(builtIn), waits}, "waits", false},
		"an error is never exempt":           {[]Answer{exempt(unread)}, "unread", false},
		"nor is an unknown result":           {[]Answer{exempt(Answer{Name: "odd", Result: "Perhaps"})}, "odd", false},
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

func exempt(g Answer) Answer {
	g.Exemption = v1alpha1.ExemptionOverride
	return g
}

func TestUnreadEvidencePassesNothing(t *testing.T) {
	result := Result{Gates: []Answer{{Result: "Passed"}}, Missing: []Key{runKey(runA)}}
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
