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

var _ = Describe("While a version is being evaluated", func() {
	It("an edit of the promotion keeps it from being promoted", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.91"}, env.Metrics{"accuracy": "0.92"})
		gate := e.BlockEvaluation(ctx)
		e.SetVersion(ctx, env.ToProduction, "3")
		gate.Release()
		p := env.WaitForConditions(ctx, e.PromotionObject(env.ToProduction), env.Expectation{Version: "3"}.PromotedConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1", "champion=3"}))
		Expect(env.ListHistory(p)).To(Equal([]string{"Promoted 3 after 1", "Promoted 1 after none"}))
		Expect(e.MLflow.Version(env.ModelName, "2").Tags).To(BeEmpty())
	})

	It("a stricter gate counts", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.91"})
		gate := e.BlockEvaluation(ctx)
		env.EditObject(ctx, e.ModelObject(env.ModelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Stages[0].Gates[0].Metric.Threshold = "0.95" })
		gate.Release()
		env.WaitForConditions(ctx, e.PromotionObject(env.ToProduction), env.Expectation{
			Version: "2", Reason: "GateFailed", CurrentVersion: "version 1",
			Detail: e.FillPlaceholders("2", "accuracy 0.91 is not greater than 0.95 (gate accuracy, run RUN)"),
		}.StalledConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))
	})

	It("an alias that moves makes it start again, and lowers no bar", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewModelWithGates(builder.ComparisonGate("f1", v1alpha1.HigherIsBetter)),
			env.Metrics{"f1": "0.8"}, env.Metrics{"f1": "0.9"}, env.Metrics{"f1": "0.1"})
		gate := e.BlockEvaluation(ctx)
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "3")).To(Succeed())
		gate.Release()
		p := env.WaitForConditions(ctx, e.PromotionObject(env.ToProduction), env.Expectation{Version: "2"}.PromotedConditions()...)
		Expect(p.Status.Comparison).To(Equal([]v1alpha1.MetricChange{
			{Metric: "f1", Current: "0.8", Candidate: "0.9", AbsoluteChange: "0.1", RelativeChange: "0.125"},
		}))
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
		Expect(env.ListHistory(p)).To(Equal([]string{"Promoted 2 after 3", "Promoted 1 after none"}))
		e.WaitForPromotionEvents(ctx, env.ToProduction, env.FirstPromotedEvent, "Normal Promoted: alias champion of model sentiment moved from version 3 to 2")
	})

	It("a connection that comes to lead elsewhere leaves the old server as it is", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.91"})
		gate := e.BlockEvaluation(ctx)
		e.MLflow.ResetCalls()
		e.ChangeServer(ctx)
		gate.Release()
		env.WaitForConditions(ctx, e.PromotionObject(env.ToProduction), env.UnresolvedConditions("Reconciling", "ModelNotReady",
			"RegisteredModel sentiment is not ready: "+env.ModelDeletedMessage(env.ModelName))...)
		e.ExpectNoWrites()
	})

	It("an alias that moves away from the expected version is put back first", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.91"}, env.Metrics{"accuracy": "0.1"})
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
