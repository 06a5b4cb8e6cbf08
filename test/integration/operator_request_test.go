// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

var _ = Describe("A request to look now", func() {
	It("is acknowledged by a connection, which lists its models", func(ctx SpecContext) {
		w := kept(ctx)
		lookNow(ctx, w.theConnection())
		shows(ctx, w.theConnection(), reached(w, anonymous, "")...)
		Eventually(func() int { return w.mlflow.Count(listModels) }).WithContext(ctx).Should(Equal(1))
	})

	It("is acknowledged by a model, which is read without waiting for a poll", func(ctx SpecContext) {
		w := kept(ctx)
		Expect(w.user.SetModelTag(ctx, modelName, "team", "vision")).To(Succeed())
		lookNow(ctx, w.model(modelName))
		shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(w.declared()))
		Expect(w.mlflow.Count(listModels)).To(BeZero())
	})

	It("is acknowledged by a promotion, which looks at its alias without waiting for a poll", func(ctx SpecContext) {
		w := champion(ctx, demanding(), nil, nil)
		Expect(w.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		w.mlflow.Reset()
		lookNow(ctx, w.promotion(toProduction))
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		Expect(w.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		Expect(w.mlflow.Count(listModels)).To(BeZero())
	})

	It("is acknowledged although the server is down", func(ctx SpecContext) {
		w := kept(ctx)
		w.mlflow.Fail(mlflowtest.Any(), mlflowtest.Drop())
		lookNow(ctx, w.model(modelName))
		shows(ctx, w.model(modelName), repeated("Unreachable",
			listFailed+"the connection was closed before the whole answer was there")...)
	})
})
