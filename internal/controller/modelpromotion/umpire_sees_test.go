// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// TestTheUmpireSeesFouls: an umpire who never whistles proves nothing. Each move is of
// version 2, which has passed staging unless the row says otherwise, to production.
func TestTheUmpireSeesFouls(t *testing.T) {
	for name, test := range map[string]struct {
		kind, f1 string
		change   func(*game)
		want     string
	}{
		"a better version":            {kind: "run", f1: "0.9"},
		"a version that is no better": {kind: "run", f1: "0.6", want: "gate beats-f1 does not pass"},
		"a low value":                 {kind: "run", f1: "0.4", want: "gate f1 does not pass"},
		"a value that is no number":   {kind: "logged model", f1: "NaN", want: "gate f1 does not pass"},
		"an infinite value":           {kind: "run", f1: "Infinity", want: "gate f1 does not pass"},
		"no value":                    {kind: "run", want: "gate f1 does not pass"},
		"a run that is only claimed":  {kind: "claimed", f1: "0.9", want: "gate f1 does not pass"},
		"a run that was deleted": {
			kind: "run", f1: "0.9", change: func(g *game) { g.artifacts["2"].runDeleted = true }, want: "gate f1 does not pass",
		},
		"a logged model whose run was deleted": {
			kind: "logged model", f1: "0.9", change: func(g *game) { g.artifacts["2"].runDeleted = true }, want: "gate f1 does not pass",
		},
		"a suspended promotion": {
			kind: "run", f1: "0.9", change: func(g *game) { g.pass.promotion.Spec.Suspend = new(true) }, want: "nothing may be written",
		},
		"a dry run": {
			kind: "run", f1: "0.9", change: func(g *game) { g.pass.promotion.Spec.Mode = v1alpha1.PromotionModeDryRun },
			want: "nothing may be written",
		},
		"a version that nobody wants": {
			kind: "run", f1: "0.9", change: func(g *game) { g.pass.promotion.Spec.Version = "3" }, want: "nobody wants this version",
		},
		"another holder than the expected one": {
			kind: "run", f1: "0.9", change: func(g *game) { g.pass.promotion.Spec.ExpectedCurrentVersion = "2" },
			want: "another version held the stage than the expected one",
		},
		"a version that the alias does not point to": {
			kind: "run", f1: "0.9", change: wantsFrom(v1alpha1.VersionFrom{Alias: "foreign"}), want: "nobody wants this version",
		},
		"the version of the stage before": {kind: "run", f1: "0.9", change: wantsFrom(v1alpha1.VersionFrom{Stage: "staging"})},
		"a version that the stage before does not hold": {
			kind: "run", f1: "0.9", want: "nobody wants this version",
			change: func(g *game) {
				wantsFrom(v1alpha1.VersionFrom{Stage: "staging"})(g)
				g.pass.holders["staging"] = "1"
			},
		},
		"a version without the tag": {
			kind: "run", f1: "0.9", want: "nobody wants this version",
			change: wantsFrom(v1alpha1.VersionFrom{Latest: &v1alpha1.LatestVersion{Tags: map[string]v1alpha1.TagValue{"reviewed": "yes"}}}),
		},
		"a low bar that another hand set": {
			kind: "run", f1: "0.55", change: func(g *game) {
				g.newVersion("run", "0.1")
				g.pass.holders["champion"] = "3"
			}, want: "gate beats-f1 does not pass",
		},
		"no evidence on the version": {
			kind: "run", f1: "0.9", want: "there is no evidence on the version",
			change: func(g *game) { g.must(g.user.SetVersionTag(g.ctx, sentiment, "2", productionEvidence, "")) },
		},
		"evidence of a gate that did not pass": {
			kind: "run", f1: "0.9", want: "the evidence says that gate f1 did not pass",
			change: func(g *game) {
				g.must(g.user.SetVersionTag(g.ctx, sentiment, "2", productionEvidence, evidence("Failed")))
			},
		},
		"a gate that is overridden": {
			kind: "run", f1: "0.4", change: overridden("2", "f1", "beats-f1"),
		},
		"a gate that is overridden for another version": {
			kind: "run", f1: "0.4", change: overridden("1", "f1", "beats-f1"), want: "gate f1 was waived, and nobody has overridden it",
		},
		"a gate that is overridden, with one that is none": {
			kind: "run", f1: "0.4", change: overridden("2", "f1", "beats-f1", "moon"), want: "gate f1 was waived, and nobody has overridden it",
		},
		"a gate that is overridden where that is forbidden": {
			kind: "run", f1: "0.4", want: "gate f1 was waived, and nobody has overridden it", change: func(g *game) {
				overridden("2", "f1", "beats-f1")(g)
				g.pass.model.Spec.Stages[1].Overrides = v1alpha1.OverridesForbid
			},
		},
		"a gate that is overridden for a model that is no more": {
			kind: "run", f1: "0.4", want: "gate f1 was waived, and nobody has overridden it", change: func(g *game) {
				overridden("2", "f1", "beats-f1")(g)
				g.pass.promotion.Status.Override = &v1alpha1.OverrideBinding{Generation: g.pass.promotion.Generation}
			},
		},
		"a gate that is overridden without a word": {
			kind: "run", f1: "0.4", want: "gate f1 was waived, and nobody has overridden it", change: func(g *game) {
				overridden("2", "f1", "beats-f1")(g)
				tag := `{"gates":[{"name":"f1","result":"Passed","waived":"Overridden"}]}`
				g.must(g.user.SetVersionTag(g.ctx, sentiment, "2", productionEvidence, tag))
			},
		},
		"a version that has not soaked": {kind: "run", f1: "0.9", change: soaks(1), want: "it has not soaked"},
		"a version that has":            {kind: "run", f1: "0.9", change: soaks(2)},
		"a version that has not soaked without a break": {
			kind: "run", f1: "0.9", want: "it has not soaked", change: func(g *game) {
				soaks(1)(g)
				g.newVersion("run", "0.9")
				g.want("staging", "3")
				soaks(1)(g)
				g.want("staging", "2")
				soaks(1)(g)
			},
		},
		"a version that nobody approved": {kind: "run", f1: "0.9", change: asksPeople(), want: "gate sign-off does not pass"},
		"a version that somebody approved": {
			kind: "run", f1: "0.9", change: asksPeople(func(g *game) { g.says("2", v1alpha1.DecisionApprove, false) }),
		},
		"a version that was approved and rejected": {
			kind: "run", f1: "0.9", want: "gate sign-off does not pass", change: asksPeople(
				func(g *game) { g.says("2", v1alpha1.DecisionApprove, false) }, func(g *game) { g.says("2", v1alpha1.DecisionReject, false) }),
		},
		"a version whose rejection was taken back": {
			kind: "run", f1: "0.9", change: asksPeople(func(g *game) { g.says("2", v1alpha1.DecisionReject, false) },
				func(g *game) { g.takesBack(1) }, func(g *game) { g.says("2", v1alpha1.DecisionApprove, false) }),
		},
		"a version that was rejected, and overridden": {
			kind: "run", f1: "0.9", change: asksPeople(
				func(g *game) { g.says("2", v1alpha1.DecisionReject, false) }, overridden("2", "f1", "sign-off")),
		},
		"an approval of another version": {
			kind: "run", f1: "0.9", want: "gate sign-off does not pass",
			change: asksPeople(func(g *game) { g.says("1", v1alpha1.DecisionApprove, false) }),
		},
		"an approval that was forged": {
			kind: "run", f1: "0.9", want: "gate sign-off does not pass",
			change: asksPeople(func(g *game) { g.says("2", v1alpha1.DecisionApprove, true) }),
		},
		"an approval without the policy": {
			kind: "run", f1: "0.9", want: "gate sign-off does not pass",
			change: asksPeople(func(g *game) { g.says("2", v1alpha1.DecisionApprove, false) }, func(g *game) { g.guard.away = true }),
		},
		"a stage that is left out": {
			kind: "run", f1: "0.9", change: func(g *game) { g.pass.model.Spec.Stages[1].PromotesFrom = []v1alpha1.StageName{"production"} },
			want: "it never was in production",
		},
		"a class that demands what the version has": {kind: "run", f1: "0.9", change: underClass(demanding("0.8").Build())},
		"a class that demands more": {
			kind: "run", f1: "0.7", change: underClass(demanding("0.8").Build()), want: "gate floor does not pass",
		},
		"a class that is not there": {
			kind: "run", f1: "0.9", change: underClass(nil), want: "the class of the model is not there",
		},
		"a class that the model does not meet": {
			kind: "run", f1: "0.9", change: underClass(demanding("0").Require("team", "vision").Build()), want: "the model does not meet its class",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGame(t.Context(), t)
			defer g.close()
			g.newVersion(test.kind, test.f1)
			g.want("staging", "2")
			g.turn("poll", "staging")
			g.want("production", "2")
			g.pass = pass{model: g.model(), holders: g.holders(), promotion: g.promotion("production")}
			g.must(g.user.SetVersionTag(g.ctx, sentiment, "2", productionEvidence, evidence("Passed")))
			if test.change != nil {
				test.change(g)
			}
			got := g.foul(mlflowtest.Write{
				Method: "POST", Endpoint: "registered-models/alias", Args: mlflowtest.Args{"alias": "champion", "version": "2"},
			})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// asksPeople adds a gate for people, who then do something.
func asksPeople(do ...func(*game)) func(*game) {
	return func(g *game) {
		g.pass.promotion.Spec.Gates = []v1alpha1.Gate{builder.Approvals(1, "alice")}
		for _, something := range do {
			something(g)
		}
	}
}

const productionEvidence = v1alpha1.EvidenceTagPrefix + "production"

// evidence is what the operator would write on a version before it moves the alias.
func evidence(result string) string {
	return `{"gates":[{"name":"f1","result":"` + result + `"}]}`
}

// overridden overrides gates for a version, and has f1 waived in writing.
func overridden(version v1alpha1.Version, gates ...string) func(*game) {
	return func(g *game) {
		g.pass.promotion.Spec.Override = &v1alpha1.Override{Version: version, Gates: gates, Reason: "because"}
		tag := `{"gates":[{"name":"f1","result":"Passed","waived":"Overridden"}],"override":{"gates":["f1"],"reason":"because"}}`
		g.must(g.user.SetVersionTag(g.ctx, sentiment, "2", productionEvidence, tag))
	}
}

// soaks demands a day, and lets half a day pass, some times.
func soaks(times int) func(*game) {
	return func(g *game) {
		pass := g.pass
		g.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Stages[1].MinSoak = "24h" })
		for range times {
			g.timePasses()
		}
		g.pass = pass
		g.pass.model.Spec.Stages[1].MinSoak = "24h"
	}
}

func wantsFrom(from v1alpha1.VersionFrom) func(*game) {
	return func(g *game) {
		g.pass.promotion.Spec.Version, g.pass.promotion.Spec.VersionFrom = "", &from
	}
}
