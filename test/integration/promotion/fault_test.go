// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var _ = Describe("A promotion during MLflow errors", func() {
	DescribeTable("is recorded once",
		func(ctx SpecContext, fault mlflowtest.Fault, writes ...string) {
			e := env.NewConnected(ctx)
			e.RegisterModel(ctx, env.Metrics{"accuracy": "0.9"})
			rule := e.MLflow.InjectFault(mlflowtest.CallsTo("POST registered-models/alias"), fault.Times(1))
			e.CreateObject(ctx, env.NewGatedModel())
			e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
			p := e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
			Expect(rule.Hits()).To(Equal(1))
			Expect(env.ListHistory(p)).To(Equal([]string{"Promoted 1 after none"}))
			Expect(e.ListAliasWrites()).To(Equal(writes))
			e.WaitForPromotionEvents(ctx, env.ToProduction, env.FirstPromotedEvent)
		},
		Entry("if the response to the write is lost", mlflowtest.DropResponse(), "champion=1"),
		Entry("if the write is lost", mlflowtest.DropConnection(), "champion=1", "champion=1"),
	)

	It("waits while its credentials are rejected, and continues after that", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.9"})
		e.CreateObject(ctx, env.NewGatedModel())
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.MLflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.Unauthorized())
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		message := env.ListFailedPrefix + "401: the server did not accept the credentials"
		e.WaitForConnection(ctx, env.UnreachableConditions("Stalled", "CredentialsRejected: "+message, env.AnonymousMessage)...)
		p := e.WaitForPromotion(ctx, env.UnresolvedConditions("Reconciling", "CredentialsRejected", message)...)
		Expect(e.ListAliasWrites()).To(BeEmpty())
		e.MLflow.ClearFaults()
		e.PollNow()
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
	})

	It("reports which permission is missing to read the evidence", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.9"})
		rule := e.MLflow.InjectFault(mlflowtest.CallsTo("runs/get"), mlflowtest.Forbidden())
		e.CreateObject(ctx, env.NewGatedModel())
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		denied := "PermissionDenied: runs/get: 403: permission denied"
		p := e.WaitForPromotion(ctx,
			"Ready=False "+denied, "Stalled=True "+denied, env.Expectation{Version: "1"}.CandidateResolvedLine(),
			"GatesPassed=False "+denied, "Promoted=Unknown PermissionDenied: not known while GatesPassed is False")
		Eventually(func() []string { return e.ListEvents(ctx, "ModelPromotion", env.ToProduction) }).WithContext(ctx).Should(
			Equal([]string{"Warning " + denied}))
		Expect(e.ListAliasWrites()).To(BeEmpty())
		rule.Remove()
		env.RequestReconcile(ctx, p)
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
	})

	It("reports which permission is missing to set the alias", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.9"})
		rule := e.MLflow.InjectFault(mlflowtest.CallsTo("POST registered-models/alias"), mlflowtest.Forbidden())
		e.CreateObject(ctx, env.NewGatedModel())
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		denied := "PermissionDenied: registered-models/alias: 403: permission denied"
		p := e.WaitForPromotion(ctx,
			"Ready=False "+denied, "Stalled=True "+denied, env.Expectation{Version: "1"}.CandidateResolvedLine(),
			"GatesPassed=True Succeeded: every gate passed for version 1 when it was last evaluated", "Promoted=False "+denied)
		Expect(p.Status.History).To(BeEmpty())
		// One more attempt is possible now, since its model changed in the snapshot.
		Eventually(func(g Gomega) {
			g.Expect(env.ControlPlane.Client.Get(ctx, env.ObjectKey(p), p)).To(Succeed())
			g.Expect(p.Status.PendingTransition).To(BeNil())
		}).WithContext(ctx).Should(Succeed())
		rule.Remove()
		env.RequestReconcile(ctx, p)
		p = env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(env.ListHistory(p)).To(Equal([]string{"Promoted 1 after none"}))
		Expect(p.Status.PendingTransition).To(BeNil())
	})

	It("waits for a run that cannot be read, and continues after that", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.9"})
		rule := e.MLflow.InjectFault(mlflowtest.CallsTo("runs/get"), mlflowtest.ServerError())
		e.CreateObject(ctx, env.NewGatedModel())
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		unreadable := "GateError: " + e.FillPlaceholders("1",
			"run RUN could not be read: runs/get: 500 INTERNAL_ERROR: database is locked (gate accuracy)")
		p := e.WaitForPromotion(ctx,
			"Ready=False "+unreadable, "Reconciling=True "+unreadable, env.Expectation{Version: "1"}.CandidateResolvedLine(),
			"GatesPassed=False "+unreadable, env.GateErrorPromotedLine)
		Expect(e.ListAliasWrites()).To(BeEmpty())
		rule.Remove()
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
	})
})
