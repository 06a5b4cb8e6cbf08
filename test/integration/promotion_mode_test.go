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
		w := connected(ctx)
		w.registered(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.95"})
		w.apply(ctx, gated())
		w.apply(ctx, builder.Promotion("a-preview").Version("2").DryRun())
		shows(ctx, w.promotion("a-preview"), verdict{version: "2"}.wouldTake("mode is DryRun")...)
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		w.apply(ctx, builder.Promotion("z-preview").Version("2").DryRun())
		for _, preview := range []string{"a-preview", "z-preview"} {
			lookNow(ctx, w.promotion(preview))
			shows(ctx, w.promotion(preview), verdict{version: "2", keeps: "version 1"}.wouldTake("mode is DryRun")...)
		}
		Eventually(func() string { return w.read(ctx).Status.Stages[0].Promotion }).WithContext(ctx).Should(Equal(toProduction))
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1"}))

		By("letting the older one take part")
		edit(ctx, w.promotion("a-preview"), func(p *v1alpha1.ModelPromotion) { p.Spec.Mode = v1alpha1.PromotionModeEnforce })
		shows(ctx, w.promotion(toProduction), unresolved("Stalled", "Conflict",
			"ModelPromotion a-preview is older and holds stage production of the same model: delete one of the two")...)
		shows(ctx, w.promotion("a-preview"), verdict{version: "2"}.holds()...)
	})

	It("says what would happen, and does it once it is none", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, metrics{"accuracy": "0.5"}, metrics{"accuracy": "0.9"})
		w.apply(ctx, gated())
		p := w.apply(ctx, builder.Promotion(toProduction).Version("1").DryRun()).(*v1alpha1.ModelPromotion)
		shows(ctx, p, verdict{
			version: "1", reason: "GateFailed",
			because: w.about("1", "accuracy 0.5 is not greater than 0.85 (gate accuracy, run RUN)"),
		}.wouldFail("mode is DryRun")...)

		w.promote(ctx, toProduction, "2")
		shows(ctx, p, verdict{version: "2"}.wouldTake("mode is DryRun")...)
		Expect(p.Status.History).To(BeEmpty())
		Expect(w.aliasWrites()).To(BeEmpty())
		Expect(w.mlflow.Version(modelName, "2").Tags).To(BeEmpty())

		edit(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Mode = v1alpha1.PromotionModeEnforce })
		shows(ctx, p, verdict{version: "2"}.holds()...)
		Expect(w.aliasWrites()).To(Equal([]string{"champion=2"}))
	})

	It("is every promotion of a model that is only observed", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, metrics{"accuracy": "0.9"})
		w.apply(ctx, gated().Observe())
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.wouldTake("management of the model is Observe")...)
		Expect(w.mlflow.Writes()).To(BeEmpty())
	})
})

var _ = Describe("A suspended promotion", func() {
	It("does nothing until it is resumed", func(ctx SpecContext) {
		w := champion(ctx, demanding(), nil, nil, nil)
		p := w.promotion(toProduction)
		edit(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Suspend, p.Spec.Version = new(true), "2" })
		shows(ctx, p, suspended()...)
		Expect(w.user.SetAlias(ctx, modelName, "champion", "3")).To(Succeed())
		w.poll()
		w.holdersAre(ctx, "production=3")
		lookNow(ctx, p)
		shows(ctx, p, suspended()...)
		Expect(w.mlflow.Alias(modelName, "champion")).To(Equal("3"))
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1"}))

		edit(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Suspend = new(false) })
		shows(ctx, p, verdict{version: "2"}.holds()...)
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
	})
})

// holdersAre waits until the model's status tells that these versions hold its stages.
func (w *world) holdersAre(ctx SpecContext, summary string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		m := w.model(modelName)
		g.Expect(plane.Client.Get(ctx, key(m), m)).To(Succeed())
		g.Expect(m.Status.Summary).To(Equal(summary))
	}).WithContext(ctx).Should(Succeed())
}
