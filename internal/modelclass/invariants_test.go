// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelclass

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// TestMergeNeverWeakensClass draws classes and models that the API server accepts, and checks
// each merge without violations.
func TestMergeNeverWeakensClass(t *testing.T) {
	merged := 0
	rapid.Check(t, func(t *rapid.T) {
		class := builder.Class("standard").Build()
		class.Spec.Stages = drawStages(t, "class")
		own := newModel().Build()
		own.Spec.Stages = drawStages(t, "own")
		got, violations := Merge(class, own)
		if len(violations) > 0 {
			return
		}
		merged++
		checkOrder(t, stageNames(class.Spec.Stages), stageNames(got.Stages))
		for i := range class.Spec.Stages {
			checkClassStage(t, &class.Spec.Stages[i], findStage(got.Stages, class.Spec.Stages[i].Name))
		}
		for i := range own.Spec.Stages {
			checkAdditions(t, &own.Spec.Stages[i], findStage(got.Stages, own.Spec.Stages[i].Name))
		}
		checkAPILimits(t, got.Stages)
	})
	if merged < 10 {
		t.Errorf("only %d of all drawn models have no violation", merged)
	}
}

// drawStages draws stages that the API server accepts.
func drawStages(t *rapid.T, label string) []v1alpha1.Stage {
	all := rapid.Permutation([]v1alpha1.StageName{"dev", staging, canary, production}).Draw(t, label)
	var stages []v1alpha1.Stage
	for _, name := range all[:rapid.IntRange(0, 4).Draw(t, label+" count")] {
		b := builder.Stage(name)
		if len(stages) > 0 && rapid.Bool().Draw(t, label+" order") {
			b.PromotesFrom(stages[rapid.IntRange(0, len(stages)-1).Draw(t, label+" from")].Name)
		}
		keys := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
		for _, key := range rapid.SliceOfNDistinct(keys, 0, 2, rapid.ID).Draw(t, label+" gates") {
			b.Gates(builder.GreaterThanGate(key, "0."+v1alpha1.Decimal(rapid.SampledFrom([]string{"1", "2"}).Draw(t, label+" threshold"))))
		}
		if rapid.Bool().Draw(t, label+" overrides") {
			b.AllowOverrides()
		}
		b.RequiredSoakTime(rapid.SampledFrom([]v1alpha1.Duration{"", "90m", "24h"}).Draw(t, label+" soak"))
		b.DriftPolicy(drawOneOf(t, label+" drift", v1alpha1.DriftPolicyRevert, v1alpha1.DriftPolicyReport))
		b.RollbackPolicy(drawOneOf(t, label+" rollback", v1alpha1.RollbackPolicyGated, v1alpha1.RollbackPolicyTrusted))
		stages = append(stages, b.Build())
	}
	return stages
}

func drawOneOf[T any](t *rapid.T, label string, values ...T) T {
	return rapid.SampledFrom(values).Draw(t, label)
}

// checkOrder checks that the stages of the class keep their order.
func checkOrder(t *rapid.T, class, effective []v1alpha1.StageName) {
	fromClass := slices.DeleteFunc(slices.Clone(effective), func(name v1alpha1.StageName) bool { return !slices.Contains(class, name) })
	if !slices.Equal(class, fromClass) {
		t.Fatalf("the stages of the class are %v, the effective ones %v", class, effective)
	}
}

// checkClassStage checks that the effective stage requires all that the class requires.
func checkClassStage(t *rapid.T, class, effective *v1alpha1.Stage) {
	if effective.EffectiveAlias() != class.EffectiveAlias() || effective.MLflowStage != class.MLflowStage {
		t.Fatalf("stage %s has another alias or legacy stage", class.Name)
	}
	if diff := cmp.Diff(class.Gates, effective.Gates[:len(class.Gates)], cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("the gates of stage %s changed:\n%s", class.Name, diff)
	}
	for _, from := range class.PromotesFrom {
		if !slices.Contains(effective.PromotesFrom, from) {
			t.Fatalf("stage %s no longer promotes from %s", class.Name, from)
		}
	}
	if class.DriftPolicy == v1alpha1.DriftPolicyRevert && effective.DriftPolicy != v1alpha1.DriftPolicyRevert ||
		class.RollbackPolicy == v1alpha1.RollbackPolicyGated && effective.RollbackPolicy != v1alpha1.RollbackPolicyGated ||
		class.OverridePolicy != v1alpha1.OverridePolicyAllow && effective.OverridePolicy == v1alpha1.OverridePolicyAllow ||
		effective.RequiredSoakTime.OrDefault(0) < class.RequiredSoakTime.OrDefault(0) {
		t.Fatalf("stage %s is less strict than in the class", class.Name)
	}
}

// checkAdditions checks that nothing that the model adds is lost.
func checkAdditions(t *rapid.T, own, effective *v1alpha1.Stage) {
	for _, g := range own.Gates {
		if !hasGate(effective, g.Name) {
			t.Fatalf("gate %s of stage %s is lost", g.Name, own.Name)
		}
	}
	for _, from := range own.PromotesFrom {
		if !slices.Contains(effective.PromotesFrom, from) {
			t.Fatalf("promotesFrom %s of stage %s is lost", from, own.Name)
		}
	}
}

// checkAPILimits checks the result against the rules of the API server for one object.
func checkAPILimits(t *rapid.T, stages []v1alpha1.Stage) {
	for i := range stages {
		for _, from := range stages[i].PromotesFrom {
			if at := indexOfStage(stages, from); at < 0 || at >= i {
				t.Fatalf("stage %s promotes from %s, which is not before it", stages[i].Name, from)
			}
		}
		seen := map[string]bool{}
		for _, name := range gateNames(&stages[i]) {
			if seen[name] {
				t.Fatalf("gate %s is in the stage twice", name)
			}
			seen[name] = true
		}
	}
}
