// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelclass

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// gateExistsMessage is the sentence about a gate that the class has.
const gateExistsMessage = "stages.production.gates.accuracy: class standard has a gate of this name, which can't be replaced: " +
	"give this one another name"

// TestWeakeningViolations lists what a model might try.
func TestWeakeningViolations(t *testing.T) {
	for name, test := range map[string]struct {
		own  []*builder.StageBuilder
		want []string
	}{
		"another alias": {
			[]*builder.StageBuilder{builder.Stage(production).Alias("live")},
			[]string{"stages.production.alias: live, but stage production of class standard has the alias champion: remove it here"},
		},
		"the name as the alias, where the class has another": {
			[]*builder.StageBuilder{builder.Stage(production).Alias("production")},
			[]string{"stages.production.alias: production, but stage production of class standard has the alias champion: remove it here"},
		},
		"another legacy stage": {
			[]*builder.StageBuilder{builder.Stage(staging).MLflowStage("Production")},
			[]string{"stages.staging.mlflowStage: Production, but stage staging of class standard mirrors Staging: remove it here"},
		},
		"a gate with a lower threshold": {
			[]*builder.StageBuilder{builder.Stage(production).Gates(builder.GreaterThanGate("accuracy", "0.1"))},
			[]string{gateExistsMessage},
		},
		"the very gate again": {
			[]*builder.StageBuilder{builder.Stage(production).Gates(builder.GreaterThanGate("accuracy", "0.85"))},
			[]string{gateExistsMessage},
		},
		"production before staging": {
			[]*builder.StageBuilder{builder.Stage(production), builder.Stage(staging)},
			[]string{"stages: staging stands behind production, and class standard has them the other way round: " +
				"list them in the order of the class"},
		},
		"the alias of the class's stage for a stage without gates": {
			[]*builder.StageBuilder{builder.Stage("fast").Alias("champion")},
			[]string{"stages.fast.alias: champion is the alias of stage production of class standard: choose another"},
		},
		"a stage that has the alias by its name": {
			[]*builder.StageBuilder{builder.Stage("champion")},
			[]string{"stages.champion.alias: champion is the alias of stage production of class standard: choose another"},
		},
		"the legacy stage of the class for a stage without gates": {
			[]*builder.StageBuilder{builder.Stage("fast").MLflowStage("Production"), builder.Stage(staging)},
			[]string{"stages.fast.mlflowStage: Production is mirrored by stage production of class standard: remove it"},
		},
		"several things at once": {
			[]*builder.StageBuilder{builder.Stage(production).Alias("live").Gates(builder.GreaterThanGate("accuracy", "0"))},
			[]string{
				"stages.production.alias: live, but stage production of class standard has the alias champion: remove it here",
				gateExistsMessage,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, problems := Merge(newClass().Build(), newModel(test.own...).Build())
			if diff := cmp.Diff(test.want, violationMessages(problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(EffectiveSpec{}, got); diff != "" {
				t.Errorf("it has something all the same:\n%s", diff)
			}
		})
	}
}

// A class that mirrors nothing leaves the legacy stages alone, and so must its models in
// these stages. A stage of their own may mirror.
func TestLegacyStagesWithoutClassStages(t *testing.T) {
	class := builder.Class("standard").Stages(builder.Stage(production)).Build()
	_, problems := Merge(class, newModel(builder.Stage(production).MLflowStage("Production")).Build())
	want := []string{"stages.production.mlflowStage: Production, but stage production of class standard mirrors none: remove it here"}
	if diff := cmp.Diff(want, violationMessages(problems)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, problems := Merge(class, newModel(builder.Stage("eu").MLflowStage("Production")).Build()); len(problems) > 0 {
		t.Error(violationMessages(problems))
	}
}

// The last stage that a version holds says which legacy stage it is in.
func TestLegacyStageOrder(t *testing.T) {
	class := builder.Class("standard").Stages(builder.Stage(production).MLflowStage("Production")).Build()
	own := builder.Stage("eu").MLflowStage("Staging")
	_, problems := Merge(class, newModel(own).Build())
	want := []string{
		"stages.eu.mlflowStage: stands behind stage production of class standard, and would take versions out of its legacy stage: remove it",
	}
	if diff := cmp.Diff(want, violationMessages(problems)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, problems := Merge(class, newModel(own, builder.Stage(production)).Build()); len(problems) > 0 {
		t.Error(violationMessages(problems))
	}
}

func TestMergedLimits(t *testing.T) {
	var stages []*builder.StageBuilder
	for i := range 15 {
		stages = append(stages, builder.Stage(v1alpha1.StageName(fmt.Sprintf("s%d", i))))
	}
	many := builder.Stage(production)
	for i := range 32 {
		many.Gates(builder.GreaterThanGate(fmt.Sprintf("m%d", i), "0"))
	}
	for name, test := range map[string]struct {
		own  []*builder.StageBuilder
		want []string
	}{
		"as many stages as may be": {own: stages[:14]},
		"a stage too many":         {stages, []string{"stages: 17 with those of class standard: at most 16"}},
		"a gate too many": {
			[]*builder.StageBuilder{many}, []string{"stages.production.gates: 33 with those of class standard: at most 32"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := Merge(newClass().Build(), newModel(test.own...).Build())
			if diff := cmp.Diff(test.want, violationMessages(problems)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A class that comes to a model leaves no holder behind.
func TestAliasesAreKept(t *testing.T) {
	had := []v1alpha1.StageStatus{{Name: staging, Alias: "staging"}, {Name: production, Alias: "live"}, {Name: "old", Alias: "old"}}
	for name, test := range map[string]struct {
		own  []*builder.StageBuilder
		want []string
	}{
		"its stage gets another one": {nil, []string{"stages.production.alias: the stage has the alias live, " +
			"and by class standard it is champion, which would leave its holder behind: add another stage with the alias live"}},
		"another stage has it": {own: []*builder.StageBuilder{builder.Stage("live")}},
	} {
		t.Run(name, func(t *testing.T) {
			own := newModel(test.own...).Build()
			own.Status.Stages = had
			_, problems := Merge(newClass().Build(), own)
			if diff := cmp.Diff(test.want, violationMessages(problems)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
