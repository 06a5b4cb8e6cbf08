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
		w := champion(ctx, gated(), metrics{"accuracy": "0.91"})
		shows(ctx, w.theConnection(), reached(w, anonymous, "")...)
		shows(ctx, w.model(modelName), synced(modelName)...)
		stopOperator()
		objects := []client.Object{w.theConnection(), w.model(modelName), w.promotion(toProduction)}
		before, statuses := versions(ctx, objects), transitionsOf(ctx, objects)
		passes := passesOf("mlflowconnection", "registeredmodel", "modelpromotion")
		w.mlflow.Reset()

		By("starting it while MLflow takes its time with the list")
		gate := w.mlflow.Gate()
		w.mlflow.Fail(mlflowtest.Endpoint(listModels), gate.Hold())
		startOperator(plane.Config)
		Eventually(gate.Arrived()).WithContext(ctx).Should(Receive())
		for controller, done := range passes {
			Eventually(func() float64 { return passesOf(controller)[controller] }).WithContext(ctx).Should(BeNumerically(">", done))
		}
		Expect(versions(ctx, objects)).To(Equal(before))

		By("answering, and having everything looked at once more")
		gate.Open()
		Eventually(func() bool { return provider.State(w.key()).Ready }).WithContext(ctx).Should(BeTrue())
		lookNow(ctx, w.theConnection())
		lookNow(ctx, w.model(modelName))
		lookNow(ctx, w.promotion(toProduction))
		shows(ctx, w.theConnection(), reached(w, anonymous, "")...)
		shows(ctx, w.model(modelName), synced(modelName)...)
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		Expect(transitionsOf(ctx, objects)).To(Equal(statuses))
		w.wroteNothing()
	})
})

// passesOf counts the passes that controllers have ended, whichever operator ran them.
func passesOf(controllers ...string) map[string]float64 {
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

func transitionsOf(ctx SpecContext, objects []client.Object) []map[string]metav1.Time {
	GinkgoHelper()
	var all []map[string]metav1.Time
	for _, obj := range objects {
		Expect(plane.Client.Get(ctx, key(obj), obj)).To(Succeed())
		all = append(all, transitions(obj))
	}
	return all
}
