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
		w := newSyncedEnv(ctx)
		requestReconcile(ctx, w.connectionObject())
		waitForConditions(ctx, w.connectionObject(), reachableConditions(w, anonymous, "")...)
		Eventually(func() int { return w.mlflow.CountCalls(listModelsEndpoint) }).WithContext(ctx).Should(Equal(1))
	})

	It("is acknowledged by a model, which is read without waiting for a poll", func(ctx SpecContext) {
		w := newSyncedEnv(ctx)
		Expect(w.user.SetModelTag(ctx, modelName, "team", "vision")).To(Succeed())
		requestReconcile(ctx, w.modelObject(modelName))
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(w.declaredTags()))
		Expect(w.mlflow.CountCalls(listModelsEndpoint)).To(BeZero())
	})

	It("is acknowledged by a promotion, which looks at its alias without waiting for a poll", func(ctx SpecContext) {
		w := newChampionEnv(ctx, newModelWithGates(), nil, nil)
		Expect(w.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		w.mlflow.ResetCalls()
		requestReconcile(ctx, w.promotionObject(toProduction))
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(w.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		Expect(w.mlflow.CountCalls(listModelsEndpoint)).To(BeZero())
	})

	It("is acknowledged although the server is down", func(ctx SpecContext) {
		w := newSyncedEnv(ctx)
		w.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		requestReconcile(ctx, w.modelObject(modelName))
		waitForConditions(ctx, w.modelObject(modelName), connectionNotReadyConditions("Unreachable",
			listFailed+"the connection was closed before the whole answer was there")...)
	})
})
