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

var _ = Describe("During an evaluation", func() {
	It("an edit of the promotion prevents the transition", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.91"},
			env.Metrics{"accuracy": "0.92"})
		gate := e.BlockEvaluation(ctx)
		e.SetVersion(ctx, env.ToProduction, "3")
		gate.Release()
		p := e.WaitForPromotion(ctx, env.Expectation{Version: "3"}.PromotedConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1", "champion=3"}))
		Expect(env.ListHistory(p)).To(Equal([]string{"Promoted 3 after 1", "Promoted 1 after none"}))
		Expect(e.MLflow.Version(env.ModelName, "2").Tags).To(BeEmpty())
	})

	It("a stricter gate applies", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.91"})
		gate := e.BlockEvaluation(ctx)
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.Stages[0].Gates[0].Metric.Threshold = "0.95" })
		gate.Release()
		e.WaitForPromotion(ctx, env.Expectation{
			Version: "2", Reason: "GateFailed", CurrentVersion: "version 1",
			Detail: e.FillPlaceholders("2", env.AccuracyNotGreaterMessage("0.91", "0.95")),
		}.StalledConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))
	})

	It("drift restarts the evaluation, and does not change the baseline", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewModelWithGates(builder.ComparisonGate("f1", v1alpha1.HigherIsBetter)),
			env.Metrics{"f1": "0.8"}, env.Metrics{"f1": "0.9"}, env.Metrics{"f1": "0.1"})
		gate := e.BlockEvaluation(ctx)
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "3")).To(Succeed())
		gate.Release()
		p := e.WaitForPromotion(ctx, env.Expectation{Version: "2"}.PromotedConditions()...)
		Expect(p.Status.Comparison).To(Equal([]v1alpha1.MetricChange{
			{Metric: "f1", Current: "0.8", Candidate: "0.9", AbsoluteChange: "0.1", RelativeChange: "0.125"},
		}))
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
		Expect(env.ListHistory(p)).To(Equal([]string{"Promoted 2 after 3", "Promoted 1 after none"}))
		e.WaitForPromotionEvents(ctx, env.ToProduction, env.FirstPromotedEvent, env.PromotedEvent("3", "2"))
	})

	It("a connection that is edited to another server writes nothing more to the old one", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.91"})
		gate := e.BlockEvaluation(ctx)
		e.MLflow.ResetCalls()
		e.ChangeServer(ctx)
		gate.Release()
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Reconciling", "ModelNotReady",
			env.ModelNotReadyMessage(env.ModelDeletedMessage(env.ModelName)))...)
		e.ExpectNoWrites()
	})

	It("drift from the expected version is reverted first", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.91"},
			env.Metrics{"accuracy": "0.1"})
		p := e.PromotionObject(env.ToProduction)
		env.EditObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.ExpectedCurrentVersion = "1" })
		gate := e.BlockEvaluation(ctx)
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "3")).To(Succeed())
		gate.Release()
		env.WaitForConditions(ctx, p, env.Expectation{Version: "2"}.PromotedConditions()...)
		Expect(env.ListHistory(p)).To(Equal([]string{"Promoted 2 after 1", "DriftReverted 1 after 3", "Promoted 1 after none"}))
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1", "champion=1", "champion=2"}))
	})
})
