// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("A dry run", func() {
	It("stands beside the promotion that holds the stage, whichever is the older", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.95"})
		e.createObject(ctx, newGatedModel())
		e.createObject(ctx, builder.Promotion("a-preview").Version("2").DryRun())
		waitForConditions(ctx, e.promotionObject("a-preview"), expectation{version: "2"}.dryRunPassedConditions("mode is DryRun")...)
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		e.createObject(ctx, builder.Promotion("z-preview").Version("2").DryRun())
		for _, preview := range []string{"a-preview", "z-preview"} {
			requestReconcile(ctx, e.promotionObject(preview))
			waitForConditions(ctx, e.promotionObject(preview), expectation{version: "2", currentVersion: "version 1"}.dryRunPassedConditions("mode is DryRun")...)
		}
		Eventually(func() string { return e.getModel(ctx).Status.Stages[0].Promotion }).WithContext(ctx).Should(Equal(toProduction))
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1"}))

		By("letting the older one take part")
		editObject(ctx, e.promotionObject("a-preview"), func(p *v1alpha1.ModelPromotion) { p.Spec.Mode = v1alpha1.PromotionModeEnforce })
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Stalled", "Conflict",
			"ModelPromotion a-preview is older and holds stage production of the same model: delete one of the two")...)
		waitForConditions(ctx, e.promotionObject("a-preview"), expectation{version: "2"}.promotedConditions()...)
	})

	It("says what would happen, and does it once it is none", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, metrics{"accuracy": "0.5"}, metrics{"accuracy": "0.9"})
		e.createObject(ctx, newGatedModel())
		p := e.createObject(ctx, builder.Promotion(toProduction).Version("1").DryRun()).(*v1alpha1.ModelPromotion)
		waitForConditions(ctx, p, expectation{
			version: "1", reason: "GateFailed",
			detail: e.fillPlaceholders("1", "accuracy 0.5 is not greater than 0.85 (gate accuracy, run RUN)"),
		}.dryRunFailedConditions("mode is DryRun")...)

		e.setVersion(ctx, toProduction, "2")
		waitForConditions(ctx, p, expectation{version: "2"}.dryRunPassedConditions("mode is DryRun")...)
		Expect(p.Status.History).To(BeEmpty())
		Expect(e.listAliasWrites()).To(BeEmpty())
		Expect(e.mlflow.Version(modelName, "2").Tags).To(BeEmpty())

		editObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Mode = v1alpha1.PromotionModeEnforce })
		waitForConditions(ctx, p, expectation{version: "2"}.promotedConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=2"}))
	})

	It("is every promotion of a model that is only observed", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, metrics{"accuracy": "0.9"})
		e.createObject(ctx, newGatedModel().ObserveOnly())
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.dryRunPassedConditions("managementPolicy of the model is Observe")...)
		Expect(e.mlflow.Writes()).To(BeEmpty())
	})
})

var _ = Describe("A suspended promotion", func() {
	It("does nothing until it is resumed", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newModelWithGates(), nil, nil, nil)
		p := e.promotionObject(toProduction)
		editObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Suspend, p.Spec.Version = new(true), "2" })
		waitForConditions(ctx, p, suspendedConditions()...)
		Expect(e.user.SetAlias(ctx, modelName, "champion", "3")).To(Succeed())
		e.pollNow()
		e.waitForStageSummary(ctx, "production=3")
		requestReconcile(ctx, p)
		waitForConditions(ctx, p, suspendedConditions()...)
		Expect(e.mlflow.Alias(modelName, "champion")).To(Equal("3"))
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1"}))

		editObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Suspend = new(false) })
		waitForConditions(ctx, p, expectation{version: "2"}.promotedConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
	})
})
