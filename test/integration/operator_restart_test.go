// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	crmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

var _ = Describe("A restart of the operator", func() {
	It("is seen neither in MLflow nor in any status", func(ctx SpecContext) {
		e := newChampionEnv(ctx, newGatedModel(), metrics{"accuracy": "0.91"})
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymous, "")...)
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		stopOperator()
		objects := []client.Object{e.connectionObject(), e.modelObject(modelName), e.promotionObject(toProduction)}
		before, statuses := resourceVersionsOf(ctx, objects), listTransitionTimes(ctx, objects)
		passes := countReconciles("mlflowconnection", "registeredmodel", "modelpromotion")
		e.mlflow.ResetCalls()

		By("starting it while MLflow takes its time with the list")
		gate := e.mlflow.NewBarrier()
		e.mlflow.InjectFault(mlflowtest.CallsTo(listModelsEndpoint), gate.BlockRequest())
		startOperator(controlPlane.Config)
		Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
		for controller, done := range passes {
			Eventually(func() float64 { return countReconciles(controller)[controller] }).WithContext(ctx).Should(BeNumerically(">", done))
		}
		Expect(resourceVersionsOf(ctx, objects)).To(Equal(before))

		By("answering, and having everything looked at once more")
		gate.Release()
		Eventually(func() bool { return provider.State(e.connectionKey()).Ready }).WithContext(ctx).Should(BeTrue())
		requestReconcile(ctx, e.connectionObject())
		requestReconcile(ctx, e.modelObject(modelName))
		requestReconcile(ctx, e.promotionObject(toProduction))
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymous, "")...)
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(listTransitionTimes(ctx, objects)).To(Equal(statuses))
		e.expectNoWrites()
	})
})

// countReconciles counts the passes that controllers have ended, whichever operator ran them.
func countReconciles(controllers ...string) map[string]float64 {
	GinkgoHelper()
	families, err := crmetrics.Registry.Gather()
	Expect(err).NotTo(HaveOccurred())
	passes := map[string]float64{}
	for _, family := range families {
		if family.GetName() != "controller_runtime_reconcile_total" {
			continue
		}
		for _, metric := range family.GetMetric() {
			// Labels are sorted by name: "controller" comes before "result".
			if name := metric.GetLabel()[0].GetValue(); slices.Contains(controllers, name) {
				passes[name] += metric.GetCounter().GetValue()
			}
		}
	}
	return passes
}

func listTransitionTimes(ctx SpecContext, objects []client.Object) []map[string]metav1.Time {
	GinkgoHelper()
	var all []map[string]metav1.Time
	for _, obj := range objects {
		Expect(controlPlane.Client.Get(ctx, keyOf(obj), obj)).To(Succeed())
		all = append(all, transitionTimes(obj))
	}
	return all
}
