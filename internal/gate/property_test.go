// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// TestPassedExactlyWhenTheOracleSaysSo also makes sure that both answers were drawn.
func TestPassedExactlyWhenTheOracleSaysSo(t *testing.T) {
	answers := map[bool]int{}
	rapid.Check(t, func(rt *rapid.T) {
		w, m := drawWorld(rt), drawMove(rt)
		judgement := w.ask(t, m)
		want := oracle{w, m}.allows()
		if judgement.Passed() != want {
			rt.Fatalf("passed: %t, oracle: %t, verdicts: %+v", judgement.Passed(), want, judgement.Verdicts)
		}
		answers[want]++
	})
	if answers[true] == 0 || answers[false] == 0 {
		t.Errorf("only one answer was drawn: %v", answers)
	}
}

// TestWorseEvidenceLetsNobodyThrough takes something away. The one exception is meant:
// a baseline that was deleted can't be beaten.
func TestWorseEvidenceLetsNobodyThrough(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w, m := drawWorld(rt), drawMove(rt)
		before := w.ask(t, m)
		ref := draw(rt, "ref", sortedRefs(refsOf(w))...)
		harm := draw(rt, "harm", "absent", "unreadable", "NaN")
		if harm == "absent" && ref == VersionRef("sentiment", "3") {
			rt.Skip("a deleted baseline")
		}
		w.harm(ref, harm)
		after := w.ask(t, m)
		if after.Passed() && !before.Passed() {
			rt.Fatalf("%s %s let it through, which failed for %+v", harm, ref, before.Worst())
		}
	})
}

func refsOf(w world) map[Ref]bool {
	refs := map[Ref]bool{}
	for ref := range w {
		refs[ref] = true
	}
	return refs
}

func (w world) harm(ref Ref, how string) {
	switch how {
	case "absent":
		delete(w, ref)
	case "unreadable":
		w[ref] = broken("timeout")
	default:
		allNaN(w[ref])
	}
}

func allNaN(value any) {
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

// TestOrderOfReadingDoesNotMatter: the same evidence gives the same judgement, to the
// last byte.
func TestOrderOfReadingDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w, m := drawWorld(rt), drawMove(rt)
		refs := sortedRefs(refsOf(w))
		straight := Judge(m, w.read(refs))
		shuffled := Judge(m, w.read(rapid.Permutation(refs).Draw(rt, "order")))
		if diff := cmp.Diff(straight, shuffled); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// TestPartOfTheEvidenceLetsNobodyThrough: what passes on a part passes on the whole.
func TestPartOfTheEvidenceLetsNobodyThrough(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w, m := drawWorld(rt), drawMove(rt)
		part := rapid.SliceOf(rapid.SampledFrom(sortedRefs(refsOf(w)))).Draw(rt, "part")
		if Judge(m, w.read(part)).Passed() && !w.ask(t, m).Passed() {
			rt.Fatalf("passed on nothing but %v", part)
		}
	})
}

func (w world) read(refs []Ref) *Evidence {
	evidence := NewEvidence()
	for _, ref := range refs {
		w.readInto(evidence, ref)
	}
	return evidence
}

// TestEveryRoundGetsFurther: nothing is wanted twice, and the wants come to an end.
func TestEveryRoundGetsFurther(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w, m := drawWorld(rt), drawMove(rt)
		evidence := NewEvidence()
		asked := map[Ref]bool{}
		for range MaxRounds {
			for _, ref := range Judge(m, evidence).Wants {
				if asked[ref] {
					rt.Fatalf("%s is wanted twice", ref)
				}
				asked[ref] = true
				w.readInto(evidence, ref)
			}
		}
		if wants := Judge(m, evidence).Wants; len(wants) > 0 {
			rt.Fatalf("still wants %v", wants)
		}
	})
}

// TestLongestWayFitsTheRounds: on both sides of a comparison five copies, a logged
// model, and zeros in it that were logged by many runs.
func TestLongestWayFitsTheRounds(t *testing.T) {
	w := world{}
	for number, team := range map[string]string{"4": "ours", "2": "theirs"} {
		zeros := w.zerosOfManyRuns(team)
		w.fromModel(number, "m-"+team, zeros...)
		w.version(number).Source = "models:/" + team + "/1"
		for copy, next := range []string{"2", "3", "4", "5"} {
			original(w, team, strconv.Itoa(copy+1), "models:/"+team+"/"+next)
		}
		original(w, team, "5", "models:/m-"+team)
	}
	m := move(beats(func(g *v1alpha1.ComparisonGate) {
		g.Key, g.MinAbsoluteChange, g.Against = "loss", "0", &v1alpha1.Baseline{Version: "2"}
	}))
	want := "Passed: loss 0 is the same as that of version 2 (gate beats-champion, logged model m-ours)"
	if diff := cmp.Diff(want, last(w.ask(t, m))); diff != "" {
		t.Error(diff)
	}
}

func (w world) zerosOfManyRuns(team string) []entities.Metric {
	var zeros []entities.Metric
	for i := range 2 * MaxRounds {
		zero := point("loss", "0.0")
		zero.RunID = team + strconv.Itoa(i)
		w.run(zero.RunID)
		w[HistoryRef(zero.RunID, "loss")] = []entities.Metric{zero}
		zeros = append(zeros, zero)
	}
	return zeros
}
