// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/condition"
)

// TestSimulation plays random games. Whatever people,
// servers and crashes do, each write of the operator must be right when it is made, each
// status must obey the rulebook, and when it all ends, the operator comes to rest.
func TestSimulation(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		g := newSimulation(context.WithoutCancel(t.Context()), rt)
		defer g.close()
		rt.Repeat(g.listActions())
		g.checkQuiescence()
		g.countResults(seen)
	})
	// What is rarer than a promotion is not drawn in each run of few games.
	if seen["Promoted"] == 0 {
		t.Error("no game showed a promotion")
	}
	t.Log(seen)
}

// checkInvariants holds everything that can be seen against what is promised.
func (g *simulation) checkInvariants() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.invalidWrites) > 0 {
		g.Fatalf("%s\n%s", strings.Join(g.invalidWrites, "\n"), strings.Join(g.log, "\n"))
	}
	broken := g.findStatusViolations()
	if len(broken) > 0 {
		g.Fatalf("%s\n%s", strings.Join(broken, "\n"), strings.Join(g.log, "\n"))
	}
}

// findStatusViolations are the statuses that break the rulebook, and histories that grew too long.
func (g *simulation) findStatusViolations() []string {
	var broken []string
	model := g.getModel()
	if model.Status.ObservedGeneration > 0 {
		broken = condition.FindViolations(condition.Status{
			Generation: model.Generation, ObservedGeneration: model.Status.ObservedGeneration, Conditions: model.Status.Conditions,
		}, v1alpha1.ConditionConnectionReady, v1alpha1.ConditionSynced)
	}
	for _, name := range g.promotions {
		p := g.getPromotion(name)
		if len(p.Status.History) > v1alpha1.HistoryLimit {
			broken = append(broken, "the history is too long")
		}
		for _, record := range p.Status.History {
			if !g.evidenceTags[string(p.Spec.Stage)+"="+string(record.Version)] {
				broken = append(broken, fmt.Sprintf("version %s is recorded in %s, and the operator never wrote that its gates passed",
					record.Version, p.Spec.Stage))
			}
		}
		if p.Status.ObservedGeneration <= 0 {
			continue
		}
		broken = append(broken, condition.FindViolations(condition.Status{
			Generation: p.Generation, ObservedGeneration: p.Status.ObservedGeneration, Conditions: p.Status.Conditions,
		}, v1alpha1.ConditionCandidateResolved, v1alpha1.ConditionGatesPassed, v1alpha1.ConditionPromoted)...)
	}
	return broken
}

// checkQuiescence ends all faults. Then a few rounds are enough for everything that can be
// done, and after them nothing is written any more, neither to MLflow nor to Kubernetes.
func (g *simulation) checkQuiescence() {
	g.clearFaults()
	g.logStep("the faults end")
	round := []string{"poll", "model", "staging", "production"}
	for range 5 {
		g.runSteps(round...)
	}
	g.checkInvariants()
	g.mlflow.ResetCalls()
	written := g.statusWrites
	g.runSteps(round...)
	g.checkInvariants()
	if writes := g.mlflow.Writes(); len(writes) > 0 || g.statusWrites != written {
		g.Fatalf("not at rest: %v, %d statuses\n%s", writes, g.statusWrites-written, strings.Join(g.log, "\n"))
	}
	g.checkReadyConditions()
}

// checkReadyConditions: who says that a version holds the stage must be right.
func (g *simulation) checkReadyConditions() {
	for _, name := range g.promotions {
		p := g.getPromotion(name)
		ready := readyCondition(p)
		if ready.Reason != v1alpha1.ReasonPromoted && ready.Reason != v1alpha1.ReasonRolledBack {
			continue
		}
		if holder := g.currentVersions()[stageAliases[p.Spec.Stage]]; holder == "" || holder != string(p.Status.Candidate.Version) {
			g.Fatalf("%s says %q, but %q holds the stage\n%s", name, ready.Message, holder, strings.Join(g.log, "\n"))
		}
		if recorded := g.lastPromotedVersion(p.Status.History); recorded != string(p.Status.Candidate.Version) {
			g.Fatalf("%s says %q, but the history says that %q took the stage last\n%s", name, ready.Message, recorded, strings.Join(g.log, "\n"))
		}
	}
}

// countResults shows in the end what the games were about.
func (g *simulation) countResults(seen map[string]int) {
	for _, name := range g.promotions {
		p := g.getPromotion(name)
		seen[readyCondition(p).Reason]++
		for _, record := range p.Status.History {
			seen[string(record.Reason)]++
		}
	}
}
