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
	"k8s.io/utils/ptr"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/condition"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// simulation is an env for random actions. It records what each action makes true, so that
// every write of the operator can be checked at the moment at which it is made.
type simulation struct {
	*env
	// artifacts says what the versions of the current model were registered from, by version.
	artifacts map[string]*artifact
	// stagingTenure is the current tenure of staging. longestTenures has the longest tenure of
	// each version, by artifactID.
	stagingTenure  tenure
	longestTenures map[string]time.Duration
	// approvals are the approvals and rejections that exist, by the names of the objects.
	approvals map[string]knownApproval
	// inputs is the state that was declared when the current reconcile began.
	inputs reconcileInputs

	mu sync.Mutex
	// log is everything that happened, in order. A failure prints it.
	log []string
	// invalidWrites are the writes that break an invariant.
	invalidWrites []string
	// evidenceTags has STAGE=VERSION for each evidence tag that the operator wrote.
	evidenceTags map[string]bool
}

// artifact is what a version was registered from.
type artifact struct {
	kind, value, run string
	runDeleted       bool
}

// reconcileInputs is the declared state under which the operator acts.
type reconcileInputs struct {
	// promotion is the ModelPromotion that is reconciled; nil if a model is.
	promotion *v1alpha1.ModelPromotion
	model     *v1alpha1.RegisteredModel
	// class is the only ModelClass; nil if there is none.
	class *v1alpha1.ModelClass
	// currentVersions has the version of each alias.
	currentVersions map[string]string
}

var stageAliases = map[v1alpha1.StageName]string{"staging": "staging", "production": "champion"}

// newSimulation starts with version 1 in staging and in production. Gates of production read f1.
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

// round is a poll and a reconcile of every object.
var round = []string{"poll", "model", "staging", "production"}

// runSteps polls, reconciles the model, restarts the operator, or reconciles a promotion of that name.
func (s *simulation) runSteps(steps ...string) {
	for _, step := range steps {
		s.logStep("operator: " + step)
		s.inputs = reconcileInputs{model: s.getModel(), class: s.getClass(), currentVersions: s.currentVersions()}
		switch step {
		case "poll":
			s.pollRegistry()
		case "model":
			_ = s.reconcileModel()
		case "crash":
			s.restartOperator()
		default:
			s.inputs.promotion = s.getPromotion(step)
			_ = s.reconcilePromotion(step)
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

// registerArtifact registers a version whose f1 has this value; with an empty value it has no f1.
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

func (s *simulation) logStep(step string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, step)
}

// checkWrite checks a write to MLflow right after it was applied. MLflow calls it.
func (s *simulation) checkWrite(write mlflowtest.Write) {
	author := "operator"
	if write.ByUser {
		author = "user"
	}
	s.logStep("    " + author + ": " + write.String() + " " + describeWrite(write))
	if write.ByUser {
		return
	}
	violation := s.findViolation(write)
	s.mu.Lock()
	defer s.mu.Unlock()
	if stage, isEvidence := strings.CutPrefix(write.Args.String("key"), v1alpha1.EvidenceTagPrefix); isEvidence {
		s.evidenceTags[stage+"="+write.Args.String("version")] = true
	}
	if violation != "" {
		s.invalidWrites = append(s.invalidWrites, write.String()+" "+describeWrite(write)+": "+violation)
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

// isSuspended reports whether the promotion or its model is suspended.
func (i reconcileInputs) isSuspended() bool {
	return ptr.Deref(i.promotion.Spec.Suspend, false) || ptr.Deref(i.model.Spec.Suspend, false)
}

// TestSimulation draws random sequences of actions: of users, of MLflow servers that fail, and of
// operators that crash. Each write of the operator must be valid when it is made, and each
// status must obey the rulebook. When the faults end, the operator must write what is missing, and
// then nothing more.
func TestSimulation(t *testing.T) {
	counts := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		s := newSimulation(context.WithoutCancel(t.Context()), rt)
		defer s.close()
		rt.Repeat(s.listActions())
		s.checkQuiescence()
		s.countResults(counts)
	})
	// Only promotions are so frequent that 40 sequences always have one.
	if counts["Promoted"] == 0 {
		t.Error("no sequence had a promotion")
	}
	t.Log(counts)
}

// checkInvariants fails if a write or a status broke an invariant.
func (s *simulation) checkInvariants() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.invalidWrites) > 0 {
		s.Fatalf("%s\n%s", strings.Join(s.invalidWrites, "\n"), strings.Join(s.log, "\n"))
	}
	if violations := s.findStatusViolations(); len(violations) > 0 {
		s.Fatalf("%s\n%s", strings.Join(violations, "\n"), strings.Join(s.log, "\n"))
	}
}

// findStatusViolations lists the statuses that break the rulebook, the histories that are too
// long, and the entries of a history without evidence.
func (s *simulation) findStatusViolations() []string {
	var violations []string
	model := s.getModel()
	if model.Status.ObservedGeneration > 0 {
		violations = condition.FindViolations(condition.Status{
			Generation: model.Generation, ObservedGeneration: model.Status.ObservedGeneration, Conditions: model.Status.Conditions,
		}, v1alpha1.ConditionConnectionReady, v1alpha1.ConditionSynced)
	}
	for _, name := range s.promotions {
		p := s.getPromotion(name)
		if len(p.Status.History) > v1alpha1.HistoryLimit {
			violations = append(violations, "the history is too long")
		}
		for _, record := range p.Status.History {
			if !s.evidenceTags[string(p.Spec.Stage)+"="+string(record.Version)] {
				violations = append(violations, fmt.Sprintf("version %s is in the history of %s, and the operator never wrote its evidence",
					record.Version, p.Spec.Stage))
			}
		}
		if p.Status.ObservedGeneration <= 0 {
			continue
		}
		violations = append(violations, condition.FindViolations(condition.Status{
			Generation: p.Generation, ObservedGeneration: p.Status.ObservedGeneration, Conditions: p.Status.Conditions,
		}, v1alpha1.ConditionCandidateResolved, v1alpha1.ConditionGatesPassed, v1alpha1.ConditionPromoted)...)
	}
	return violations
}

// checkQuiescence ends all faults and runs five rounds, which are enough for all that the
// operator can do. The round after them must write nothing to MLflow or Kubernetes.
func (s *simulation) checkQuiescence() {
	s.clearFaults()
	s.logStep("the faults end")
	for range 5 {
		s.runSteps(round...)
	}
	s.checkInvariants()
	s.mlflow.ResetCalls()
	written := s.statusWrites
	s.runSteps(round...)
	s.checkInvariants()
	if writes := s.mlflow.Writes(); len(writes) > 0 || s.statusWrites != written {
		s.Fatalf("the operator still writes: %v, %d statuses\n%s", writes, s.statusWrites-written, strings.Join(s.log, "\n"))
	}
	s.checkReadyConditions()
}

// checkReadyConditions fails if a promotion reports a current version that MLflow or the history
// does not confirm.
func (s *simulation) checkReadyConditions() {
	for _, name := range s.promotions {
		p := s.getPromotion(name)
		ready := readyCondition(p)
		if ready.Reason != v1alpha1.ReasonPromoted && ready.Reason != v1alpha1.ReasonRolledBack {
			continue
		}
		if current := s.currentVersions()[stageAliases[p.Spec.Stage]]; current == "" || current != string(p.Status.Candidate.Version) {
			s.Fatalf("%s says %q, but the alias points to %q\n%s", name, ready.Message, current, strings.Join(s.log, "\n"))
		}
		if last := s.lastPromotedVersion(p.Status.History); last != string(p.Status.Candidate.Version) {
			s.Fatalf("%s says %q, but the last promoted version of the history is %q\n%s", name, ready.Message, last, strings.Join(s.log, "\n"))
		}
	}
}

// countResults counts the reasons of Ready and of the history entries. The test logs them.
func (s *simulation) countResults(counts map[string]int) {
	for _, name := range s.promotions {
		p := s.getPromotion(name)
		counts[readyCondition(p).Reason]++
		for _, record := range p.Status.History {
			counts[string(record.Reason)]++
		}
	}
}

// TestMain discards the operator's log, and sets the number of random sequences to 40, which
// take a dozen seconds. -rapid.checks on the command line overrides it.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "40"); err != nil {
		panic(err)
	}
	log.SetLogger(logr.Discard())
	os.Exit(m.Run())
}
