// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("An alias that another hand touches", func() {
	It("is put back when it was moved", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newGatedModel(), metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.99"})
		Expect(e.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		e.pollNow()
		e.waitForHistory(ctx, toProduction, "DriftReverted 1 after 2", "Promoted 1 after none")
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(e.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		e.waitForPromotionEvents(ctx, toProduction, firstPromotedEvent,
			"Warning DriftReverted: alias champion of model sentiment moved from version 2 to 1")
	})

	It("is set again when it was deleted", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newGatedModel(), metrics{"accuracy": "0.9"})
		Expect(e.user.DeleteAlias(ctx, modelName, "champion")).To(Succeed())
		e.pollNow()
		e.waitForHistory(ctx, toProduction, "DriftReverted 1 after none", "Promoted 1 after none")
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1", "champion=1"}))
		e.waitForPromotionEvents(ctx, toProduction, firstPromotedEvent,
			"Warning DriftReverted: alias champion of model sentiment was set to version 1; no version held it before")
	})

	It("is only reported where the stage says Report", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, builder.RegisteredModel(modelName).Stages(
			builder.Stage("production").Alias("champion").DriftPolicy(v1alpha1.DriftPolicyReport)), nil, nil)
		Expect(e.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		e.pollNow()
		moved := "DriftDetected: another hand moved alias champion from version 1 to 2, and driftPolicy is Report: " +
			"put it back, or declare the version that holds it"
		p := waitForConditions(ctx, e.promotionObject(toProduction),
			"Ready=False "+moved, "Stalled=True "+moved,
			expectation{version: "1"}.candidateResolvedLine(), expectation{version: "1"}.gatesPassedLine(), "Promoted=False "+moved)
		Expect(p.Status.CurrentVersion).To(Equal(v1alpha1.Version("2")))
		e.waitForPromotionEvents(ctx, toProduction, firstPromotedEvent, "Warning "+moved)

		By("putting it back")
		Expect(e.user.SetAlias(ctx, modelName, "champion", "1")).To(Succeed())
		e.pollNow()
		waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1"}))
	})

	It("is put back also when it was moved to the very version that was refused", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newGatedModel(), metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.5"})
		e.setVersion(ctx, toProduction, "2")
		refused := expectation{
			version: "2", reason: "GateFailed", currentVersion: "version 1",
			detail: e.fillPlaceholders("2", "accuracy 0.5 is not greater than 0.85 (gate accuracy, run RUN)"),
		}
		waitForConditions(ctx, e.promotionObject(toProduction), refused.stalledConditions()...)
		Expect(e.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		e.pollNow()
		e.waitForHistory(ctx, toProduction, "DriftReverted 1 after 2", "Promoted 1 after none")
		waitForConditions(ctx, e.promotionObject(toProduction), refused.stalledConditions()...)
		Expect(e.mlflow.Alias(modelName, "champion")).To(Equal("1"))
	})
})

var _ = Describe("MLflow's own stage that another hand moves", func() {
	It("is brought back in step, which is no change of hands", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, builder.RegisteredModel(modelName).Stages(
			builder.Stage("production").Alias("champion").MLflowStage("Production")), nil)
		Expect(e.user.TransitionStage(ctx, modelName, "1", "Archived", false)).To(Succeed())
		e.pollNow()
		Eventually(e.listMLflowStages).WithContext(ctx).WithArguments("1").Should(Equal([]string{"Production"}))
		p := e.promotionObject(toProduction)
		requestReconcile(ctx, p)
		waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
		Expect(listHistory(p)).To(Equal([]string{"Promoted 1 after none"}))
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1"}))
	})
})

var _ = Describe("An alias that pointed to the wanted version before", func() {
	It("is recorded once the gates passed", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, metrics{"accuracy": "0.9"})
		Expect(e.user.SetAlias(ctx, modelName, "champion", "1")).To(Succeed())
		e.createObject(ctx, newGatedModel())
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(listHistory(p)).To(Equal([]string{"Promoted 1 after none"}))
		Expect(e.listAliasWrites()).To(BeEmpty())
		Expect(e.mlflow.Version(modelName, "1").Tags).To(HaveKey("registry.mlflow-operator.io/promotion.production"))
		e.waitForPromotionEvents(ctx, toProduction, "Normal Promoted: alias champion of model sentiment points to version 1 already; "+
			"every gate passed, and it is recorded as the holder of stage production")
	})

	It("stays, but is not recorded, where a gate fails", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, metrics{"accuracy": "0.5"})
		Expect(e.user.SetAlias(ctx, modelName, "champion", "1")).To(Succeed())
		e.createObject(ctx, newGatedModel())
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		because := e.fillPlaceholders("1", "accuracy 0.5 is not greater than 0.85 (gate accuracy, run RUN)")
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1", reason: "GateFailed", detail: because}.currentButBlockedConditions()...)
		Expect(p.Status.History).To(BeEmpty())
		Expect(e.listAliasWrites()).To(BeEmpty())
		Expect(e.mlflow.Alias(modelName, "champion")).To(Equal("1"))
	})
})
