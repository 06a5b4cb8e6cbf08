// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// newChampionGate compares with the version behind the stage's own alias.
func newChampionGate() v1alpha1.Gate {
	gate := newImprovementGate("")
	gate.Comparison.Baseline = &v1alpha1.Baseline{Alias: "champion"}
	return gate
}

var _ = Describe("A version that another hand put into the stage", func() {
	It("does not become the bar that it has to clear", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newModelWithGates(newChampionGate()), metrics{"f1": "0.8"}, metrics{"f1": "0.5"})
		e.setVersion(ctx, toProduction, "2")
		refused := expectation{
			version: "2", reason: "GateFailed", currentVersion: "version 1",
			detail: e.fillPlaceholders("2", "f1 0.5 is worse than 0.8 of version 1 by 0.3, but must be better (gate beats-f1, run RUN)"),
		}
		waitForConditions(ctx, e.promotionObject(toProduction), refused.stalledConditions()...)
		Expect(e.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		e.pollNow()
		e.waitForHistory(ctx, toProduction, "DriftReverted 1 after 2", "Promoted 1 after none")
		waitForConditions(ctx, e.promotionObject(toProduction), refused.stalledConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1", "champion=1"}))
	})

	It("is not taken to have been there all along where it would go backward", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil, nil)
		e.createObject(ctx, newStagedModel())
		e.createObject(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		e.setVersion(ctx, toStaging, "2")
		waitForConditions(ctx, e.promotionObject(toStaging), stagingExpectation("2").promotedConditions()...)
		e.setVersion(ctx, toStaging, "1")
		refused := expectation{
			version: "1", stage: "staging", reason: "DemotionNotAllowed", currentVersion: "version 2",
			detail: "version 1 holds the later stage production and can't go back to staging: " +
				"promote another version to production first",
		}
		waitForConditions(ctx, e.promotionObject(toStaging), refused.stalledConditions()...)

		Expect(e.user.SetAlias(ctx, modelName, "staging", "1")).To(Succeed())
		e.pollNow()
		e.waitForHistory(ctx, toStaging, "DriftReverted 2 after 1", "Promoted 2 after 1", "Promoted 1 after none")
		waitForConditions(ctx, e.promotionObject(toStaging), refused.stalledConditions()...)
		Expect(e.mlflow.Alias(modelName, "staging")).To(Equal("2"))
	})

	It("is put out although the wanted version can't be judged", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newGatedModel(), metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"}, metrics{"accuracy": "0.92"})
		run := e.mlflow.Version(modelName, "2").RunID
		e.mlflow.InjectFault(mlflowtest.MatchAll(mlflowtest.CallsTo("runs/get"), mlflowtest.WithArgument("run_id", run)), mlflowtest.ServerError())
		Expect(e.user.SetAlias(ctx, modelName, "champion", "3")).To(Succeed())
		e.setVersion(ctx, toProduction, "2")
		requestReconcile(ctx, e.promotionObject(toProduction))
		e.waitForHistory(ctx, toProduction, "DriftReverted 1 after 3", "Promoted 1 after none")
		Expect(e.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		waitForConditions(ctx, e.promotionObject(toProduction), gateErrorConditions("2", e.fillPlaceholders("2",
			"run RUN could not be read: runs/get: 500 INTERNAL_ERROR: database is locked (gate accuracy)"))...)
	})
})
