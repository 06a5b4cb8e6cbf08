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
func newSimulation(ctx context.Context, t tester) *simulation {
	g := &simulation{
		env: newEnv(ctx, t), artifacts: map[string]*artifact{}, approvals: map[string]knownApproval{},
		evidenceTags: map[string]bool{}, longestTenures: map[string]time.Duration{},
	}
	g.mlflow.OnWrite(g.checkWrite)
	g.createObject(newDeclaredModel())
	g.runSteps("model")
	g.must(g.user.SetModelTag(g.ctx, sentiment, "foreign", "kept"))
	g.registerArtifact("run", "0.6")
	g.createObject(builder.Promotion("staging").Stage("staging").Version("1").Build())
	g.createObject(builder.Promotion("production").Version("1").Build())
	g.runSteps("poll", "staging", "production")
	return g
}

// runSteps lets the operator do something.
func (g *simulation) runSteps(what ...string) {
	for _, w := range what {
		g.logStep("operator: " + w)
		g.inputs = reconcileInputs{model: g.getModel(), class: g.getClass(), currentVersions: g.currentVersions()}
		switch w {
		case "poll":
			g.pollRegistry()
		case "model":
			_ = g.reconcileModel()
		case "crash":
			g.restartOperator()
		default:
			g.inputs.promotion = g.getPromotion(w)
			_ = g.reconcilePromotion(w)
		}
		if g.dead.Load() {
			g.restartOperator()
		}
	}
}

func (g *simulation) currentVersions() map[string]string {
	if model := g.mlflow.Model(sentiment); model != nil {
		return model.Aliases
	}
	return nil
}

// registerArtifact registers an artifact whose f1 has a value; the empty one has none.
func (g *simulation) registerArtifact(kind, value string) {
	logged := metricValues{}
	if value != "" {
		logged["f1"] = value
	}
	var version string
	switch kind {
	case "run":
		version = g.registerFromRun(logged)
	case "logged model":
		version = g.registerLoggedModel(logged)
	default:
		version = g.registerClaimedRun(logged)
	}
	g.artifacts[version] = &artifact{kind: kind, value: value, run: g.mlflow.Version(sentiment, version).RunID}
}

func (g *simulation) logStep(what string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.log = append(g.log, what)
}

// checkWrite sees every write right after it was applied.
func (g *simulation) checkWrite(write mlflowtest.Write) {
	who := "operator"
	if write.ByUser {
		who = "somebody"
	}
	g.logStep("    " + who + ": " + write.String() + " " + appendSentence(write))
	if write.ByUser {
		return
	}
	foul := g.findViolation(write)
	g.mu.Lock()
	defer g.mu.Unlock()
	if stage, isEvidence := strings.CutPrefix(write.Args.String("key"), v1alpha1.EvidenceTagPrefix); isEvidence {
		g.evidenceTags[stage+"="+write.Args.String("version")] = true
	}
	if foul != "" {
		g.invalidWrites = append(g.invalidWrites, write.String()+" "+appendSentence(write)+": "+foul)
	}
}

func appendSentence(write mlflowtest.Write) string {
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
