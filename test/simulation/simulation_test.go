// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/condition"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// simulation is a world in which anything may happen, with an umpire who sees each write that
// the operator makes.
type simulation struct {
	*env
	// artifacts are what the versions of the present model were registered from.
	artifacts map[string]*artifact
	// stagingTenure is who holds staging since when, and longest how long each artifact has held it at
	// the longest, as somebody knows who was there all the time.
	stagingTenure  tenure
	longestTenures map[string]time.Duration
	// approvals are the approvals and rejections that exist, by the names of the objects.
	approvals map[string]knownApproval
	// inputs is what was declared when the pass that is under way began.
	inputs reconcileInputs

	mu sync.Mutex
	// log is everything that happened, for a person who has to understand a failure.
	log []string
	// invalidWrites are writes that must not have been made.
	invalidWrites []string
	// evidenceTags are the stages and versions of which the operator wrote that every gate has
	// passed, each by its evidence tag.
	evidenceTags map[string]bool
}

// artifact is what a person who was there knows of a version.
type artifact struct {
	kind, value, run string
	runDeleted       bool
}

// reconcileInputs is the declared state under which the operator acts.
type reconcileInputs struct {
	// promotion is the object that is reconciled; nil while a model is.
	promotion *v1alpha1.ModelPromotion
	model     *v1alpha1.RegisteredModel
	// class is the class that the model may name; nil when there is none.
	class *v1alpha1.ModelClass
	// currentVersions are the versions that the aliases point to.
	currentVersions map[string]string
}

var stageAliases = map[v1alpha1.StageName]string{"staging": "staging", "production": "champion"}

// newSimulation starts with version 1 in staging and in production, where metrics count.
func newSimulation(ctx context.Context, t testingT) *simulation {
	s := &simulation{
		env: newEnv(ctx, t), artifacts: map[string]*artifact{}, approvals: map[string]knownApproval{},
		evidenceTags: map[string]bool{}, longestTenures: map[string]time.Duration{},
	}
	s.mlflow.OnWrite(s.checkWrite)
	s.createObject(newDeclaredModel())
	s.runSteps("model")
	s.must(s.user.SetModelTag(s.ctx, sentiment, "foreign", "kept"))
	s.registerArtifact("run", "0.6")
	s.createObject(builder.Promotion("staging").Stage("staging").Version("1").Build())
	s.createObject(builder.Promotion("production").Version("1").Build())
	s.runSteps("poll", "staging", "production")
	return s
}

// runSteps lets the operator do something.
func (s *simulation) runSteps(what ...string) {
	for _, w := range what {
		s.logStep("operator: " + w)
		s.inputs = reconcileInputs{model: s.getModel(), class: s.getClass(), currentVersions: s.currentVersions()}
		switch w {
		case "poll":
			s.pollRegistry()
		case "model":
			_ = s.reconcileModel()
		case "crash":
			s.restartOperator()
		default:
			s.inputs.promotion = s.getPromotion(w)
			_ = s.reconcilePromotion(w)
		}
		if s.killed.Load() {
			s.restartOperator()
		}
	}
}

func (s *simulation) currentVersions() map[string]string {
	if model := s.mlflow.Model(sentiment); model != nil {
		return model.Aliases
	}
	return nil
}

// registerArtifact registers an artifact whose f1 has a value; the empty one has none.
func (s *simulation) registerArtifact(kind, value string) {
	logged := metricValues{}
	if value != "" {
		logged["f1"] = value
	}
	var version string
	switch kind {
	case "run":
		version = s.registerFromRun(logged)
	case "logged model":
		version = s.registerLoggedModel(logged)
	default:
		version = s.registerClaimedRun(logged)
	}
	s.artifacts[version] = &artifact{kind: kind, value: value, run: s.mlflow.Version(sentiment, version).RunID}
}

func (s *simulation) logStep(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, what)
}

// checkWrite sees every write right after it was applied.
func (s *simulation) checkWrite(write mlflowtest.Write) {
	who := "operator"
	if write.ByUser {
		who = "somebody"
	}
	s.logStep("    " + who + ": " + write.String() + " " + describeWrite(write))
	if write.ByUser {
		return
	}
	foul := s.findViolation(write)
	s.mu.Lock()
	defer s.mu.Unlock()
	if stage, isEvidence := strings.CutPrefix(write.Args.String("key"), v1alpha1.EvidenceTagPrefix); isEvidence {
		s.evidenceTags[stage+"="+write.Args.String("version")] = true
	}
	if foul != "" {
		s.invalidWrites = append(s.invalidWrites, write.String()+" "+describeWrite(write)+": "+foul)
	}
}

func describeWrite(write mlflowtest.Write) string {
	var words []string
	for _, argument := range []string{"alias", "version", "stage", "key", "value", "run_id", "source"} {
		if value := write.Args.String(argument); value != "" {
			words = append(words, argument+"="+value[:min(len(value), 40)])
		}
	}
	return strings.Join(words, " ")
}

// isSuspended tells whether nobody may act.
func (p reconcileInputs) isSuspended() bool {
	of := func(suspend *bool) bool { return suspend != nil && *suspend }
	return of(p.promotion.Spec.Suspend) || of(p.model.Spec.Suspend)
}

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

// TestMain keeps quiet: what the operator logs is another package's test. 40 games take a
// dozen seconds; -rapid.checks plays more.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "40"); err != nil {
		panic(err)
	}
	log.SetLogger(logr.Discard())
	os.Exit(m.Run())
}
