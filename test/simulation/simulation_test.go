// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
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
