// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// TestEvaluateMatchesReferenceModel also requires that both answers were drawn.
func TestEvaluateMatchesReferenceModel(t *testing.T) {
	answers := map[bool]int{}
	rapid.Check(t, func(rt *rapid.T) {
		f, request := drawFixture(rt), drawRequest(rt)
		result := f.evaluate(t, request)
		want := referenceModel{f, request}.isAllowed()
		if result.HasPassed() != want {
			rt.Fatalf("passed: %t, reference: %t, gates: %+v", result.HasPassed(), want, result.Gates)
		}
		answers[want]++
	})
	if answers[true] == 0 || answers[false] == 0 {
		t.Errorf("only one answer was drawn: %v", answers)
	}
}

// TestWorseEvidenceNeverPasses removes one piece of evidence. There is one intended exception: a
// baseline that was deleted need not be beaten.
func TestWorseEvidenceNeverPasses(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f, request := drawFixture(rt), drawRequest(rt)
		before := f.evaluate(t, request)
		key := drawOne(rt, "ref", f.listKeys()...)
		harm := drawOne(rt, "harm", "absent", "unreadable", "NaN")
		if harm == "absent" && key == VersionKey("sentiment", "3") {
			rt.Skip("a deleted baseline")
		}
		f.damageKey(key, harm)
		after := f.evaluate(t, request)
		if after.HasPassed() && !before.HasPassed() {
			rt.Fatalf("%s %s lets a version pass that failed for %+v", harm, key, before.DecidingGate())
		}
	})
}

// listKeys returns the keys of the fixture, sorted.
func (f fixture) listKeys() []Key {
	return slices.SortedFunc(maps.Keys(f), compareKeys)
}

func (f fixture) damageKey(key Key, how string) {
	switch how {
	case "absent":
		delete(f, key)
	case "unreadable":
		f[key] = unreadableValue("timeout")
	default:
		replaceWithNaN(f[key])
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

// TestReadOrderIsIrrelevant: the same evidence gives the same result, to the last
// byte.
func TestReadOrderIsIrrelevant(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f, request := drawFixture(rt), drawRequest(rt)
		keys := f.listKeys()
		straight := Evaluate(request, f.readKeys(keys))
		shuffled := Evaluate(request, f.readKeys(rapid.Permutation(keys).Draw(rt, "order")))
		if diff := cmp.Diff(straight, shuffled, cmpopts.IgnoreUnexported(Answer{})); diff != "" {
			rt.Fatal(diff)
		}
		if straight.Digest() != shuffled.Digest() {
			rt.Fatal("a different digest")
		}
	})
}

// TestPartialEvidenceNeverPasses: a version that passes on some evidence passes on all of it.
func TestPartialEvidenceNeverPasses(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f, request := drawFixture(rt), drawRequest(rt)
		part := rapid.SliceOf(rapid.SampledFrom(f.listKeys())).Draw(rt, "part")
		if Evaluate(request, f.readKeys(part)).HasPassed() && !f.evaluate(t, request).HasPassed() {
			rt.Fatalf("passed on nothing but %v", part)
		}
	})
}

func (f fixture) readKeys(keys []Key) *Evidence {
	evidence := NewEvidence()
	for _, key := range keys {
		f.readKey(evidence, key)
	}
	return evidence
}

// TestRoundsConverge: no key is missing twice, and after MaxRounds none is missing.
func TestRoundsConverge(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f, request := drawFixture(rt), drawRequest(rt)
		evidence := NewEvidence()
		requested := map[Key]bool{}
		for range MaxRounds {
			for _, key := range Evaluate(request, evidence).Missing {
				if requested[key] {
					rt.Fatalf("%s is missing twice", key)
				}
				requested[key] = true
				f.readKey(evidence, key)
			}
		}
		if missing := Evaluate(request, evidence).Missing; len(missing) > 0 {
			rt.Fatalf("still missing %v", missing)
		}
	})
}

// TestLongestChainFitsMaxRounds: on both sides of a comparison five copies, a logged
// model, and zeros in it that were logged by many runs.
func TestLongestChainFitsMaxRounds(t *testing.T) {
	f := fixture{}
	for number, team := range map[string]string{"4": "ours", "2": "theirs"} {
		zeros := f.addZerosOfManyRuns(team)
		f.addLoggedModelVersion(number, "m-"+team, zeros...)
		f.addVersion(number).Source = "models:/" + team + "/1"
		for copy, next := range []string{"2", "3", "4", "5"} {
			addOriginal(f, team, strconv.Itoa(copy+1), "models:/"+team+"/"+next)
		}
		addOriginal(f, team, "5", "models:/m-"+team)
	}
	request := newRequest(newComparisonGate(func(g *v1alpha1.ComparisonGate) {
		g.Key, g.MinAbsoluteChange, g.Baseline = "loss", "0", &v1alpha1.Baseline{Version: "2"}
	}))
	want := "Passed: loss 0 is the same as that of version 2 (gate beats-champion, logged model m-ours)"
	if diff := cmp.Diff(want, formatLastGate(f.evaluate(t, request))); diff != "" {
		t.Error(diff)
	}
}

func (f fixture) addZerosOfManyRuns(team string) []entities.Metric {
	var zeros []entities.Metric
	for i := range 2 * MaxRounds {
		zero := newPoint("loss", "0.0")
		zero.RunID = team + strconv.Itoa(i)
		f.addRun(zero.RunID)
		f[historyKey(zero.RunID, "loss")] = []entities.Metric{zero}
		zeros = append(zeros, zero)
	}
	return zeros
}
