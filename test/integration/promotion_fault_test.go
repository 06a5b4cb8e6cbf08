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
			w := connected(ctx)
			w.registered(ctx, metrics{"accuracy": "0.9"})
			rule := w.mlflow.Fail(mlflowtest.Endpoint("POST registered-models/alias"), fault.Times(1))
			w.apply(ctx, gated())
			w.apply(ctx, builder.Promotion(toProduction).Version("1"))
			p := shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
			Expect(rule.Hits()).To(Equal(1))
			Expect(history(p)).To(Equal([]string{"Promoted 1 after none"}))
			Expect(w.aliasWrites()).To(Equal(writes))
			w.tells(ctx, toProduction, firstSet)
		},
		Entry("when the answer to the write is lost", mlflowtest.LoseAnswer(), "champion=1"),
		Entry("when the write itself is lost", mlflowtest.Drop(), "champion=1", "champion=1"),
	)

	It("waits while nobody is let in, and goes on by itself", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, metrics{"accuracy": "0.9"})
		w.apply(ctx, gated())
		shows(ctx, w.model(modelName), synced(modelName)...)
		w.mlflow.Fail(mlflowtest.Any(), mlflowtest.Unauthorized())
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		message := listFailed + "401: the server did not accept the credentials"
		shows(ctx, w.theConnection(), unreached("Stalled", "CredentialsRejected: "+message, anonymous)...)
		p := shows(ctx, w.promotion(toProduction), unresolved("Reconciling", "CredentialsRejected", message)...)
		Expect(w.aliasWrites()).To(BeEmpty())
		w.mlflow.Heal()
		w.poll()
		shows(ctx, p, verdict{version: "1"}.holds()...)
	})

	It("says which permission is missing to read the evidence", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, metrics{"accuracy": "0.9"})
		rule := w.mlflow.Fail(mlflowtest.Endpoint("runs/get"), mlflowtest.Forbidden())
		w.apply(ctx, gated())
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		denied := "PermissionDenied: runs/get: 403: permission denied"
		p := shows(ctx, w.promotion(toProduction),
			"Ready=False "+denied, "Stalled=True "+denied, verdict{version: "1"}.found(),
			"GatesPassed=False "+denied, "Promoted=Unknown PermissionDenied: not known while GatesPassed is False")
		Eventually(func() []string { return w.told(ctx, "ModelPromotion", toProduction) }).WithContext(ctx).Should(
			Equal([]string{"Warning " + denied}))
		Expect(w.aliasWrites()).To(BeEmpty())
		rule.Remove()
		lookNow(ctx, p)
		shows(ctx, p, verdict{version: "1"}.holds()...)
	})

	It("says which permission is missing to move the alias", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, metrics{"accuracy": "0.9"})
		rule := w.mlflow.Fail(mlflowtest.Endpoint("POST registered-models/alias"), mlflowtest.Forbidden())
		w.apply(ctx, gated())
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		denied := "PermissionDenied: registered-models/alias: 403: permission denied"
		p := shows(ctx, w.promotion(toProduction),
			"Ready=False "+denied, "Stalled=True "+denied, verdict{version: "1"}.found(),
			"GatesPassed=True GatesPassed: every gate passed for version 1 when it was last evaluated", "Promoted=False "+denied)
		Expect(p.Status.History).To(BeEmpty())
		// It may be tried once more at this moment, since its model was published meanwhile.
		Eventually(func(g Gomega) {
			g.Expect(plane.Client.Get(ctx, key(p), p)).To(Succeed())
			g.Expect(p.Status.Underway).To(BeNil())
		}).WithContext(ctx).Should(Succeed())
		rule.Remove()
		lookNow(ctx, p)
		p = shows(ctx, p, verdict{version: "1"}.holds()...)
		Expect(history(p)).To(Equal([]string{"Promoted 1 after none"}))
		Expect(p.Status.Underway).To(BeNil())
	})

	It("waits for a run that can't be read, and goes on by itself", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, metrics{"accuracy": "0.9"})
		rule := w.mlflow.Fail(mlflowtest.Endpoint("runs/get"), mlflowtest.ServerError())
		w.apply(ctx, gated())
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		unreadable := "GateError: " + w.about("1",
			"run RUN could not be read: runs/get: 500 INTERNAL_ERROR: database is locked (gate accuracy)")
		p := shows(ctx, w.promotion(toProduction),
			"Ready=False "+unreadable, "Reconciling=True "+unreadable, verdict{version: "1"}.found(),
			"GatesPassed=False "+unreadable, "Promoted=Unknown GateError: not known while GatesPassed is False")
		Expect(w.aliasWrites()).To(BeEmpty())
		rule.Remove()
		shows(ctx, p, verdict{version: "1"}.holds()...)
	})
})
