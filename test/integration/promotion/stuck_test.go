// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"encoding/json"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var _ = Describe("A run that MLflow does not return", func() {
	DescribeTable("blocks only the promotion of its version",
		func(ctx SpecContext, fault func(*env.Env) mlflowtest.Fault, answer string) {
			e := env.New(ctx, mlflowtest.Options{})
			e.CreateObject(ctx, e.NewConnection().Timeout("2s"))
			e.RegisterModel(ctx, env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.91"})
			e.CreateObject(ctx, builder.RegisteredModel(env.ModelName).Stages(
				builder.Stage("staging"), builder.Stage("production").Alias("champion").Gates(builder.GreaterThanGate("accuracy", "0.85"))))
			e.CreateObject(ctx, builder.Promotion(env.ToStaging).Stage("staging").Version("1"))
			env.WaitForConditions(ctx, e.PromotionObject(env.ToStaging), env.StagingExpectation("1").PromotedConditions()...)
			e.MLflow.InjectFault(mlflowtest.CallsTo("runs/get"), fault(e))
			e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
			e.WaitForPromotion(ctx, env.GateErrorConditions("1",
				e.FillPlaceholders("1", "run RUN could not be read: runs/get: "+answer+" (gate accuracy)"))...)
			Expect(env.Provider.State(e.ConnectionKey()).Ready).To(BeTrue())

			By("promoting another version to a stage that does not need the run")
			e.SetVersion(ctx, env.ToStaging, "2")
			env.WaitForConditions(ctx, e.PromotionObject(env.ToStaging), env.StagingExpectation("2").PromotedConditions()...)
			e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
			e.WaitForConnection(ctx, env.ReachableConditions(e, env.AnonymousMessage, "")...)
		},
		Entry("in time", func(e *env.Env) mlflowtest.Fault { return e.MLflow.NewBarrier().BlockRequest() }, "no complete answer within 2s"),
		Entry("but a page", func(*env.Env) mlflowtest.Fault { return mlflowtest.LoginPage() }, env.NotMLflowMessage),
	)
})

var _ = Describe("A legacy stage that cannot be set", func() {
	It("does not block the history entry, and is synced later", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil)
		rule := e.MLflow.InjectFault(mlflowtest.CallsTo("model-versions/transition-stage"), mlflowtest.ServerError())
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName).Stages(
			builder.Stage("production").Alias("champion").MLflowStage("Production")))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.WaitForHistory(ctx, env.ToProduction, "Promoted 1 after none")
		Expect(e.MLflow.Alias(env.ModelName, "champion")).To(Equal("1"))
		Expect(listMLflowStages(e, "1")).To(Equal([]string{"None"}))

		rule.Remove()
		p := e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(listMLflowStages(e, "1")).To(Equal([]string{"Production"}))
		Expect(env.ListHistory(p)).To(Equal([]string{"Promoted 1 after none"}))
		e.WaitForPromotionEvents(ctx, env.ToProduction, env.FirstPromotedEvent,
			"Warning LegacyStageSynced: MLflow's stage Production of model sentiment did not match "+
				"alias champion: version 1 was moved there, and any other version there was archived")
	})
})

var _ = Describe("A version with unusual references", func() {
	It("is promoted with a run ID that is longer than MLflow's", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx)
		_, err := e.User.CreateVersion(ctx, mlflowtest.VersionSpec{
			Name: env.ModelName, Source: "s3://models/sentiment", RunID: strings.Repeat("r", 100),
		})
		Expect(err).NotTo(HaveOccurred())
		e.CreateObject(ctx, env.NewModelWithGates())
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		p := e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(env.ListHistory(p)).To(Equal([]string{"Promoted 1 after none"}))
	})

	It("shows no signed URL in a status", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx)
		_, err := e.User.CreateVersion(ctx, mlflowtest.VersionSpec{
			Name: env.ModelName, Source: "https://user:pa55word@models.example.com/sentiment?X-Amz-Signature=5ecret",
			RunID: e.CreateRun(ctx, env.Metrics{"accuracy": "0.9"}),
		})
		Expect(err).NotTo(HaveOccurred())
		e.CreateObject(ctx, env.NewGatedModel())
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		p := e.WaitForPromotion(ctx, env.Expectation{Version: "1", Reason: "GateFailed", Detail: e.FillPlaceholders("1",
			"version 1 claims run RUN but its source https://models.example.com/sentiment does not lie under the run's artifacts, "+
				"so the run's metrics don't count (gate accuracy; provenance: Claimed would accept them)")}.StalledConditions()...)
		// An event is sent after the status is written, and arrives a moment later.
		var events []string
		Eventually(func() []string {
			events = e.ListEvents(ctx, "ModelPromotion",
				env.ToProduction)
			return events
		}).WithContext(ctx).ShouldNot(BeEmpty())
		for _, obj := range []any{p, e.GetModel(ctx), events} {
			shown, err := json.Marshal(obj)
			Expect(err).NotTo(HaveOccurred())
			Expect(string(shown)).NotTo(Or(ContainSubstring("5ecret"), ContainSubstring("pa55word")))
		}
	})
})
