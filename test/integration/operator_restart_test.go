// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

var _ = Describe("A restart of the operator", func() {
	It("is seen neither in MLflow nor in any status", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newGatedModel(), metrics{"accuracy": "0.91"})
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymousMessage, "")...)
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		stopOperator()
		objects := []client.Object{e.connectionObject(), e.modelObject(modelName), e.promotionObject(toProduction)}
		before, statuses := getResourceVersions(ctx, objects), listTransitionTimes(ctx, objects)
		passes := countReconciles("mlflowconnection", "registeredmodel", "modelpromotion")
		e.mlflow.ResetCalls()

		By("starting it while MLflow takes its time with the list")
		gate := e.mlflow.NewBarrier()
		e.mlflow.InjectFault(mlflowtest.CallsTo(searchModelsEndpoint), gate.BlockRequest())
		startOperator(controlPlane.Config)
		Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
		for controller, done := range passes {
			Eventually(func() float64 { return countReconciles(controller)[controller] }).WithContext(ctx).Should(BeNumerically(">", done))
		}
		Expect(getResourceVersions(ctx, objects)).To(Equal(before))

		By("answering, and having everything looked at once more")
		gate.Release()
		Eventually(func() bool { return provider.State(e.connectionKey()).Ready }).WithContext(ctx).Should(BeTrue())
		requestReconcile(ctx, e.connectionObject())
		requestReconcile(ctx, e.modelObject(modelName))
		requestReconcile(ctx, e.promotionObject(toProduction))
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymousMessage, "")...)
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(listTransitionTimes(ctx, objects)).To(Equal(statuses))
		e.expectNoWrites()
	})
})

func listTransitionTimes(ctx SpecContext, objects []client.Object) []map[string]metav1.Time {
	GinkgoHelper()
	var all []map[string]metav1.Time
	for _, obj := range objects {
		Expect(controlPlane.Client.Get(ctx, objectKey(obj), obj)).To(Succeed())
		all = append(all, transitionTimes(obj))
	}
	return all
}

// transitionTimes are the times at which the conditions took their status.
func transitionTimes(obj client.Object) map[string]metav1.Time {
	status, _ := statusAndKinds(obj)
	times := map[string]metav1.Time{}
	for _, c := range status.Conditions {
		times[c.Type] = c.LastTransitionTime
	}
	return times
}

var _ = Describe("A request to look now", func() {
	It("is acknowledged by a connection, which lists its models", func(ctx SpecContext) {
		e := newSyncedEnv(ctx)
		requestReconcile(ctx, e.connectionObject())
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymousMessage, "")...)
		Eventually(func() int { return e.mlflow.CountCalls(searchModelsEndpoint) }).WithContext(ctx).Should(Equal(1))
	})

	It("is acknowledged by a model, which is read without waiting for a poll", func(ctx SpecContext) {
		e := newSyncedEnv(ctx)
		Expect(e.user.SetModelTag(ctx, modelName, "team", "vision")).To(Succeed())
		requestReconcile(ctx, e.modelObject(modelName))
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.mlflow.Model(modelName).Tags).To(Equal(e.declaredTags()))
		Expect(e.mlflow.CountCalls(searchModelsEndpoint)).To(BeZero())
	})

	It("is acknowledged by a promotion, which looks at its alias without waiting for a poll", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newModelWithGates(), nil, nil)
		Expect(e.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		e.mlflow.ResetCalls()
		requestReconcile(ctx, e.promotionObject(toProduction))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(e.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		Expect(e.mlflow.CountCalls(searchModelsEndpoint)).To(BeZero())
	})

	It("is acknowledged although the server is down", func(ctx SpecContext) {
		e := newSyncedEnv(ctx)
		e.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		requestReconcile(ctx, e.modelObject(modelName))
		waitForConditions(ctx, e.modelObject(modelName), connectionNotReadyConditions("Unreachable",
			listFailedPrefix+"the connection was closed before the whole answer was there")...)
	})
})
