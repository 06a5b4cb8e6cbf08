// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"encoding/json"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// newOverridableModel is a model whose production demands an f1 over 0.5, and lets that be overridden.
func newOverridableModel() *builder.ModelBuilder {
	return builder.RegisteredModel(modelName).Stages(
		builder.Stage("production").Alias("champion").Gates(builder.GreaterThanGate("f1", "0.5")).AllowOverrides())
}

// overrideGates asks for a version, and for these gates to be overridden for one.
func (e *env) overrideGates(ctx SpecContext, wanted, version v1alpha1.Version, gates ...string) {
	GinkgoHelper()
	editObject(ctx, e.promotionObject(toProduction), func(p *v1alpha1.ModelPromotion) {
		p.Spec.Version, p.Spec.Override = wanted, &v1alpha1.Override{Version: version, Gates: gates, Reason: overrideReason}
	})
}

// overriddenConditions are the conditions of a version that has the stage by an override.
func (v expectation) overriddenConditions(gates string) []string {
	lines := v.promotedConditions()
	for i := range lines {
		if i != 1 {
			lines[i] += "; overridden: " + gates + " (" + overrideReason + ")"
		}
	}
	return lines
}

var _ = Describe("An override", func() {
	It("lets one version in that a gate refuses, and leaves its traces", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newOverridableModel(), metrics{"f1": "0.8"}, metrics{"f1": "0.4"})
		e.overrideGates(ctx, "2", "2", "f1")
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "2"}.overriddenConditions("f1")...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
		Expect(listHistory(p)).To(Equal([]string{"Overridden 2 after 1", "Promoted 1 after none"}))
		Expect(p.Status.History[0].Override).To(Equal(&v1alpha1.OverrideRecord{Gates: []string{"f1"}, Reason: overrideReason}))
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "f1", Type: "Metric", Result: "Failed", Exemption: "Override", Observed: "0.4", Expected: "greater than 0.5", Origin: "Stage",
			Message: e.fillPlaceholders("2", "f1 0.4 is not greater than 0.5 (gate f1, run RUN); overridden: "+overrideReason),
		}))
		Expect(p.Status.Comparison).To(Equal([]v1alpha1.MetricChange{
			{Metric: "f1", Current: "0.8", Candidate: "0.4", AbsoluteChange: "-0.4", RelativeChange: "-0.5"},
		}))
		e.waitForPromotionEvents(ctx, toProduction, firstPromotedEvent,
			"Warning Overridden: alias champion of model sentiment moved from version 1 to 2; overridden: f1 ("+overrideReason+")")
		var evidence promotion.Evidence
		tag := e.mlflow.Version(modelName, "2").Tags["registry.mlflow-operator.io/promotion.production"]
		Expect(json.Unmarshal([]byte(tag), &evidence)).To(Succeed())
		Expect(evidence.Override).To(Equal(&promotion.OverrideEvidence{Gates: []string{"f1"}, Reason: overrideReason}))
		Expect(evidence.Gates).To(ContainElement(promotion.GateEvidence{
			Name: "f1", Result: "Failed", Exemption: "Override", Observed: "0.4", Expected: "greater than 0.5",
		}))

		By("taking it away, which demotes nobody")
		editObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Override = nil })
		waitForConditions(ctx, p, expectation{version: "2"}.overriddenConditions("f1")...)
		Expect(p.Status.Override).To(BeNil())

		By("wanting another version")
		e.setVersion(ctx, toProduction, "1")
		waitForConditions(ctx, p, expectation{version: "1", reason: "RolledBack"}.promotedConditions()...)
	})

	DescribeTable("does not count, and says so",
		func(ctx SpecContext, model *builder.ModelBuilder, version v1alpha1.Version, gates []string, void string) {
			e := newPromotedEnv(ctx, model, metrics{"f1": "0.8"}, metrics{"f1": "0.4"})
			e.overrideGates(ctx, "2", version, gates...)
			waitForConditions(ctx, e.promotionObject(toProduction), expectation{
				version: "2", reason: "GateFailed", currentVersion: "version 1",
				detail: e.fillPlaceholders("2", "f1 0.4 is not greater than 0.5 (gate f1, run RUN)") + void,
			}.stalledConditions()...)
			Expect(e.listAliasWrites()).To(Equal([]string{"champion=1"}))
		},
		Entry("for another version", newOverridableModel(), v1alpha1.Version("1"), []string{"f1"},
			"; the override is for version 1 and does not count"),
		Entry("where the stage forbids it", newModelWithGates(builder.GreaterThanGate("f1", "0.5")), v1alpha1.Version("2"), []string{"f1"},
			"; the override does not count: stage production says overridePolicy: Forbid"),
		Entry("where it names a gate that is none", newOverridableModel(), v1alpha1.Version("2"), []string{"f1", "f2"},
			"; the override does not count: it names f2, which is not a gate of this promotion"),
	)

	It("lets a version in before it has soaked", func(ctx SpecContext) {
		useFakeClock()
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil)
		e.createObject(ctx, newSoakModel("24h", v1alpha1.DriftPolicyRevert))
		e.createObject(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		waitForConditions(ctx, e.promotionObject(toStaging), stagingExpectation("1").promotedConditions()...)
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		p := waitForConditions(ctx, e.promotionObject(toProduction), soakingExpectation(noon).waitingConditions()...)
		e.overrideGates(ctx, "1", "1", "required-soak-time")
		waitForConditions(ctx, p, expectation{version: "1"}.overriddenConditions("required-soak-time")...)
		Expect(p.Status.BlockedUntil).To(BeNil())
	})

	It("is shown by a dry run", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, metrics{"f1": "0.4"})
		e.createObject(ctx, newOverridableModel())
		e.createObject(ctx, builder.Promotion(toProduction).Version("1").Override("1", overrideReason, "f1").DryRun())
		would := expectation{version: "1"}.dryRunPassedConditions("mode is DryRun")
		would[2] += "; overridden: f1 (" + overrideReason + ")"
		waitForConditions(ctx, e.promotionObject(toProduction), would...)
		Expect(e.listAliasWrites()).To(BeEmpty())
	})
})
