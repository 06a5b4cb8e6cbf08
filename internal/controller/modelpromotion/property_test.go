// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/condition"
)

// TestNoVersionTakesAStageUnlessEveryGatePasses plays random games. Whatever people,
// servers and crashes do, each write of the operator must be right when it is made, each
// status must obey the rulebook, and when it all ends, the operator comes to rest.
func TestNoVersionTakesAStageUnlessEveryGatePasses(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		g := newGame(context.WithoutCancel(t.Context()), rt)
		defer g.close()
		rt.Repeat(g.actions())
		g.comesToRest()
		g.count(seen)
	})
	// What is rarer than a promotion is not drawn in each run of few games.
	if seen["Promoted"] == 0 {
		t.Error("no game showed a promotion")
	}
	t.Log(seen)
}

// check holds everything that can be seen against what is promised.
func (g *game) check() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.fouls) > 0 {
		g.Fatalf("%s\n%s", strings.Join(g.fouls, "\n"), strings.Join(g.log, "\n"))
	}
	broken := g.violations()
	if len(broken) > 0 {
		g.Fatalf("%s\n%s", strings.Join(broken, "\n"), strings.Join(g.log, "\n"))
	}
}

// violations are the statuses that break the rulebook, and histories that grew too long.
func (g *game) violations() []string {
	var broken []string
	model := g.model()
	if model.Status.ObservedGeneration > 0 {
		broken = condition.Violations(condition.Status{
			Generation: model.Generation, ObservedGeneration: model.Status.ObservedGeneration, Conditions: model.Status.Conditions,
		}, v1alpha1.ConditionConnectionReady, v1alpha1.ConditionSynced)
	}
	for _, name := range g.promotions {
		p := g.promotion(name)
		if len(p.Status.History) > v1alpha1.HistoryLimit {
			broken = append(broken, "the history is too long")
		}
		for _, record := range p.Status.History {
			if !g.evidenced[string(p.Spec.Stage)+"="+string(record.Version)] {
				broken = append(broken, fmt.Sprintf("version %s is recorded in %s, and the operator never wrote that its gates passed",
					record.Version, p.Spec.Stage))
			}
		}
		if p.Status.ObservedGeneration <= 0 {
			continue
		}
		broken = append(broken, condition.Violations(condition.Status{
			Generation: p.Generation, ObservedGeneration: p.Status.ObservedGeneration, Conditions: p.Status.Conditions,
		}, v1alpha1.ConditionCandidateResolved, v1alpha1.ConditionGatesPassed, v1alpha1.ConditionPromoted)...)
	}
	return broken
}

// comesToRest ends all faults. Then a few rounds are enough for everything that can be
// done, and after them nothing is written any more, neither to MLflow nor to Kubernetes.
func (g *game) comesToRest() {
	g.heal()
	g.note("the faults end")
	round := []string{"poll", "model", "staging", "production"}
	for range 5 {
		g.turn(round...)
	}
	g.check()
	g.mlflow.Reset()
	written := g.statusWrites
	g.turn(round...)
	g.check()
	if writes := g.mlflow.Writes(); len(writes) > 0 || g.statusWrites != written {
		g.Fatalf("not at rest: %v, %d statuses\n%s", writes, g.statusWrites-written, strings.Join(g.log, "\n"))
	}
	g.checkReady()
}

// checkReady: who says that a version holds the stage must be right.
func (g *game) checkReady() {
	for _, name := range g.promotions {
		p := g.promotion(name)
		ready := readyOf(p)
		if ready.Reason != v1alpha1.ReasonPromoted && ready.Reason != v1alpha1.ReasonRolledBack {
			continue
		}
		if holder := g.holders()[aliases[p.Spec.Stage]]; holder == "" || holder != string(p.Status.Candidate.Version) {
			g.Fatalf("%s says %q, but %q holds the stage\n%s", name, ready.Message, holder, strings.Join(g.log, "\n"))
		}
		if recorded := g.recorded(p.Status.History); recorded != string(p.Status.Candidate.Version) {
			g.Fatalf("%s says %q, but the history says that %q took the stage last\n%s", name, ready.Message, recorded, strings.Join(g.log, "\n"))
		}
	}
}

// count shows in the end what the games were about.
func (g *game) count(seen map[string]int) {
	for _, name := range g.promotions {
		p := g.promotion(name)
		seen[readyOf(p).Reason]++
		for _, record := range p.Status.History {
			seen[string(record.Cause)]++
		}
	}
}
