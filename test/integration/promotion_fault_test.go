// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("A promotion that MLflow fails", func() {
	DescribeTable("is recorded once",
		func(ctx SpecContext, fault mlflowtest.Fault, writes ...string) {
			e := newConnectedEnv(ctx)
			e.registerModel(ctx, metrics{"accuracy": "0.9"})
			rule := e.mlflow.InjectFault(mlflowtest.CallsTo("POST registered-models/alias"), fault.Times(1))
			e.createObject(ctx, newGatedModel())
			e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
			p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
			Expect(rule.Hits()).To(Equal(1))
			Expect(listHistory(p)).To(Equal([]string{"Promoted 1 after none"}))
			Expect(e.listAliasWrites()).To(Equal(writes))
			e.waitForPromotionEvents(ctx, toProduction, firstPromotedEvent)
		},
		Entry("when the answer to the write is lost", mlflowtest.DropResponse(), "champion=1"),
		Entry("when the write itself is lost", mlflowtest.DropConnection(), "champion=1", "champion=1"),
	)

	It("waits while nobody is let in, and goes on by itself", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, metrics{"accuracy": "0.9"})
		e.createObject(ctx, newGatedModel())
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		e.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.Unauthorized())
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		message := listFailedPrefix + "401: the server did not accept the credentials"
		waitForConditions(ctx, e.connectionObject(), unreachableConditions("Stalled", "CredentialsRejected: "+message, anonymousMessage)...)
		p := waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Reconciling", "CredentialsRejected", message)...)
		Expect(e.listAliasWrites()).To(BeEmpty())
		e.mlflow.ClearFaults()
		e.pollNow()
		waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
	})

	It("says which permission is missing to read the evidence", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, metrics{"accuracy": "0.9"})
		rule := e.mlflow.InjectFault(mlflowtest.CallsTo("runs/get"), mlflowtest.Forbidden())
		e.createObject(ctx, newGatedModel())
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		denied := "PermissionDenied: runs/get: 403: permission denied"
		p := waitForConditions(ctx, e.promotionObject(toProduction),
			"Ready=False "+denied, "Stalled=True "+denied, expectation{version: "1"}.candidateResolvedLine(),
			"GatesPassed=False "+denied, "Promoted=Unknown PermissionDenied: not known while GatesPassed is False")
		Eventually(func() []string { return e.listEvents(ctx, "ModelPromotion", toProduction) }).WithContext(ctx).Should(
			Equal([]string{"Warning " + denied}))
		Expect(e.listAliasWrites()).To(BeEmpty())
		rule.Remove()
		requestReconcile(ctx, p)
		waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
	})

	It("says which permission is missing to move the alias", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, metrics{"accuracy": "0.9"})
		rule := e.mlflow.InjectFault(mlflowtest.CallsTo("POST registered-models/alias"), mlflowtest.Forbidden())
		e.createObject(ctx, newGatedModel())
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		denied := "PermissionDenied: registered-models/alias: 403: permission denied"
		p := waitForConditions(ctx, e.promotionObject(toProduction),
			"Ready=False "+denied, "Stalled=True "+denied, expectation{version: "1"}.candidateResolvedLine(),
			"GatesPassed=True Succeeded: every gate passed for version 1 when it was last evaluated", "Promoted=False "+denied)
		Expect(p.Status.History).To(BeEmpty())
		// It may be tried once more at this moment, since its model was published meanwhile.
		Eventually(func(g Gomega) {
			g.Expect(controlPlane.Client.Get(ctx, objectKey(p), p)).To(Succeed())
			g.Expect(p.Status.PendingTransition).To(BeNil())
		}).WithContext(ctx).Should(Succeed())
		rule.Remove()
		requestReconcile(ctx, p)
		p = waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
		Expect(listHistory(p)).To(Equal([]string{"Promoted 1 after none"}))
		Expect(p.Status.PendingTransition).To(BeNil())
	})

	It("waits for a run that can't be read, and goes on by itself", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, metrics{"accuracy": "0.9"})
		rule := e.mlflow.InjectFault(mlflowtest.CallsTo("runs/get"), mlflowtest.ServerError())
		e.createObject(ctx, newGatedModel())
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		unreadable := "GateError: " + e.fillPlaceholders("1",
			"run RUN could not be read: runs/get: 500 INTERNAL_ERROR: database is locked (gate accuracy)")
		p := waitForConditions(ctx, e.promotionObject(toProduction),
			"Ready=False "+unreadable, "Reconciling=True "+unreadable, expectation{version: "1"}.candidateResolvedLine(),
			"GatesPassed=False "+unreadable, "Promoted=Unknown GateError: not known while GatesPassed is False")
		Expect(e.listAliasWrites()).To(BeEmpty())
		rule.Remove()
		waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
	})
})
