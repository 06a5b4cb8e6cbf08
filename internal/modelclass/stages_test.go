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

// gateExistsMessage is the violation of a model that has a gate of its class.
const gateExistsMessage = "stages.production.gates.accuracy: class standard has a gate with this name, which a model can't replace: " +
	"rename this gate"

// TestWeakeningViolations: a model can't weaken the stages of its class.
func TestWeakeningViolations(t *testing.T) {
	for name, test := range map[string]struct {
		own  []*builder.StageBuilder
		want []string
	}{
		"another alias": {
			[]*builder.StageBuilder{builder.Stage(production).Alias("live")},
			[]string{"stages.production.alias: live, but stage production of class standard has the alias champion: remove it here"},
		},
		"the name of the stage as its alias, if the class has another": {
			[]*builder.StageBuilder{builder.Stage(production).Alias("production")},
			[]string{"stages.production.alias: production, but stage production of class standard has the alias champion: remove it here"},
		},
		"another legacy stage": {
			[]*builder.StageBuilder{builder.Stage(staging).MLflowStage("Production")},
			[]string{"stages.staging.mlflowStage: Production, but stage staging of class standard has the mlflowStage Staging: remove it here"},
		},
		"a gate with a lower threshold": {
			[]*builder.StageBuilder{builder.Stage(production).Gates(builder.GreaterThanGate("accuracy", "0.1"))},
			[]string{gateExistsMessage},
		},
		"an identical gate": {
			[]*builder.StageBuilder{builder.Stage(production).Gates(builder.GreaterThanGate("accuracy", "0.85"))},
			[]string{gateExistsMessage},
		},
		"production before staging": {
			[]*builder.StageBuilder{builder.Stage(production), builder.Stage(staging)},
			[]string{"stages: staging is listed after production, but class standard has the opposite order: " +
				"list them in the order of the class"},
		},
		"a stage without gates that has the alias of the class's stage": {
			[]*builder.StageBuilder{builder.Stage("fast").Alias("champion")},
			[]string{"stages.fast.alias: champion is the alias of stage production of class standard: choose another"},
		},
		"a stage whose name is the alias": {
			[]*builder.StageBuilder{builder.Stage("champion")},
			[]string{"stages.champion.alias: champion is the alias of stage production of class standard: choose another"},
		},
		"a stage without gates that has the legacy stage of the class": {
			[]*builder.StageBuilder{builder.Stage("fast").MLflowStage("Production"), builder.Stage(staging)},
			[]string{"stages.fast.mlflowStage: Production is the mlflowStage of stage production of class standard: remove it"},
		},
		"several violations": {
			[]*builder.StageBuilder{builder.Stage(production).Alias("live").Gates(builder.GreaterThanGate("accuracy", "0"))},
			[]string{
				"stages.production.alias: live, but stage production of class standard has the alias champion: remove it here",
				gateExistsMessage,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, violations := Merge(newClass().Build(), newModel(test.own...).Build())
			if diff := cmp.Diff(test.want, violationMessages(violations)); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(EffectiveSpec{}, got); diff != "" {
				t.Errorf("the effective spec is not empty:\n%s", diff)
			}
		})
	}
}

// TestLegacyStagesWithoutClassStages: if a stage of the class has no mlflowStage, the model can't
// add one to it. A stage that only the model has can have one.
func TestLegacyStagesWithoutClassStages(t *testing.T) {
	class := builder.Class("standard").Stages(builder.Stage(production)).Build()
	_, violations := Merge(class, newModel(builder.Stage(production).MLflowStage("Production")).Build())
	want := []string{"stages.production.mlflowStage: Production, but stage production of class standard has no mlflowStage: remove it here"}
	if diff := cmp.Diff(want, violationMessages(violations)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, violations := Merge(class, newModel(builder.Stage("eu").MLflowStage("Production")).Build()); len(violations) > 0 {
		t.Error(violationMessages(violations))
	}
}

// TestLegacyStageOrder: the last of a version's stages determines its legacy stage.
func TestLegacyStageOrder(t *testing.T) {
	class := builder.Class("standard").Stages(builder.Stage(production).MLflowStage("Production")).Build()
	own := builder.Stage("eu").MLflowStage("Staging")
	_, violations := Merge(class, newModel(own).Build())
	want := []string{
		"stages.eu.mlflowStage: Staging, but the stage follows stage production of class standard, " +
			"and would move versions out of its legacy stage: remove it",
	}
	if diff := cmp.Diff(want, violationMessages(violations)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, violations := Merge(class, newModel(own, builder.Stage(production)).Build()); len(violations) > 0 {
		t.Error(violationMessages(violations))
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
		"the maximum of stages": {own: stages[:14]},
		"one stage too many":    {stages, []string{"stages: 17, including those of class standard, and at most 16 are allowed: remove some"}},
		"one gate too many": {
			[]*builder.StageBuilder{many},
			[]string{"stages.production.gates: 33, including those of class standard, and at most 32 are allowed: remove some"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, violations := Merge(newClass().Build(), newModel(test.own...).Build())
			if diff := cmp.Diff(test.want, violationMessages(violations)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestAliasesAreKept: if a class changes the alias of an existing stage, another stage must keep
// the old alias.
func TestAliasesAreKept(t *testing.T) {
	reported := []v1alpha1.StageStatus{{Name: staging, Alias: "staging"}, {Name: production, Alias: "live"}, {Name: "old", Alias: "old"}}
	for name, test := range map[string]struct {
		own  []*builder.StageBuilder
		want []string
	}{
		"the stage gets another alias": {nil, []string{"stages.production.alias: class standard changes the alias from live to champion, " +
			"and the alias live would remain on its current version: add another stage with the alias live"}},
		"another stage has it": {own: []*builder.StageBuilder{builder.Stage("live")}},
	} {
		t.Run(name, func(t *testing.T) {
			own := newModel(test.own...).Build()
			own.Status.Stages = reported
			_, violations := Merge(newClass().Build(), own)
			if diff := cmp.Diff(test.want, violationMessages(violations)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
