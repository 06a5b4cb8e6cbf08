// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// newChampionGate compares with the version of the stage's own alias.
func newChampionGate() v1alpha1.Gate {
	gate := newImprovementGate("")
	gate.Comparison.Baseline = &v1alpha1.Baseline{Alias: "champion"}
	return gate
}

var _ = Describe("A version that a user set the alias to", func() {
	It("does not become the baseline", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewModelWithGates(newChampionGate()), env.Metrics{"f1": "0.8"}, env.Metrics{"f1": "0.5"})
		e.SetVersion(ctx, env.ToProduction, "2")
		refused := env.Expectation{
			Version: "2", Reason: "GateFailed", CurrentVersion: "version 1",
			Detail: e.FillPlaceholders("2", "f1 0.5 is worse than 0.8 of version 1 by 0.3, but must be better (gate beats-f1, run RUN)"),
		}
		e.WaitForPromotion(ctx, refused.StalledConditions()...)
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "2")).To(Succeed())
		e.PollNow()
		e.WaitForHistory(ctx, env.ToProduction, "DriftReverted 1 after 2", "Promoted 1 after none")
		e.WaitForPromotion(ctx, refused.StalledConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1", "champion=1"}))
	})

	It("is not adopted as current if that would be a demotion", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil, nil)
		e.CreateObject(ctx, env.NewStagedModel())
		e.CreateObject(ctx, builder.Promotion(env.ToStaging).Stage("staging").Version("1"))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		e.SetVersion(ctx, env.ToStaging, "2")
		env.WaitForConditions(ctx, e.PromotionObject(env.ToStaging), env.StagingExpectation("2").PromotedConditions()...)
		e.SetVersion(ctx, env.ToStaging, "1")
		refused := env.Expectation{
			Version: "1", Stage: "staging", Reason: "DemotionNotAllowed", CurrentVersion: "version 2",
			Detail: laterStageMessage,
		}
		env.WaitForConditions(ctx, e.PromotionObject(env.ToStaging), refused.StalledConditions()...)

		Expect(e.User.SetAlias(ctx, env.ModelName, "staging", "1")).To(Succeed())
		e.PollNow()
		e.WaitForHistory(ctx, env.ToStaging, "DriftReverted 2 after 1", "Promoted 2 after 1", "Promoted 1 after none")
		env.WaitForConditions(ctx, e.PromotionObject(env.ToStaging), refused.StalledConditions()...)
		Expect(e.MLflow.Alias(env.ModelName, "staging")).To(Equal("2"))
	})

	It("is reverted even if the candidate cannot be evaluated", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.91"},
			env.Metrics{"accuracy": "0.92"})
		run := e.MLflow.Version(env.ModelName, "2").RunID
		e.MLflow.InjectFault(mlflowtest.MatchAll(mlflowtest.CallsTo("runs/get"), mlflowtest.WithArgument("run_id", run)),
			mlflowtest.ServerError())
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "3")).To(Succeed())
		e.SetVersion(ctx, env.ToProduction, "2")
		env.RequestReconcile(ctx, e.PromotionObject(env.ToProduction))
		e.WaitForHistory(ctx, env.ToProduction, "DriftReverted 1 after 3", "Promoted 1 after none")
		Expect(e.MLflow.Alias(env.ModelName, "champion")).To(Equal("1"))
		e.WaitForPromotion(ctx, env.GateErrorConditions("2", e.FillPlaceholders("2",
			"run RUN could not be read: runs/get: 500 INTERNAL_ERROR: database is locked (gate accuracy)"))...)
	})
})
