// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion_test

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// game is a world in which anything may happen, with an umpire who sees each write that
// the operator makes.
type game struct {
	*world
	// artifacts are what the versions of the present model were registered from.
	artifacts map[string]*artifact
	// stay is who holds staging since when, and longest how long each artifact has held it at
	// the longest, as somebody knows who was there all the time.
	stay    stay
	longest map[string]time.Duration
	// voices are the approvals and rejections that exist, by the names of the objects.
	voices map[string]voice
	// pass is what was declared when the pass that is under way began.
	pass pass

	mu sync.Mutex
	// log is everything that happened, for a person who has to understand a failure.
	log []string
	// fouls are writes that must not have been made.
	fouls []string
	// evidenced are the stages and versions of which the operator wrote that every gate has
	// passed, each by its evidence tag.
	evidenced map[string]bool
}

// artifact is what a person who was there knows of a version.
type artifact struct {
	kind, value, run string
	runDeleted       bool
}

// pass is the declared state under which the operator acts.
type pass struct {
	// promotion is the object that is reconciled; nil while a model is.
	promotion *v1alpha1.ModelPromotion
	model     *v1alpha1.RegisteredModel
	// class is the class that the model may name; nil when there is none.
	class *v1alpha1.ModelClass
	// holders are the versions that the aliases point to.
	holders map[string]string
}

var aliases = map[v1alpha1.StageName]string{"staging": "staging", "production": "champion"}

// newGame starts with version 1 in staging and in production, where metrics count.
func newGame(ctx context.Context, t tester) *game {
	g := &game{
		world: newWorld(ctx, t), artifacts: map[string]*artifact{}, voices: map[string]voice{},
		evidenced: map[string]bool{}, longest: map[string]time.Duration{},
	}
	g.mlflow.OnWrite(g.judge)
	g.apply(declared())
	g.turn("model")
	g.must(g.user.SetModelTag(g.ctx, sentiment, "foreign", "kept"))
	g.newVersion("run", "0.6")
	g.apply(builder.Promotion("staging").Stage("staging").Version("1").Build())
	g.apply(builder.Promotion("production").Version("1").Build())
	g.turn("poll", "staging", "production")
	return g
}

// turn lets the operator do something.
func (g *game) turn(what ...string) {
	for _, w := range what {
		g.note("operator: " + w)
		g.pass = pass{model: g.model(), class: g.class(), holders: g.holders()}
		switch w {
		case "poll":
			g.poll()
		case "model":
			_ = g.reconcileModel()
		case "crash":
			g.restart()
		default:
			g.pass.promotion = g.promotion(w)
			_ = g.reconcilePromotion(w)
		}
		if g.dead.Load() {
			g.restart()
		}
	}
}

func (g *game) holders() map[string]string {
	if model := g.mlflow.Model(sentiment); model != nil {
		return model.Aliases
	}
	return nil
}

// newVersion registers an artifact whose f1 has a value; the empty one has none.
func (g *game) newVersion(kind, value string) {
	logged := metrics{}
	if value != "" {
		logged["f1"] = value
	}
	var version string
	switch kind {
	case "run":
		version = g.train(logged)
	case "logged model":
		version = g.trainLogged(logged)
	default:
		version = g.trainClaimed(logged)
	}
	g.artifacts[version] = &artifact{kind: kind, value: value, run: g.mlflow.Version(sentiment, version).RunID}
}

func (g *game) note(what string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.log = append(g.log, what)
}

// judge sees every write right after it was applied.
func (g *game) judge(write mlflowtest.Write) {
	who := "operator"
	if write.ByUser {
		who = "somebody"
	}
	g.note("    " + who + ": " + write.String() + " " + said(write))
	if write.ByUser {
		return
	}
	foul := g.foul(write)
	g.mu.Lock()
	defer g.mu.Unlock()
	if stage, isEvidence := strings.CutPrefix(write.Args.Text("key"), v1alpha1.EvidenceTagPrefix); isEvidence {
		g.evidenced[stage+"="+write.Args.Text("version")] = true
	}
	if foul != "" {
		g.fouls = append(g.fouls, write.String()+" "+said(write)+": "+foul)
	}
}

func said(write mlflowtest.Write) string {
	var words []string
	for _, argument := range []string{"alias", "version", "stage", "key", "value", "run_id", "source"} {
		if value := write.Args.Text(argument); value != "" {
			words = append(words, argument+"="+value[:min(len(value), 40)])
		}
	}
	return strings.Join(words, " ")
}

// suspended tells whether nobody may act.
func (p pass) suspended() bool {
	of := func(suspend *bool) bool { return suspend != nil && *suspend }
	return of(p.promotion.Spec.Suspend) || of(p.model.Spec.Suspend)
}
