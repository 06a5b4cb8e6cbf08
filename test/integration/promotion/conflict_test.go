// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var _ = Describe("Two promotions for one stage", func() {
	It("are a conflict until the older one is deleted", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewModelWithGates(), nil, nil)
		e.CreateObject(ctx, builder.Promotion("to-production-too").Version("2"))
		younger := env.WaitForConditions(ctx, e.PromotionObject("to-production-too"), env.UnresolvedConditions("Stalled", "Conflict",
			"ModelPromotion to-production is older and holds stage production of the same model: delete one of the two")...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))

		Expect(env.ControlPlane.Client.Delete(ctx, e.PromotionObject(env.ToProduction))).To(Succeed())
		env.WaitForConditions(ctx, younger, env.Expectation{Version: "2"}.PromotedConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
	})
})

var _ = Describe("A promotion with expectedCurrentVersion", func() {
	It("is carried out only if that version is current", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewModelWithGates(), nil, nil, nil)
		p := e.PromotionObject(env.ToProduction)
		env.EditObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Version, p.Spec.ExpectedCurrentVersion = "2", "1" })
		env.WaitForConditions(ctx, p, env.Expectation{Version: "2"}.PromotedConditions()...)

		e.SetVersion(ctx, env.ToProduction, "3")
		env.WaitForConditions(ctx, p, env.Expectation{
			Version: "3", Reason: "PreconditionFailed", CurrentVersion: "version 2",
			Detail: "version 2 holds stage production, not version 1 as expectedCurrentVersion demands",
		}.UnexpectedCurrentConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))

		env.EditObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.ExpectedCurrentVersion = "2" })
		env.WaitForConditions(ctx, p, env.Expectation{Version: "3"}.PromotedConditions()...)
	})
})

var _ = Describe("Gates of a promotion", func() {
	It("are added to those of the stage", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.9", "f1": "0.7"})
		e.CreateObject(ctx, env.NewGatedModel())
		p := e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1").Gates(builder.GreaterThanGate("f1",
			"0.8"))).(*v1alpha1.ModelPromotion)
		env.WaitForConditions(ctx, p, env.Expectation{
			Version: "1", Reason: "GateFailed", Detail: e.FillPlaceholders("1", "f1 0.7 is not greater than 0.8 (gate f1, run RUN)"),
		}.StalledConditions()...)
		Expect(e.ListAliasWrites()).To(BeEmpty())
	})

	It("cannot have the name of a built-in gate", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil)
		e.CreateObject(ctx, env.NewModelWithGates())
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1").Gates(builder.GreaterThanGate("version-ready", "0.1")))
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Stalled", "InvalidSpec",
			"the name version-ready is reserved for a built-in check: give the gate another name")...)
	})

	It("cannot replace one of the stage", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.7"})
		e.CreateObject(ctx, env.NewGatedModel())
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1").Gates(builder.GreaterThanGate("accuracy", "0.1")))
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Stalled", "InvalidSpec",
			env.DuplicateGateMessage)...)
		Expect(e.ListAliasWrites()).To(BeEmpty())
	})
})
