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
		w := newChampionEnv(ctx, newModelWithGates(), nil, nil)
		w.createObject(ctx, builder.Promotion("to-production-too").Version("2"))
		younger := waitForConditions(ctx, w.promotionObject("to-production-too"), unresolvedConditions("Stalled", "Conflict",
			"ModelPromotion to-production is older and holds stage production of the same model: delete one of the two")...)
		Expect(w.listAliasWrites()).To(Equal([]string{"champion=1"}))

		Expect(controlPlane.Client.Delete(ctx, w.promotionObject(toProduction))).To(Succeed())
		waitForConditions(ctx, younger, expectation{version: "2"}.promotedConditions()...)
		Expect(w.listAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
	})
})

var _ = Describe("A promotion that expects a version to hold the stage", func() {
	It("is carried out only where that is so", func(ctx SpecContext) {
		w := newChampionEnv(ctx, newModelWithGates(), nil, nil, nil)
		p := w.promotionObject(toProduction)
		editObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Version, p.Spec.ExpectedCurrentVersion = "2", "1" })
		waitForConditions(ctx, p, expectation{version: "2"}.promotedConditions()...)

		w.setVersion(ctx, toProduction, "3")
		waitForConditions(ctx, p, expectation{
			version: "3", reason: "PreconditionFailed", currentVersion: "version 2",
			cause: "version 2 holds stage production, not version 1 as expectedCurrentVersion demands",
		}.unmetConditions()...)
		Expect(w.listAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))

		editObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.ExpectedCurrentVersion = "2" })
		waitForConditions(ctx, p, expectation{version: "3"}.promotedConditions()...)
	})
})

var _ = Describe("Gates of a promotion", func() {
	It("come on top of the stage's", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		w.registerModel(ctx, metrics{"accuracy": "0.9", "f1": "0.7"})
		w.createObject(ctx, newGatedModel())
		p := w.createObject(ctx, builder.Promotion(toProduction).Version("1").Gates(builder.GreaterThanGate("f1", "0.8"))).(*v1alpha1.ModelPromotion)
		waitForConditions(ctx, p, expectation{
			version: "1", reason: "GateFailed", cause: w.fillPlaceholders("1", "f1 0.7 is not greater than 0.8 (gate f1, run RUN)"),
		}.stalledConditions()...)
		Expect(w.listAliasWrites()).To(BeEmpty())
	})

	It("can't have the name of a built-in check", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		w.registerModel(ctx, nil)
		w.createObject(ctx, newModelWithGates())
		w.createObject(ctx, builder.Promotion(toProduction).Version("1").Gates(builder.GreaterThanGate("version-ready", "0.1")))
		waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Stalled", "InvalidSpec",
			"the name version-ready is reserved for a built-in check: give the gate another name")...)
	})

	It("can't replace one of the stage's", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		w.registerModel(ctx, metrics{"accuracy": "0.7"})
		w.createObject(ctx, newGatedModel())
		w.createObject(ctx, builder.Promotion(toProduction).Version("1").Gates(builder.GreaterThanGate("accuracy", "0.1")))
		waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Stalled", "InvalidSpec",
			"two gates have the name accuracy: rename those of this promotion, which can't replace the stage's")...)
		Expect(w.listAliasWrites()).To(BeEmpty())
	})
})
