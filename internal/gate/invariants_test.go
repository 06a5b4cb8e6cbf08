// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// TestEvaluateMatchesReferenceModel also makes sure that both answers were drawn.
func TestEvaluateMatchesReferenceModel(t *testing.T) {
	answers := map[bool]int{}
	rapid.Check(t, func(rt *rapid.T) {
		w, m := drawFixture(rt), drawRequest(rt)
		evaluation := w.evaluate(t, m)
		want := referenceModel{w, m}.isAllowed()
		if evaluation.HasPassed() != want {
			rt.Fatalf("passed: %t, oracle: %t, verdicts: %+v", evaluation.HasPassed(), want, evaluation.Gates)
		}
		answers[want]++
	})
	if answers[true] == 0 || answers[false] == 0 {
		t.Errorf("only one answer was drawn: %v", answers)
	}
}

// TestWorseEvidenceNeverPasses takes something away. The one exception is meant:
// a baseline that was deleted can't be beaten.
func TestWorseEvidenceNeverPasses(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w, m := drawFixture(rt), drawRequest(rt)
		before := w.evaluate(t, m)
		ref := drawOne(rt, "ref", sortKeys(listKeys(w))...)
		harm := drawOne(rt, "harm", "absent", "unreadable", "NaN")
		if harm == "absent" && ref == VersionKey("sentiment", "3") {
			rt.Skip("a deleted baseline")
		}
		w.damageKey(ref, harm)
		after := w.evaluate(t, m)
		if after.HasPassed() && !before.HasPassed() {
			rt.Fatalf("%s %s let it through, which failed for %+v", harm, ref, before.DecidingGate())
		}
	})
}

func listKeys(w fixture) map[Key]bool {
	refs := map[Key]bool{}
	for ref := range w {
		refs[ref] = true
	}
	return refs
}

func (w fixture) damageKey(ref Key, how string) {
	switch how {
	case "absent":
		delete(w, ref)
	case "unreadable":
		w[ref] = unreadableValue("timeout")
	default:
		replaceWithNaN(w[ref])
	}
}

func replaceWithNaN(value any) {
	var points []entities.Metric
	switch found := value.(type) {
	case *entities.Run:
		points = found.Metrics
	case *entities.LoggedModel:
		points = found.Metrics
	case []entities.Metric:
		points = found
	}
	for i := range points {
		points[i].Value = entities.NewMetricValue("NaN")
	}
}

// TestReadOrderIsIrrelevant: the same evidence gives the same judgement, to the
// last byte.
func TestReadOrderIsIrrelevant(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w, m := drawFixture(rt), drawRequest(rt)
		refs := sortKeys(listKeys(w))
		straight := Evaluate(m, w.readKeys(refs))
		shuffled := Evaluate(m, w.readKeys(rapid.Permutation(refs).Draw(rt, "order")))
		if diff := cmp.Diff(straight, shuffled, cmpopts.IgnoreUnexported(GateResult{})); diff != "" {
			rt.Fatal(diff)
		}
		if straight.Digest() != shuffled.Digest() {
			rt.Fatal("another digest")
		}
	})
}

// TestPartialEvidenceNeverPasses: what passes on a part passes on the whole.
func TestPartialEvidenceNeverPasses(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w, m := drawFixture(rt), drawRequest(rt)
		part := rapid.SliceOf(rapid.SampledFrom(sortKeys(listKeys(w)))).Draw(rt, "part")
		if Evaluate(m, w.readKeys(part)).HasPassed() && !w.evaluate(t, m).HasPassed() {
			rt.Fatalf("passed on nothing but %v", part)
		}
	})
}

func (w fixture) readKeys(refs []Key) *Evidence {
	evidence := NewEvidence()
	for _, ref := range refs {
		w.readKey(evidence, ref)
	}
	return evidence
}

// TestRoundsConverge: nothing is wanted twice, and the wants come to an end.
func TestRoundsConverge(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w, m := drawFixture(rt), drawRequest(rt)
		evidence := NewEvidence()
		asked := map[Key]bool{}
		for range MaxRounds {
			for _, ref := range Evaluate(m, evidence).Missing {
				if asked[ref] {
					rt.Fatalf("%s is wanted twice", ref)
				}
				asked[ref] = true
				w.readKey(evidence, ref)
			}
		}
		if wants := Evaluate(m, evidence).Missing; len(wants) > 0 {
			rt.Fatalf("still wants %v", wants)
		}
	})
}

// TestLongestChainFitsMaxRounds: on both sides of a comparison five copies, a logged
// model, and zeros in it that were logged by many runs.
func TestLongestChainFitsMaxRounds(t *testing.T) {
	w := fixture{}
	for number, team := range map[string]string{"4": "ours", "2": "theirs"} {
		zeros := w.addZerosOfManyRuns(team)
		w.addLoggedModelVersion(number, "m-"+team, zeros...)
		w.addVersion(number).Source = "models:/" + team + "/1"
		for copy, next := range []string{"2", "3", "4", "5"} {
			addOriginal(w, team, strconv.Itoa(copy+1), "models:/"+team+"/"+next)
		}
		addOriginal(w, team, "5", "models:/m-"+team)
	}
	m := newRequest(newComparisonGate(func(g *v1alpha1.ComparisonGate) {
		g.Key, g.MinAbsoluteChange, g.Baseline = "loss", "0", &v1alpha1.Baseline{Version: "2"}
	}))
	want := "Passed: loss 0 is the same as that of version 2 (gate beats-champion, logged model m-ours)"
	if diff := cmp.Diff(want, formatLastGate(w.evaluate(t, m))); diff != "" {
		t.Error(diff)
	}
}

func (w fixture) addZerosOfManyRuns(team string) []entities.Metric {
	var zeros []entities.Metric
	for i := range 2 * MaxRounds {
		zero := newPoint("loss", "0.0")
		zero.RunID = team + strconv.Itoa(i)
		w.addRun(zero.RunID)
		w[HistoryKey(zero.RunID, "loss")] = []entities.Metric{zero}
		zeros = append(zeros, zero)
	}
	return zeros
}
