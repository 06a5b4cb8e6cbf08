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

var _ = Describe("A dry run", func() {
	It("is no conflict with another promotion of the stage", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.95"})
		e.CreateObject(ctx, env.NewGatedModel())
		e.CreateObject(ctx, builder.Promotion("a-preview").Version("2").DryRun())
		env.WaitForConditions(ctx, e.PromotionObject("a-preview"), env.Expectation{Version: "2"}.DryRunPassedConditions("mode is DryRun")...)
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		e.CreateObject(ctx, builder.Promotion("z-preview").Version("2").DryRun())
		for _, preview := range []string{"a-preview", "z-preview"} {
			env.RequestReconcile(ctx, e.PromotionObject(preview))
			env.WaitForConditions(ctx, e.PromotionObject(preview),
				env.Expectation{Version: "2", CurrentVersion: "version 1"}.DryRunPassedConditions("mode is DryRun")...)
		}
		Eventually(func() string { return e.GetModel(ctx).Status.Stages[0].Promotion }).WithContext(ctx).Should(Equal(env.ToProduction))
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))

		By("ending the dry run of the older one")
		env.EditObject(ctx, e.PromotionObject("a-preview"), func(p *v1alpha1.ModelPromotion) { p.Spec.Mode = v1alpha1.PromotionModeEnforce })
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Stalled", "Conflict",
			"ModelPromotion a-preview is older and holds stage production of the same model: delete one of the two")...)
		env.WaitForConditions(ctx, e.PromotionObject("a-preview"), env.Expectation{Version: "2"}.PromotedConditions()...)
	})

	It("reports what it would do, and does it after mode is changed", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.5"}, env.Metrics{"accuracy": "0.9"})
		e.CreateObject(ctx, env.NewGatedModel())
		p := e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1").DryRun()).(*v1alpha1.ModelPromotion)
		env.WaitForConditions(ctx, p, env.Expectation{
			Version: "1", Reason: "GateFailed",
			Detail: e.FillPlaceholders("1", env.AccuracyNotGreaterMessage("0.5", "0.85")),
		}.DryRunFailedConditions("mode is DryRun")...)

		e.SetVersion(ctx, env.ToProduction, "2")
		env.WaitForConditions(ctx, p, env.Expectation{Version: "2"}.DryRunPassedConditions("mode is DryRun")...)
		Expect(p.Status.History).To(BeEmpty())
		Expect(e.ListAliasWrites()).To(BeEmpty())
		Expect(e.MLflow.Version(env.ModelName, "2").Tags).To(BeEmpty())

		env.EditObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Mode = v1alpha1.PromotionModeEnforce })
		env.WaitForConditions(ctx, p, env.Expectation{Version: "2"}.PromotedConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=2"}))
	})

	It("is the mode of every promotion of an observed model", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.9"})
		e.CreateObject(ctx, env.NewGatedModel().ObserveOnly())
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.DryRunPassedConditions("managementPolicy of the model is Observe")...)
		Expect(e.MLflow.Writes()).To(BeEmpty())
	})
})

var _ = Describe("A suspended promotion", func() {
	It("does nothing until it is resumed", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewModelWithGates(), nil, nil, nil)
		p := e.PromotionObject(env.ToProduction)
		env.EditObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Suspend, p.Spec.Version = new(true), "2" })
		env.WaitForConditions(ctx, p, env.SuspendedConditions()...)
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "3")).To(Succeed())
		e.PollNow()
		e.WaitForStageSummary(ctx, "production=3")
		env.RequestReconcile(ctx, p)
		env.WaitForConditions(ctx, p, env.SuspendedConditions()...)
		Expect(e.MLflow.Alias(env.ModelName, "champion")).To(Equal("3"))
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))

		env.EditObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Suspend = new(false) })
		env.WaitForConditions(ctx, p, env.Expectation{Version: "2"}.PromotedConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
	})
})
