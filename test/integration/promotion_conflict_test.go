// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("Two promotions for one stage", func() {
	It("leave it to the older one, and the younger takes over when that is deleted", func(ctx SpecContext) {
		w := champion(ctx, demanding(), nil, nil)
		w.apply(ctx, builder.Promotion("to-production-too").Version("2"))
		younger := shows(ctx, w.promotion("to-production-too"), unresolved("Stalled", "Conflict",
			"ModelPromotion to-production is older and holds stage production of the same model: delete one of the two")...)
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1"}))

		Expect(plane.Client.Delete(ctx, w.promotion(toProduction))).To(Succeed())
		shows(ctx, younger, verdict{version: "2"}.holds()...)
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
	})
})

var _ = Describe("A promotion that expects a version to hold the stage", func() {
	It("is carried out only where that is so", func(ctx SpecContext) {
		w := champion(ctx, demanding(), nil, nil, nil)
		p := w.promotion(toProduction)
		edit(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Version, p.Spec.ExpectedCurrentVersion = "2", "1" })
		shows(ctx, p, verdict{version: "2"}.holds()...)

		w.promote(ctx, toProduction, "3")
		shows(ctx, p, verdict{
			version: "3", reason: "PreconditionFailed", keeps: "version 2",
			because: "version 2 holds stage production, not version 1 as expectedCurrentVersion demands",
		}.unmet()...)
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))

		edit(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.ExpectedCurrentVersion = "2" })
		shows(ctx, p, verdict{version: "3"}.holds()...)
	})
})

var _ = Describe("Gates of a promotion", func() {
	It("come on top of the stage's", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, metrics{"accuracy": "0.9", "f1": "0.7"})
		w.apply(ctx, gated())
		p := w.apply(ctx, builder.Promotion(toProduction).Version("1").Gates(builder.GreaterThan("f1", "0.8"))).(*v1alpha1.ModelPromotion)
		shows(ctx, p, verdict{
			version: "1", reason: "GateFailed", because: w.about("1", "f1 0.7 is not greater than 0.8 (gate f1, run RUN)"),
		}.stalled()...)
		Expect(w.aliasWrites()).To(BeEmpty())
	})

	It("can't have the name of a built-in check", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, nil)
		w.apply(ctx, demanding())
		w.apply(ctx, builder.Promotion(toProduction).Version("1").Gates(builder.GreaterThan("version-ready", "0.1")))
		shows(ctx, w.promotion(toProduction), unresolved("Stalled", "DuplicateGate",
			"the name version-ready is reserved for a built-in check: give the gate another name")...)
	})

	It("can't replace one of the stage's", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, metrics{"accuracy": "0.7"})
		w.apply(ctx, gated())
		w.apply(ctx, builder.Promotion(toProduction).Version("1").Gates(builder.GreaterThan("accuracy", "0.1")))
		shows(ctx, w.promotion(toProduction), unresolved("Stalled", "DuplicateGate",
			"two gates have the name accuracy: rename those of this promotion, which can't replace the stage's")...)
		Expect(w.aliasWrites()).To(BeEmpty())
	})
})
