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

// listMLflowStages returns the legacy stages of versions.
func listMLflowStages(e *env.Env, versions ...string) []string {
	var stages []string
	for _, version := range versions {
		stages = append(stages, e.MLflow.Version(env.ModelName, version).CurrentStage)
	}
	return stages
}

// laterStageMessage is the message of a version that would be demoted.
const laterStageMessage = "version 1 holds the later stage production and can't go back to staging: " +
	"promote another version to production first"

var _ = Describe("A model with staging and production", func() {
	It("promotes a version through both, with their legacy stages", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil, nil)
		e.CreateObject(ctx, env.NewStagedModel())

		By("promoting the first version")
		e.CreateObject(ctx, builder.Promotion(env.ToStaging).Stage("staging").Version("1"))
		env.WaitForConditions(ctx, e.PromotionObject(env.ToStaging), env.StagingExpectation("1").PromotedConditions()...)
		Expect(listMLflowStages(e, "1", "2")).To(Equal([]string{"Staging", "None"}))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(listMLflowStages(e, "1", "2")).To(Equal([]string{"Production", "None"}))

		By("promoting its successor")
		e.SetVersion(ctx, env.ToStaging, "2")
		env.WaitForConditions(ctx, e.PromotionObject(env.ToStaging), env.StagingExpectation("2").PromotedConditions()...)
		e.SetVersion(ctx, env.ToProduction, "2")
		e.WaitForPromotion(ctx, env.Expectation{Version: "2"}.PromotedConditions()...)
		Expect(listMLflowStages(e, "1", "2")).To(Equal([]string{"Archived", "Production"}))
		Expect(e.ListAliasWrites()).To(Equal([]string{"staging=1", "champion=1", "staging=2", "champion=2"}))
	})

	It("blocks a version that skips staging", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil)
		e.CreateObject(ctx, env.NewStagedModel())
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.WaitForPromotion(ctx, env.Expectation{
			Version: "1", Reason: "PrerequisiteStageMissing",
			Detail: env.NeverInStagingMessage("1"),
		}.StalledConditions()...)
		Expect(e.ListAliasWrites()).To(BeEmpty())

		e.CreateObject(ctx, builder.Promotion(env.ToStaging).Stage("staging").Version("1"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"staging=1", "champion=1"}))
	})

	It("does not demote the version in production to staging", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil, nil)
		e.CreateObject(ctx, env.NewStagedModel())
		e.CreateObject(ctx, builder.Promotion(env.ToStaging).Stage("staging").Version("1"))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		e.SetVersion(ctx, env.ToStaging, "2")
		env.WaitForConditions(ctx, e.PromotionObject(env.ToStaging), env.StagingExpectation("2").PromotedConditions()...)

		e.SetVersion(ctx, env.ToStaging, "1")
		env.WaitForConditions(ctx, e.PromotionObject(env.ToStaging), env.Expectation{
			Version: "1", Stage: "staging", Reason: "DemotionNotAllowed", CurrentVersion: "version 2",
			Detail: laterStageMessage,
		}.StalledConditions()...)
		Expect(e.MLflow.Alias(env.ModelName, "staging")).To(Equal("2"))

		By("promoting another version to production, which resolves that")
		e.SetVersion(ctx, env.ToProduction, "2")
		e.WaitForPromotion(ctx, env.Expectation{Version: "2"}.PromotedConditions()...)
		back := env.StagingExpectation("1")
		back.Reason = "RolledBack"
		env.WaitForConditions(ctx, e.PromotionObject(env.ToStaging), back.PromotedConditions()...)
		Expect(listMLflowStages(e, "1", "2")).To(Equal([]string{"Staging", "Production"}))
	})
})

// promotedConditions are the conditions of a promotion whose candidate is the current version.
func promotedConditions(version, stage, alias string) []string {
	holds := "version " + version + " holds stage " + stage + " as alias " + alias + " of model " + env.ModelName
	return []string{
		"Ready=True Promoted: " + holds,
		"CandidateResolved=True Succeeded: version " + version + " is wanted",
		env.Expectation{Version: version}.GatesPassedLine(),
		"Promoted=True Promoted: " + holds,
	}
}

var _ = Describe("A first promotion", func() {
	It("sets the alias to a version that passes", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.91"})
		e.CreateObject(ctx, env.NewGatedModel())
		e.CreateObject(ctx, builder.Promotion("to-production").Version("1"))

		p := env.WaitForConditions(ctx, e.PromotionObject("to-production"), promotedConditions("1", "production", "champion")...)
		Expect(e.MLflow.Alias(env.ModelName, "champion")).To(Equal("1"))
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))
		Expect(p.Status.CurrentVersion).To(Equal(v1alpha1.Version("1")))
		Expect(p.Status.URI).To(Equal("models:/sentiment@champion"))
		Expect(p.Status.History).To(HaveLen(1))
		Expect(p.Status.History[0].Reason).To(Equal(v1alpha1.PromotionReasonPromoted))
	})
})
