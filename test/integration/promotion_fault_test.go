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
