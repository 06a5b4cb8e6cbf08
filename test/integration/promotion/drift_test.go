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

var _ = Describe("Drift of an alias", func() {
	It("is reverted if the alias was set", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.99"})
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "2")).To(Succeed())
		e.PollNow()
		e.WaitForHistory(ctx, env.ToProduction, "DriftReverted 1 after 2", "Promoted 1 after none")
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(e.MLflow.Alias(env.ModelName, "champion")).To(Equal("1"))
		e.WaitForPromotionEvents(ctx, env.ToProduction, env.FirstPromotedEvent,
			"Warning DriftReverted: alias champion of model sentiment moved from version 2 to 1")
	})

	It("is reverted if the alias was deleted", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.9"})
		Expect(e.User.DeleteAlias(ctx, env.ModelName, "champion")).To(Succeed())
		e.PollNow()
		e.WaitForHistory(ctx, env.ToProduction, "DriftReverted 1 after none", "Promoted 1 after none")
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1", "champion=1"}))
		e.WaitForPromotionEvents(ctx, env.ToProduction, env.FirstPromotedEvent,
			"Warning DriftReverted: alias champion of model sentiment was set to version 1; no version held it before")
	})

	It("is only reported if driftPolicy is Report", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, builder.RegisteredModel(env.ModelName).Stages(
			builder.Stage("production").Alias("champion").DriftPolicy(v1alpha1.DriftPolicyReport)), nil, nil)
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "2")).To(Succeed())
		e.PollNow()
		message := "DriftDetected: alias champion was changed externally from version 1 to 2, and driftPolicy is Report: " +
			"move it back, or declare the version that it points to"
		p := e.WaitForPromotion(ctx,
			"Ready=False "+message, "Stalled=True "+message,
			env.Expectation{Version: "1"}.CandidateResolvedLine(), env.Expectation{Version: "1"}.GatesPassedLine(), "Promoted=False "+message)
		Expect(p.Status.CurrentVersion).To(Equal(v1alpha1.Version("2")))
		e.WaitForPromotionEvents(ctx, env.ToProduction, env.FirstPromotedEvent, "Warning "+message)

		By("setting it back as a user")
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "1")).To(Succeed())
		e.PollNow()
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))
	})

	It("is reverted even if the alias was set to the blocked candidate", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.5"})
		e.SetVersion(ctx, env.ToProduction, "2")
		refused := env.Expectation{
			Version: "2", Reason: "GateFailed", CurrentVersion: "version 1",
			Detail: e.FillPlaceholders("2", env.AccuracyNotGreaterMessage("0.5", "0.85")),
		}
		e.WaitForPromotion(ctx, refused.StalledConditions()...)
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "2")).To(Succeed())
		e.PollNow()
		e.WaitForHistory(ctx, env.ToProduction, "DriftReverted 1 after 2", "Promoted 1 after none")
		e.WaitForPromotion(ctx, refused.StalledConditions()...)
		Expect(e.MLflow.Alias(env.ModelName, "champion")).To(Equal("1"))
	})
})

var _ = Describe("Drift of a legacy stage", func() {
	It("is reverted without a history entry", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, builder.RegisteredModel(env.ModelName).Stages(
			builder.Stage("production").Alias("champion").MLflowStage("Production")), nil)
		Expect(e.User.TransitionStage(ctx, env.ModelName, "1", "Archived", false)).To(Succeed())
		e.PollNow()
		Eventually(listMLflowStages).WithContext(ctx).WithArguments(e, "1").Should(Equal([]string{"Production"}))
		p := e.PromotionObject(env.ToProduction)
		env.RequestReconcile(ctx, p)
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(env.ListHistory(p)).To(Equal([]string{"Promoted 1 after none"}))
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))
	})
})

var _ = Describe("An alias that pointed to the candidate before", func() {
	It("is recorded after the gates passed", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.9"})
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "1")).To(Succeed())
		e.CreateObject(ctx, env.NewGatedModel())
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		p := e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(env.ListHistory(p)).To(Equal([]string{"Promoted 1 after none"}))
		Expect(e.ListAliasWrites()).To(BeEmpty())
		Expect(e.MLflow.Version(env.ModelName, "1").Tags).To(HaveKey("registry.mlflow-operator.io/promotion.production"))
		e.WaitForPromotionEvents(ctx, env.ToProduction, "Normal Promoted: alias champion of model sentiment already points to version 1; "+
			"every gate passed, and the version is recorded as promoted to stage production")
	})

	It("is not changed or recorded if a gate fails", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.5"})
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "1")).To(Succeed())
		e.CreateObject(ctx, env.NewGatedModel())
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		because := e.FillPlaceholders("1", env.AccuracyNotGreaterMessage("0.5", "0.85"))
		p := e.WaitForPromotion(ctx, env.Expectation{Version: "1", Reason: "GateFailed", Detail: because}.CurrentButBlockedConditions()...)
		Expect(p.Status.History).To(BeEmpty())
		Expect(e.ListAliasWrites()).To(BeEmpty())
		Expect(e.MLflow.Alias(env.ModelName, "champion")).To(Equal("1"))
	})
})
