// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"encoding/json"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("One run that MLflow does not show", func() {
	DescribeTable("is that promotion's misfortune, and nobody else's",
		func(ctx SpecContext, fault func(*env) mlflowtest.Fault, answer string) {
			e := newEnv(ctx, mlflowtest.Options{})
			e.createObject(ctx, e.newConnection().Timeout("2s"))
			e.registerModel(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"})
			e.createObject(ctx, builder.RegisteredModel(modelName).Stages(
				builder.Stage("staging"), builder.Stage("production").Alias("champion").Gates(builder.GreaterThanGate("accuracy", "0.85"))))
			e.createObject(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
			waitForConditions(ctx, e.promotionObject(toStaging), stagingExpectation("1").promotedConditions()...)
			e.mlflow.InjectFault(mlflowtest.CallsTo("runs/get"), fault(e))
			e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
			waitForConditions(ctx, e.promotionObject(toProduction), gateErrorConditions("1", e.fillPlaceholders("1", "run RUN could not be read: runs/get: "+answer+" (gate accuracy)"))...)
			Expect(provider.State(e.connectionKey()).Ready).To(BeTrue())

			By("promoting another version to a stage that does not need the run")
			e.setVersion(ctx, toStaging, "2")
			waitForConditions(ctx, e.promotionObject(toStaging), stagingExpectation("2").promotedConditions()...)
			waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
			waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymousMessage, "")...)
		},
		Entry("in time", func(e *env) mlflowtest.Fault { return e.mlflow.NewBarrier().BlockRequest() }, "no complete answer within 2s"),
		Entry("but a page", func(*env) mlflowtest.Fault { return mlflowtest.LoginPage() }, "200: the answer is not MLflow's JSON"),
	)
})

var _ = Describe("A legacy stage that can't be moved", func() {
	It("does not keep the promotion from being recorded, and is brought in step later", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil)
		rule := e.mlflow.InjectFault(mlflowtest.CallsTo("model-versions/transition-stage"), mlflowtest.ServerError())
		e.createObject(ctx, builder.RegisteredModel(modelName).Stages(builder.Stage("production").Alias("champion").MLflowStage("Production")))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		e.waitForHistory(ctx, toProduction, "Promoted 1 after none")
		Expect(e.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		Expect(e.listMLflowStages("1")).To(Equal([]string{"None"}))

		rule.Remove()
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(e.listMLflowStages("1")).To(Equal([]string{"Production"}))
		Expect(listHistory(p)).To(Equal([]string{"Promoted 1 after none"}))
		e.waitForPromotionEvents(ctx, toProduction, firstPromotedEvent, "Warning LegacyStageSynced: MLflow's stage Production of model sentiment was out of step "+
			"with alias champion: version 1 was moved there, what was there archived")
	})
})

var _ = Describe("A version that names strange things", func() {
	It("is promoted with a run id that is longer than MLflow's", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx)
		_, err := e.user.CreateVersion(ctx, mlflowtest.VersionSpec{
			Name: modelName, Source: "s3://models/sentiment", RunID: strings.Repeat("r", 100),
		})
		Expect(err).NotTo(HaveOccurred())
		e.createObject(ctx, newModelWithGates())
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(listHistory(p)).To(Equal([]string{"Promoted 1 after none"}))
	})

	It("shows in no status what a signed address gives access to", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx)
		_, err := e.user.CreateVersion(ctx, mlflowtest.VersionSpec{
			Name: modelName, Source: "https://user:pa55word@models.example.com/sentiment?X-Amz-Signature=5ecret",
			RunID: e.createRun(ctx, metrics{"accuracy": "0.9"}),
		})
		Expect(err).NotTo(HaveOccurred())
		e.createObject(ctx, newGatedModel())
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1", reason: "GateFailed", detail: e.fillPlaceholders("1",
			"version 1 claims run RUN but its source https://models.example.com/sentiment does not lie under the run's artifacts, "+
				"so the run's metrics don't count (gate accuracy; provenance: Claimed would accept them)")}.stalledConditions()...)
		// An event is sent after the status was written, and arrives a moment later.
		var told []string
		Eventually(func() []string { told = e.listEvents(ctx, "ModelPromotion", toProduction); return told }).WithContext(ctx).ShouldNot(BeEmpty())
		for _, obj := range []any{p, e.getModel(ctx), told} {
			shown, err := json.Marshal(obj)
			Expect(err).NotTo(HaveOccurred())
			Expect(string(shown)).NotTo(Or(ContainSubstring("5ecret"), ContainSubstring("pa55word")))
		}
	})
})
