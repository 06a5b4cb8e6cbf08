// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package operator

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var _ = Describe("A restart of the operator", func() {
	It("writes nothing to MLflow and to no status", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.91"})
		e.WaitForConnection(ctx, env.ReachableConditions(e, env.AnonymousMessage, "")...)
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		env.StopOperator()
		objects := []client.Object{e.ConnectionObject(), e.ModelObject(env.ModelName), e.PromotionObject(env.ToProduction)}
		before, statuses := env.GetResourceVersions(ctx, objects), listTransitionTimes(ctx, objects)
		reconciles := env.CountReconciles("mlflowconnection", "registeredmodel", "modelpromotion")
		e.MLflow.ResetCalls()

		By("starting it while MLflow delays the list")
		gate := e.MLflow.NewBarrier()
		e.MLflow.InjectFault(mlflowtest.CallsTo(env.SearchModelsEndpoint), gate.BlockRequest())
		env.StartOperator(env.ControlPlane.Config)
		Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
		for controller, done := range reconciles {
			Eventually(func() float64 { return env.CountReconciles(controller)[controller] }).WithContext(ctx).Should(BeNumerically(">", done))
		}
		Expect(env.GetResourceVersions(ctx, objects)).To(Equal(before))

		By("answering, and requesting a reconcile of everything")
		gate.Release()
		Eventually(func() bool { return env.Provider.State(e.ConnectionKey()).Ready }).WithContext(ctx).Should(BeTrue())
		env.RequestReconcile(ctx, e.ConnectionObject())
		env.RequestReconcile(ctx, e.ModelObject(env.ModelName))
		env.RequestReconcile(ctx, e.PromotionObject(env.ToProduction))
		e.WaitForConnection(ctx, env.ReachableConditions(e, env.AnonymousMessage, "")...)
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(listTransitionTimes(ctx, objects)).To(Equal(statuses))
		e.ExpectNoWrites()
	})
})

func listTransitionTimes(ctx SpecContext, objects []client.Object) []map[string]metav1.Time {
	GinkgoHelper()
	var all []map[string]metav1.Time
	for _, obj := range objects {
		Expect(env.ControlPlane.Client.Get(ctx, env.ObjectKey(obj), obj)).To(Succeed())
		all = append(all, transitionTimes(obj))
	}
	return all
}

// transitionTimes returns the last transition time of each condition.
func transitionTimes(obj client.Object) map[string]metav1.Time {
	status, _ := env.StatusAndKinds(obj)
	times := map[string]metav1.Time{}
	for _, c := range status.Conditions {
		times[c.Type] = c.LastTransitionTime
	}
	return times
}

var _ = Describe("A reconcile request", func() {
	It("is handled by a connection, which is polled", func(ctx SpecContext) {
		e := env.NewSynced(ctx)
		env.RequestReconcile(ctx, e.ConnectionObject())
		e.WaitForConnection(ctx, env.ReachableConditions(e, env.AnonymousMessage, "")...)
		Eventually(func() int { return e.MLflow.CountCalls(env.SearchModelsEndpoint) }).WithContext(ctx).Should(Equal(1))
	})

	It("is handled by a model, which is read without a poll", func(ctx SpecContext) {
		e := env.NewSynced(ctx)
		Expect(e.User.SetModelTag(ctx, env.ModelName, "team", "vision")).To(Succeed())
		env.RequestReconcile(ctx, e.ModelObject(env.ModelName))
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(Equal(e.DeclaredTags()))
		Expect(e.MLflow.CountCalls(env.SearchModelsEndpoint)).To(BeZero())
	})

	It("is handled by a promotion, whose alias is read without a poll", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewModelWithGates(), nil, nil)
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "2")).To(Succeed())
		e.MLflow.ResetCalls()
		env.RequestReconcile(ctx, e.PromotionObject(env.ToProduction))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(e.MLflow.Alias(env.ModelName, "champion")).To(Equal("1"))
		Expect(e.MLflow.CountCalls(env.SearchModelsEndpoint)).To(BeZero())
	})

	It("is handled even if the server is down", func(ctx SpecContext) {
		e := env.NewSynced(ctx)
		e.MLflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		env.RequestReconcile(ctx, e.ModelObject(env.ModelName))
		e.WaitForModel(ctx, env.ConnectionNotReadyConditions("Unreachable",
			env.ListFailedPrefix+env.ConnectionClosedMessage)...)
	})
})
