// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

func TestWorst(t *testing.T) {
	fine := Verdict{Name: "fine", Result: "Passed", Type: "Metric"}
	waits := Verdict{Name: "waits", Result: "Pending", Type: "Metric"}
	fails := Verdict{Name: "fails", Result: "Failed", Type: "Tag"}
	failsToo := Verdict{Name: "fails-too", Result: "Failed", Type: "Metric"}
	builtIn := Verdict{Name: "built-in", Result: "Failed", Type: "BuiltIn"}
	unasked := Verdict{Name: "unasked", Result: "Error", Type: "Metric"}
	tests := map[string]struct {
		verdicts   []Verdict
		want       string
		wantPassed bool
	}{
		"nothing was judged":                 {nil, "", false},
		"all passed":                         {[]Verdict{fine, fine}, "", true},
		"waiting is not passing":             {[]Verdict{fine, waits}, "waits", false},
		"failing is worse than waiting":      {[]Verdict{waits, fails}, "fails", false},
		"the first of equals":                {[]Verdict{fails, failsToo}, "fails", false},
		"built-in checks before other gates": {[]Verdict{fails, builtIn}, "built-in", false},
		"what could not be asked decides":    {[]Verdict{builtIn, unasked, fine}, "unasked", false},
		"an unknown result has not passed":   {[]Verdict{{Name: "odd", Result: "Perhaps"}}, "odd", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			j := Judgement{Verdicts: tt.verdicts}
			if got := j.Worst().Name; got != tt.want {
				t.Errorf("Worst() = %q, want %q", got, tt.want)
			}
			if got := j.Passed(); got != tt.wantPassed {
				t.Errorf("Passed() = %t, want %t", got, tt.wantPassed)
			}
		})
	}
}

func TestNothingPassesUnread(t *testing.T) {
	j := Judgement{Verdicts: []Verdict{{Result: "Passed"}}, Wants: []Ref{RunRef(runA)}}
	if j.Passed() {
		t.Error("passed with a run unread")
	}
}

func TestDigest(t *testing.T) {
	judged := func(change func(*Move, world)) string {
		w := world{}
		w.fromRun("4", runA, point("accuracy", "0.95"))
		m := move(accuracy("GreaterThan", "0.92"))
		m.Replaces = ""
		change(&m, w)
		return w.ask(t, m).Digest()
	}
	same := judged(func(*Move, world) {})
	if len(same) != 64 || same != judged(func(*Move, world) {}) {
		t.Errorf("the same evidence gave %q and another digest", same)
	}
	others := map[string]func(*Move, world){
		"another model":     func(m *Move, _ world) { m.Model.CreationTimestamp++ },
		"another version":   func(_ *Move, w world) { w.version("4").CreationTimestamp++ },
		"another value":     func(_ *Move, w world) { w.run(runA, point("accuracy", "0.96")) },
		"another threshold": func(m *Move, _ world) { m.Demands[0].Gate.Metric.Threshold = "0.93" },
		"another name":      func(m *Move, _ world) { m.Demands[0].Gate.Name = "acc" },
		"one gate less":     func(m *Move, _ world) { m.Demands = nil },
	}
	for name, change := range others {
		t.Run(name, func(t *testing.T) {
			if judged(change) == same {
				t.Error("the digest is the same")
			}
		})
	}
}

func TestWhatWasJudged(t *testing.T) {
	w := world{}
	w.fromModel("4", model)
	got := w.ask(t, move())
	want := Judgement{
		Stage: "production", Model: "sentiment", ModelCreated: 100, Version: "4", VersionCreated: 200,
		RunID: runA, LoggedModelID: model, Verdicts: got.Verdicts,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestGateThatDemandsNothing(t *testing.T) {
	w := world{}
	w.fromRun("4", runA)
	want := "Failed GateFailed: the gate demands neither a metric, nor a comparison, nor a tag, nor an approval (gate empty)"
	if diff := cmp.Diff(want, last(w.ask(t, move(v1alpha1.Gate{Name: "empty"})))); diff != "" {
		t.Error(diff)
	}
}

func TestDuplicateNames(t *testing.T) {
	demands := move(
		v1alpha1.Gate{Name: "f1"}, v1alpha1.Gate{Name: "bias"}, v1alpha1.Gate{Name: "f1"},
		v1alpha1.Gate{Name: "version-ready"}, v1alpha1.Gate{Name: "bias"}, v1alpha1.Gate{Name: "f1"},
	).Demands
	if diff := cmp.Diff([]string{"bias", "f1", "version-ready"}, DuplicateNames(demands)); diff != "" {
		t.Error(diff)
	}
}

// TestBounds: whatever a server or a spec says, a verdict fits into the status.
func TestBounds(t *testing.T) {
	long := strings.Repeat("é\u202e\x00", 3000)
	w := world{}
	w.fromRun("4", runA, point(long, long))
	w.version("4").StatusMessage = long
	w.version("4").Status = long
	w.version("4").Tags = map[string]string{long: long}
	gate := accuracy("GreaterThan", "0.92")
	gate.Metric.Key = long
	tag := tagged("In", "")
	tag.Tag.Key = v1alpha1.TagKey(long)
	tag.Tag.Values = []string{long, long, long, long, long, long}
	for _, v := range w.ask(t, move(gate, tag)).Verdicts {
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

func TestAnswersToAnotherQuestion(t *testing.T) {
	evidence := NewEvidence()
	evidence.PutVersion(VersionRef("sentiment", "4"), &entities.ModelVersion{Name: "sentiment", Version: "5"})
	evidence.PutVersion(VersionRef("dev", "4"), &entities.ModelVersion{Name: "sentiment", Version: "4"})
	evidence.PutRun(RunRef(runA), &entities.Run{RunID: runB})
	evidence.PutLoggedModel(LoggedModelRef(model), nil)
	for _, ref := range []Ref{VersionRef("sentiment", "4"), VersionRef("dev", "4"), RunRef(runA), LoggedModelRef(model)} {
		if got := evidence.lookup(ref).state; got != unreadable {
			t.Errorf("%s has state %d", ref, got)
		}
	}
}
