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
		e := newSyncedEnv(ctx)
		requestReconcile(ctx, e.connectionObject())
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymous, "")...)
		Eventually(func() int { return e.mlflow.CountCalls(listModelsEndpoint) }).WithContext(ctx).Should(Equal(1))
	})

	It("is acknowledged by a model, which is read without waiting for a poll", func(ctx SpecContext) {
		e := newSyncedEnv(ctx)
		Expect(e.user.SetModelTag(ctx, modelName, "team", "vision")).To(Succeed())
		requestReconcile(ctx, e.modelObject(modelName))
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.mlflow.Model(modelName).Tags).To(Equal(e.declaredTags()))
		Expect(e.mlflow.CountCalls(listModelsEndpoint)).To(BeZero())
	})

	It("is acknowledged by a promotion, which looks at its alias without waiting for a poll", func(ctx SpecContext) {
		e := newChampionEnv(ctx, newModelWithGates(), nil, nil)
		Expect(e.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		e.mlflow.ResetCalls()
		requestReconcile(ctx, e.promotionObject(toProduction))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(e.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		Expect(e.mlflow.CountCalls(listModelsEndpoint)).To(BeZero())
	})

	It("is acknowledged although the server is down", func(ctx SpecContext) {
		e := newSyncedEnv(ctx)
		e.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		requestReconcile(ctx, e.modelObject(modelName))
		waitForConditions(ctx, e.modelObject(modelName), connectionNotReadyConditions("Unreachable",
			listFailed+"the connection was closed before the whole answer was there")...)
	})
})
