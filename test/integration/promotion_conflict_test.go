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
		e := newPromotedEnv(ctx, newModelWithGates(), nil, nil)
		e.createObject(ctx, builder.Promotion("to-production-too").Version("2"))
		younger := waitForConditions(ctx, e.promotionObject("to-production-too"), unresolvedConditions("Stalled", "Conflict",
			"ModelPromotion to-production is older and holds stage production of the same model: delete one of the two")...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1"}))

		Expect(controlPlane.Client.Delete(ctx, e.promotionObject(toProduction))).To(Succeed())
		waitForConditions(ctx, younger, expectation{version: "2"}.promotedConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
	})
})

var _ = Describe("A promotion that expects a version to hold the stage", func() {
	It("is carried out only where that is so", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newModelWithGates(), nil, nil, nil)
		p := e.promotionObject(toProduction)
		editObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Version, p.Spec.ExpectedCurrentVersion = "2", "1" })
		waitForConditions(ctx, p, expectation{version: "2"}.promotedConditions()...)

		e.setVersion(ctx, toProduction, "3")
		waitForConditions(ctx, p, expectation{
			version: "3", reason: "PreconditionFailed", currentVersion: "version 2",
			detail: "version 2 holds stage production, not version 1 as expectedCurrentVersion demands",
		}.unexpectedCurrentConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))

		editObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.ExpectedCurrentVersion = "2" })
		waitForConditions(ctx, p, expectation{version: "3"}.promotedConditions()...)
	})
})

var _ = Describe("Gates of a promotion", func() {
	It("come on top of the stage's", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, metrics{"accuracy": "0.9", "f1": "0.7"})
		e.createObject(ctx, newGatedModel())
		p := e.createObject(ctx, builder.Promotion(toProduction).Version("1").Gates(builder.GreaterThanGate("f1", "0.8"))).(*v1alpha1.ModelPromotion)
		waitForConditions(ctx, p, expectation{
			version: "1", reason: "GateFailed", detail: e.fillPlaceholders("1", "f1 0.7 is not greater than 0.8 (gate f1, run RUN)"),
		}.stalledConditions()...)
		Expect(e.listAliasWrites()).To(BeEmpty())
	})

	It("can't have the name of a built-in check", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil)
		e.createObject(ctx, newModelWithGates())
		e.createObject(ctx, builder.Promotion(toProduction).Version("1").Gates(builder.GreaterThanGate("version-ready", "0.1")))
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Stalled", "InvalidSpec",
			"the name version-ready is reserved for a built-in check: give the gate another name")...)
	})

	It("can't replace one of the stage's", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, metrics{"accuracy": "0.7"})
		e.createObject(ctx, newGatedModel())
		e.createObject(ctx, builder.Promotion(toProduction).Version("1").Gates(builder.GreaterThanGate("accuracy", "0.1")))
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Stalled", "InvalidSpec",
			"two gates have the name accuracy: rename those of this promotion, which can't replace the stage's")...)
		Expect(e.listAliasWrites()).To(BeEmpty())
	})
})
