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
		s := newSimulation(context.WithoutCancel(t.Context()), rt)
		defer s.close()
		rt.Repeat(s.listActions())
		s.checkQuiescence()
		s.countResults(seen)
	})
	// What is rarer than a promotion is not drawn in each run of few games.
	if seen["Promoted"] == 0 {
		t.Error("no game showed a promotion")
	}
	t.Log(seen)
}

// checkInvariants holds everything that can be seen against what is promised.
func (s *simulation) checkInvariants() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.invalidWrites) > 0 {
		s.Fatalf("%s\n%s", strings.Join(s.invalidWrites, "\n"), strings.Join(s.log, "\n"))
	}
	broken := s.findStatusViolations()
	if len(broken) > 0 {
		s.Fatalf("%s\n%s", strings.Join(broken, "\n"), strings.Join(s.log, "\n"))
	}
}

// findStatusViolations are the statuses that break the rulebook, and histories that grew too long.
func (s *simulation) findStatusViolations() []string {
	var broken []string
	model := s.getModel()
	if model.Status.ObservedGeneration > 0 {
		broken = condition.FindViolations(condition.Status{
			Generation: model.Generation, ObservedGeneration: model.Status.ObservedGeneration, Conditions: model.Status.Conditions,
		}, v1alpha1.ConditionConnectionReady, v1alpha1.ConditionSynced)
	}
	for _, name := range s.promotions {
		p := s.getPromotion(name)
		if len(p.Status.History) > v1alpha1.HistoryLimit {
			broken = append(broken, "the history is too long")
		}
		for _, record := range p.Status.History {
			if !s.evidenceTags[string(p.Spec.Stage)+"="+string(record.Version)] {
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
func (s *simulation) checkQuiescence() {
	s.clearFaults()
	s.logStep("the faults end")
	round := []string{"poll", "model", "staging", "production"}
	for range 5 {
		s.runSteps(round...)
	}
	s.checkInvariants()
	s.mlflow.ResetCalls()
	written := s.statusWrites
	s.runSteps(round...)
	s.checkInvariants()
	if writes := s.mlflow.Writes(); len(writes) > 0 || s.statusWrites != written {
		s.Fatalf("not at rest: %v, %d statuses\n%s", writes, s.statusWrites-written, strings.Join(s.log, "\n"))
	}
	s.checkReadyConditions()
}

// checkReadyConditions: who says that a version holds the stage must be right.
func (s *simulation) checkReadyConditions() {
	for _, name := range s.promotions {
		p := s.getPromotion(name)
		ready := readyCondition(p)
		if ready.Reason != v1alpha1.ReasonPromoted && ready.Reason != v1alpha1.ReasonRolledBack {
			continue
		}
		if holder := s.currentVersions()[stageAliases[p.Spec.Stage]]; holder == "" || holder != string(p.Status.Candidate.Version) {
			s.Fatalf("%s says %q, but %q holds the stage\n%s", name, ready.Message, holder, strings.Join(s.log, "\n"))
		}
		if recorded := s.lastPromotedVersion(p.Status.History); recorded != string(p.Status.Candidate.Version) {
			s.Fatalf("%s says %q, but the history says that %q took the stage last\n%s", name, ready.Message, recorded, strings.Join(s.log, "\n"))
		}
	}
}

// countResults shows in the end what the games were about.
func (s *simulation) countResults(seen map[string]int) {
	for _, name := range s.promotions {
		p := s.getPromotion(name)
		seen[readyCondition(p).Reason]++
		for _, record := range p.Status.History {
			seen[string(record.Reason)]++
		}
	}
}
