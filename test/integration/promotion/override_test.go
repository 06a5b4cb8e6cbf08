// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"encoding/json"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// newOverridableModel returns a model whose production requires an f1 over 0.5 and allows overrides.
func newOverridableModel() *builder.ModelBuilder {
	return builder.RegisteredModel(env.ModelName).Stages(
		builder.Stage("production").Alias("champion").Gates(builder.GreaterThanGate("f1", "0.5")).AllowOverrides())
}

// overrideGates selects one version, and overrides these gates for another one or the same.
func overrideGates(ctx SpecContext, e *env.Env, wanted, version v1alpha1.Version, gates ...string) {
	GinkgoHelper()
	e.EditPromotion(ctx, func(p *v1alpha1.ModelPromotion) {
		p.Spec.Version, p.Spec.Override = wanted, &v1alpha1.Override{Version: version, Gates: gates, Reason: env.OverrideReason}
	})
}

var _ = Describe("An override", func() {
	It("promotes one version that a gate blocks, and is recorded", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, newOverridableModel(), env.Metrics{"f1": "0.8"}, env.Metrics{"f1": "0.4"})
		overrideGates(ctx, e, "2", "2", "f1")
		p := e.WaitForPromotion(ctx, env.Expectation{Version: "2"}.OverriddenConditions("f1")...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
		Expect(env.ListHistory(p)).To(Equal([]string{"Overridden 2 after 1", "Promoted 1 after none"}))
		Expect(p.Status.History[0].Override).To(Equal(&v1alpha1.OverrideRecord{Gates: []string{"f1"}, Reason: env.OverrideReason}))
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "f1", Type: "Metric", Result: "Failed", Exemption: "Override", Observed: "0.4", Expected: "greater than 0.5", Origin: "Stage",
			Message: e.FillPlaceholders("2", "f1 0.4 is not greater than 0.5 (gate f1, run RUN); overridden: "+env.OverrideReason),
		}))
		Expect(p.Status.Comparison).To(Equal([]v1alpha1.MetricChange{
			{Metric: "f1", Current: "0.8", Candidate: "0.4", AbsoluteChange: "-0.4", RelativeChange: "-0.5"},
		}))
		e.WaitForPromotionEvents(ctx, env.ToProduction, env.FirstPromotedEvent,
			"Warning Overridden: alias champion of model sentiment moved from version 1 to 2; overridden: f1 ("+env.OverrideReason+")")
		var evidence promotion.Evidence
		tag := e.MLflow.Version(env.ModelName, "2").Tags["registry.mlflow-operator.io/promotion.production"]
		Expect(json.Unmarshal([]byte(tag), &evidence)).To(Succeed())
		Expect(evidence.Override).To(Equal(&promotion.OverrideEvidence{Gates: []string{"f1"}, Reason: env.OverrideReason}))
		Expect(evidence.Gates).To(ContainElement(promotion.GateEvidence{
			Name: "f1", Result: "Failed", Exemption: "Override", Observed: "0.4", Expected: "greater than 0.5",
		}))

		By("removing it, which demotes no version")
		env.EditObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Override = nil })
		env.WaitForConditions(ctx, p, env.Expectation{Version: "2"}.OverriddenConditions("f1")...)
		Expect(p.Status.Override).To(BeNil())

		By("selecting another version")
		e.SetVersion(ctx, env.ToProduction, "1")
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1", Reason: "RolledBack"}.PromotedConditions()...)
	})

	DescribeTable("has no effect, and is reported",
		func(ctx SpecContext, model *builder.ModelBuilder, version v1alpha1.Version, gates []string, void string) {
			e := env.NewPromoted(ctx, model, env.Metrics{"f1": "0.8"}, env.Metrics{"f1": "0.4"})
			overrideGates(ctx, e, "2", version, gates...)
			e.WaitForPromotion(ctx, env.Expectation{
				Version: "2", Reason: "GateFailed", CurrentVersion: "version 1",
				Detail: e.FillPlaceholders("2", "f1 0.4 is not greater than 0.5 (gate f1, run RUN)") + void,
			}.StalledConditions()...)
			Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))
		},
		Entry("for another version", newOverridableModel(), v1alpha1.Version("1"), []string{"f1"},
			"; the override is for version 1 and does not count"),
		Entry("if the stage forbids it", env.NewModelWithGates(builder.GreaterThanGate("f1", "0.5")), v1alpha1.Version("2"), []string{"f1"},
			"; the override does not count: stage production says overridePolicy: Forbid"),
		Entry("if it names an unknown gate", newOverridableModel(), v1alpha1.Version("2"), []string{"f1", "f2"},
			"; the override does not count: it names f2, which is not a gate of this promotion"),
	)

	It("promotes a version before it has soaked", func(ctx SpecContext) {
		env.UseFakeClock()
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil)
		e.CreateObject(ctx, newSoakModel("24h", v1alpha1.DriftPolicyRevert))
		e.CreateObject(ctx, builder.Promotion(env.ToStaging).Stage("staging").Version("1"))
		env.WaitForConditions(ctx, e.PromotionObject(env.ToStaging), env.StagingExpectation("1").PromotedConditions()...)
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		p := e.WaitForPromotion(ctx, soakingExpectation(env.Noon).WaitingConditions()...)
		overrideGates(ctx, e, "1", "1", "required-soak-time")
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.OverriddenConditions("required-soak-time")...)
		Expect(p.Status.BlockedUntil).To(BeNil())
	})

	It("is shown by a dry run", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, env.Metrics{"f1": "0.4"})
		e.CreateObject(ctx, newOverridableModel())
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1").Override("1", env.OverrideReason, "f1").DryRun())
		would := env.Expectation{Version: "1"}.DryRunPassedConditions("mode is DryRun")
		would[2] += "; overridden: f1 (" + env.OverrideReason + ")"
		e.WaitForPromotion(ctx, would...)
		Expect(e.ListAliasWrites()).To(BeEmpty())
	})
})
