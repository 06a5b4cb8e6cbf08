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
		w := newConnectedEnv(ctx)
		w.registerModel(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.95"})
		w.createObject(ctx, newGatedModel())
		w.createObject(ctx, builder.Promotion("a-preview").Version("2").DryRun())
		waitForConditions(ctx, w.promotionObject("a-preview"), expectation{version: "2"}.dryRunPassedConditions("mode is DryRun")...)
		w.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		w.createObject(ctx, builder.Promotion("z-preview").Version("2").DryRun())
		for _, preview := range []string{"a-preview", "z-preview"} {
			requestReconcile(ctx, w.promotionObject(preview))
			waitForConditions(ctx, w.promotionObject(preview), expectation{version: "2", currentVersion: "version 1"}.dryRunPassedConditions("mode is DryRun")...)
		}
		Eventually(func() string { return w.getModel(ctx).Status.Stages[0].Promotion }).WithContext(ctx).Should(Equal(toProduction))
		Expect(w.listAliasWrites()).To(Equal([]string{"champion=1"}))

		By("letting the older one take part")
		editObject(ctx, w.promotionObject("a-preview"), func(p *v1alpha1.ModelPromotion) { p.Spec.Mode = v1alpha1.PromotionModeEnforce })
		waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Stalled", "Conflict",
			"ModelPromotion a-preview is older and holds stage production of the same model: delete one of the two")...)
		waitForConditions(ctx, w.promotionObject("a-preview"), expectation{version: "2"}.promotedConditions()...)
	})

	It("says what would happen, and does it once it is none", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		w.registerModel(ctx, metrics{"accuracy": "0.5"}, metrics{"accuracy": "0.9"})
		w.createObject(ctx, newGatedModel())
		p := w.createObject(ctx, builder.Promotion(toProduction).Version("1").DryRun()).(*v1alpha1.ModelPromotion)
		waitForConditions(ctx, p, expectation{
			version: "1", reason: "GateFailed",
			cause: w.fillPlaceholders("1", "accuracy 0.5 is not greater than 0.85 (gate accuracy, run RUN)"),
		}.dryRunFailedConditions("mode is DryRun")...)

		w.setVersion(ctx, toProduction, "2")
		waitForConditions(ctx, p, expectation{version: "2"}.dryRunPassedConditions("mode is DryRun")...)
		Expect(p.Status.History).To(BeEmpty())
		Expect(w.listAliasWrites()).To(BeEmpty())
		Expect(w.mlflow.Version(modelName, "2").Tags).To(BeEmpty())

		editObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Mode = v1alpha1.PromotionModeEnforce })
		waitForConditions(ctx, p, expectation{version: "2"}.promotedConditions()...)
		Expect(w.listAliasWrites()).To(Equal([]string{"champion=2"}))
	})

	It("is every promotion of a model that is only observed", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		w.registerModel(ctx, metrics{"accuracy": "0.9"})
		w.createObject(ctx, newGatedModel().ObserveOnly())
		w.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "1"}.dryRunPassedConditions("managementPolicy of the model is Observe")...)
		Expect(w.mlflow.Writes()).To(BeEmpty())
	})
})

var _ = Describe("A suspended promotion", func() {
	It("does nothing until it is resumed", func(ctx SpecContext) {
		w := newChampionEnv(ctx, newModelWithGates(), nil, nil, nil)
		p := w.promotionObject(toProduction)
		editObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Suspend, p.Spec.Version = new(true), "2" })
		waitForConditions(ctx, p, suspendedConditions()...)
		Expect(w.user.SetAlias(ctx, modelName, "champion", "3")).To(Succeed())
		w.pollNow()
		w.waitForStageSummary(ctx, "production=3")
		requestReconcile(ctx, p)
		waitForConditions(ctx, p, suspendedConditions()...)
		Expect(w.mlflow.Alias(modelName, "champion")).To(Equal("3"))
		Expect(w.listAliasWrites()).To(Equal([]string{"champion=1"}))

		editObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Suspend = new(false) })
		waitForConditions(ctx, p, expectation{version: "2"}.promotedConditions()...)
		Expect(w.listAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
	})
})

// waitForStageSummary waits until the model's status tells that these versions hold its stages.
func (w *env) waitForStageSummary(ctx SpecContext, summary string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		m := w.modelObject(modelName)
		g.Expect(controlPlane.Client.Get(ctx, keyOf(m), m)).To(Succeed())
		g.Expect(m.Status.StageSummary).To(Equal(summary))
	}).WithContext(ctx).Should(Succeed())
}
