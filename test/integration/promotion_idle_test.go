// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const searchModelsEndpoint = "registered-models/search"

var _ = Describe("A registry in which nothing happens", func() {
	It("costs the lists alone, a hundred polls long", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		w.registerModel(ctx, metrics{"accuracy": "0.9"})
		w.createObject(ctx, newStagedModel())
		w.createObject(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		w.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		w.waitForStageSummary(ctx, "staging=1 production=1")
		// Whoever was woken by the promotion has to come to rest.
		for _, obj := range w.listObjects() {
			requestReconcile(ctx, obj)
			Eventually(func() string {
				Expect(controlPlane.Client.Get(ctx, keyOf(obj), obj)).To(Succeed())
				return handledRequest(obj)
			}).WithContext(ctx).Should(Equal(obj.GetAnnotations()["registry.mlflow-operator.io/reconcile-requested-at"]))
		}
		before, written := w.listResourceVersions(ctx), kubeWrites.listWrites(w.namespace)
		Expect(written).NotTo(BeEmpty())
		w.mlflow.ResetCalls()

		const polls = 100
		for n := range polls {
			w.pollNow()
			Eventually(w.mlflow.CountCalls).WithContext(ctx).WithArguments(searchModelsEndpoint).Should(BeNumerically(">", n))
		}
		Expect(w.mlflow.Writes()).To(BeEmpty())
		for _, call := range w.mlflow.Calls() {
			Expect(call.Endpoint).To(Equal(searchModelsEndpoint))
		}
		Expect(w.listResourceVersions(ctx)).To(Equal(before))
		Expect(kubeWrites.listWrites(w.namespace)).To(Equal(written))
	})
})

// listObjects are those of the story about the idle registry.
func (w *env) listObjects() []client.Object {
	return []client.Object{w.connectionObject(), w.modelObject(modelName), w.promotionObject(toStaging), w.promotionObject(toProduction)}
}

// listResourceVersions change with every write to Kubernetes.
func (w *env) listResourceVersions(ctx SpecContext) []string {
	GinkgoHelper()
	var versions []string
	for _, obj := range w.listObjects() {
		Expect(controlPlane.Client.Get(ctx, keyOf(obj), obj)).To(Succeed())
		versions = append(versions, obj.GetResourceVersion())
	}
	return versions
}
