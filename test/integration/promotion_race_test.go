// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("While a version is being evaluated", func() {
	It("an edit of the promotion keeps it from being promoted", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newGatedModel(), metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"}, metrics{"accuracy": "0.92"})
		gate := e.blockEvaluation(ctx)
		e.setVersion(ctx, toProduction, "3")
		gate.Release()
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "3"}.promotedConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1", "champion=3"}))
		Expect(listHistory(p)).To(Equal([]string{"Promoted 3 after 1", "Promoted 1 after none"}))
		Expect(e.mlflow.Version(modelName, "2").Tags).To(BeEmpty())
	})

	It("a stricter gate counts", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newGatedModel(), metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"})
		gate := e.blockEvaluation(ctx)
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Stages[0].Gates[0].Metric.Threshold = "0.95" })
		gate.Release()
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{
			version: "2", reason: "GateFailed", currentVersion: "version 1",
			detail: e.fillPlaceholders("2", "accuracy 0.91 is not greater than 0.95 (gate accuracy, run RUN)"),
		}.stalledConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1"}))
	})

	It("an alias that moves makes it start again, and lowers no bar", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newModelWithGates(builder.ComparisonGate("f1", v1alpha1.HigherIsBetter)),
			metrics{"f1": "0.8"}, metrics{"f1": "0.9"}, metrics{"f1": "0.1"})
		gate := e.blockEvaluation(ctx)
		Expect(e.user.SetAlias(ctx, modelName, "champion", "3")).To(Succeed())
		gate.Release()
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "2"}.promotedConditions()...)
		Expect(p.Status.Comparison).To(Equal([]v1alpha1.MetricChange{
			{Metric: "f1", Current: "0.8", Candidate: "0.9", AbsoluteChange: "0.1", RelativeChange: "0.125"},
		}))
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
		Expect(listHistory(p)).To(Equal([]string{"Promoted 2 after 3", "Promoted 1 after none"}))
		e.waitForPromotionEvents(ctx, toProduction, firstPromotedEvent, "Normal Promoted: alias champion of model sentiment moved from version 3 to 2")
	})

	It("a connection that comes to lead elsewhere leaves the old server as it is", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newGatedModel(), metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"})
		gate := e.blockEvaluation(ctx)
		e.mlflow.ResetCalls()
		e.changeServer(ctx)
		gate.Release()
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Reconciling", "ModelNotReady",
			"RegisteredModel sentiment is not ready: "+modelDeletedMessage(modelName))...)
		e.expectNoWrites()
	})

	It("an alias that moves away from the expected version is put back first", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newGatedModel(), metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"}, metrics{"accuracy": "0.1"})
		p := e.promotionObject(toProduction)
		editObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.ExpectedCurrentVersion = "1" })
		gate := e.blockEvaluation(ctx)
		Expect(e.user.SetAlias(ctx, modelName, "champion", "3")).To(Succeed())
		gate.Release()
		waitForConditions(ctx, p, expectation{version: "2"}.promotedConditions()...)
		Expect(listHistory(p)).To(Equal([]string{"Promoted 2 after 1", "DriftReverted 1 after 3", "Promoted 1 after none"}))
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1", "champion=1", "champion=2"}))
	})
})
