// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelclass

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

func TestMergeWithoutClass(t *testing.T) {
	own := newModel(builder.Stage(staging), builder.Stage(production).Gates(builder.GreaterThanGate("f1", "0.8"))).Build()
	got, violations := Merge(nil, own)
	if diff := cmp.Diff(own.Spec.Stages, got.Stages); diff != "" || len(violations) > 0 {
		t.Errorf("violations %v, stages (-want +got):\n%s", violations, diff)
	}
	if origin := got.GateOrigin(production, "f1"); origin != v1alpha1.GateOriginStage {
		t.Errorf("the origin of the gate is %s", origin)
	}
}

func TestMergeEmptyModel(t *testing.T) {
	class := newClass().Build()
	got, violations := Merge(class, newModel().Build())
	if diff := cmp.Diff(class.Spec.Stages, got.Stages); diff != "" || len(violations) > 0 {
		t.Errorf("violations %v, stages (-want +got):\n%s", violations, diff)
	}
}

func TestMergeAdditions(t *testing.T) {
	class := newClass().Build()
	class.Spec.Stages[0].DriftPolicy = v1alpha1.DriftPolicyReport
	own := newModel(
		builder.Stage(staging).Gates(builder.GreaterThanGate("recall", "0.5")),
		builder.Stage(canary).Gates(builder.GreaterThanGate("f1", "0.7")),
		builder.Stage(production).Alias("champion").PromotesFrom(canary, staging).RollbackPolicy(v1alpha1.RollbackPolicyGated).
			Gates(builder.GreaterThanGate("f1", "0.8")),
	).Build()
	before := class.DeepCopy()

	got, violations := Merge(class, own)
	if len(violations) > 0 {
		t.Fatal(violationMessages(violations))
	}
	want := []v1alpha1.Stage{
		builder.Stage(staging).MLflowStage("Staging").DriftPolicy(v1alpha1.DriftPolicyRevert).
			Gates(builder.GreaterThanGate("recall", "0.5")).Build(),
		builder.Stage(canary).Gates(builder.GreaterThanGate("f1", "0.7")).Build(),
		builder.Stage(production).Alias("champion").MLflowStage("Production").PromotesFrom(staging, canary).
			DriftPolicy(v1alpha1.DriftPolicyRevert).RollbackPolicy(v1alpha1.RollbackPolicyGated).
			Gates(builder.GreaterThanGate("accuracy", "0.85"), builder.GreaterThanGate("f1", "0.8")).Build(),
	}
	if diff := cmp.Diff(want, got.Stages, compareOverrides); diff != "" {
		t.Errorf("stages (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, class); diff != "" {
		t.Errorf("the class was changed (-before +after):\n%s", diff)
	}
	origins := map[string]v1alpha1.GateOrigin{
		"accuracy": got.GateOrigin(production, "accuracy"), "f1": got.GateOrigin(production, "f1"),
		"f1 in canary": got.GateOrigin(canary, "f1"),
	}
	if diff := cmp.Diff(map[string]v1alpha1.GateOrigin{
		"accuracy": v1alpha1.GateOriginClass, "f1": v1alpha1.GateOriginStage, "f1 in canary": v1alpha1.GateOriginStage,
	}, origins); diff != "" {
		t.Errorf("origins (-want +got):\n%s", diff)
	}
}

// TestMergeOrder: a stage that only the model has comes before the next stage of the class that
// the model lists after it, or else last.
func TestMergeOrder(t *testing.T) {
	stage := func(name v1alpha1.StageName) *builder.StageBuilder { return builder.Stage(name) }
	for name, test := range map[string]struct {
		own  []*builder.StageBuilder
		want []v1alpha1.StageName
	}{
		"no stage of its own":                       {nil, []v1alpha1.StageName{staging, production}},
		"one without a stage of the class after it": {[]*builder.StageBuilder{stage("eu")}, []v1alpha1.StageName{staging, production, "eu"}},
		"one before the first": {
			[]*builder.StageBuilder{stage("dev"), stage(staging)}, []v1alpha1.StageName{"dev", staging, production},
		},
		"two before the last, the first not listed": {
			[]*builder.StageBuilder{stage("a"), stage("b"), stage(production)},
			[]v1alpha1.StageName{staging, "a", "b", production},
		},
		"one in each place": {
			[]*builder.StageBuilder{stage("a"), stage(staging), stage("b"), stage(production), stage("c")},
			[]v1alpha1.StageName{"a", staging, "b", production, "c"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, violations := Merge(newClass().Build(), newModel(test.own...).Build())
			if len(violations) > 0 {
				t.Fatal(violationMessages(violations))
			}
			if diff := cmp.Diff(test.want, stageNames(got.Stages)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestMergePrefersStricter: of the policies and the soak time of class and model, the stricter
// value is effective.
func TestMergePrefersStricter(t *testing.T) {
	const (
		revert, report = v1alpha1.DriftPolicyRevert, v1alpha1.DriftPolicyReport
		trusted, gated = v1alpha1.RollbackPolicyTrusted, v1alpha1.RollbackPolicyGated
	)
	lax := newStage(report, trusted).AllowOverrides()
	soaking := func(soakTime v1alpha1.Duration) *builder.StageBuilder {
		return newStage(report, trusted).AllowOverrides().RequiredSoakTime(soakTime)
	}
	for name, test := range map[string]struct {
		class, own, want *builder.StageBuilder
	}{
		"both lax":               {lax, lax, lax},
		"the class forbids":      {newStage(report, trusted), lax, newStage(report, trusted)},
		"the model forbids":      {lax, newStage(report, trusted), newStage(report, trusted)},
		"only the class soaks":   {soaking("24h"), lax, soaking("24h")},
		"only the model soaks":   {lax, soaking("24h"), soaking("24h")},
		"the class soaks longer": {soaking("24h"), soaking("90m"), soaking("24h")},
		"the model soaks longer": {soaking("90m"), soaking("24h"), soaking("24h")},
		"the class is strict":    {newStage(revert, gated), newStage(report, trusted), newStage(revert, gated)},
		"the model is strict":    {newStage(report, trusted), newStage(revert, gated), newStage(revert, gated)},
		"both strict":            {newStage(revert, gated), newStage(revert, gated), newStage(revert, gated)},
	} {
		t.Run(name, func(t *testing.T) {
			got, violations := Merge(builder.Class("standard").Stages(test.class).Build(), newModel(test.own).Build())
			if len(violations) > 0 {
				t.Fatal(violationMessages(violations))
			}
			if diff := cmp.Diff([]v1alpha1.Stage{test.want.Build()}, got.Stages, compareOverrides); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// compareOverrides treats an absent override policy as its default.
var compareOverrides = cmp.Comparer(func(a, b v1alpha1.OverridePolicy) bool {
	return (a == v1alpha1.OverridePolicyAllow) == (b == v1alpha1.OverridePolicyAllow)
})

func newStage(drift v1alpha1.DriftPolicy, rollback v1alpha1.RollbackPolicy) *builder.StageBuilder {
	return builder.Stage(production).DriftPolicy(drift).RollbackPolicy(rollback)
}

// TestEveryStageFieldIsMerged: a new field of the API must not come from the class alone, or
// from the model alone, by accident. Give it a rule in mergeStage, a case above, and an entry
// here.
func TestEveryStageFieldIsMerged(t *testing.T) {
	var fields []string
	for field := range reflect.TypeFor[v1alpha1.Stage]().Fields() {
		fields = append(fields, field.Name)
	}
	want := []string{"Name", "Alias", "MLflowStage", "PromotesFrom", "RequiredSoakTime", "Gates",
		"DriftPolicy", "RollbackPolicy", "OverridePolicy"}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Errorf("fields of a stage (-merged +in the API):\n%s", diff)
	}
}

// TestMergeRetention: a model never keeps less than its class does.
func TestMergeRetention(t *testing.T) {
	keep := builder.KeepLatest
	for name, test := range map[string]struct{ class, own, want *builder.RetentionBuilder }{
		"neither has retention":  {},
		"the class alone":        {class: keep(3).DeleteOthers().KeepTagged("a"), want: keep(3).DeleteOthers().KeepTagged("a")},
		"the model alone":        {own: keep(3).DeleteOthers(), want: keep(3).DeleteOthers()},
		"the model keeps more":   {class: keep(3).DeleteOthers(), own: keep(5).DeleteOthers(), want: keep(5).DeleteOthers()},
		"the model keeps fewer":  {class: keep(5).DeleteOthers(), own: keep(3).DeleteOthers(), want: keep(5).DeleteOthers()},
		"only the model deletes": {class: keep(3).ArchiveOthers(), own: keep(3).DeleteOthers(), want: keep(3).ArchiveOthers()},
		"only the class deletes": {class: keep(3).DeleteOthers(), own: keep(3).ArchiveOthers(), want: keep(3).ArchiveOthers()},
		"no action":              {class: keep(3).DeleteOthers(), own: keep(3), want: keep(3).ArchiveOthers()},
		"each has tags, one of them the same": {
			class: keep(3).ArchiveOthers().KeepTagged("a", "b"), own: keep(3).ArchiveOthers().KeepTagged("c", "b"),
			want: keep(3).ArchiveOthers().KeepTagged("a", "b", "c"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			class, own := newClass().Build(), newModel().Build()
			class.Spec.Retention, own.Spec.Retention = test.class.Build(), test.own.Build()
			before := class.DeepCopy()
			got, violations := Merge(class, own)
			if diff := cmp.Diff(test.want.Build(), got.Retention); diff != "" || len(violations) > 0 {
				t.Errorf("violations %v, retention (-want +got):\n%s", violations, diff)
			}
			if diff := cmp.Diff(before, class); diff != "" {
				t.Errorf("the class was changed (-before +after):\n%s", diff)
			}
		})
	}
	own := newModel().Build()
	own.Spec.Retention = keep(7).Build()
	if got, _ := Merge(nil, own); got.Retention.KeepLatest != 7 {
		t.Errorf("without a class: %+v", got.Retention)
	}
}
