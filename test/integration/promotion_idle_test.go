// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const listing = "registered-models/search"

var _ = Describe("A registry in which nothing happens", func() {
	It("costs the lists alone, a hundred polls long", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, metrics{"accuracy": "0.9"})
		w.apply(ctx, staged())
		w.apply(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		w.holdersAre(ctx, "staging=1 production=1")
		// Whoever was woken by the promotion has to come to rest.
		for _, obj := range w.objects() {
			lookNow(ctx, obj)
			Eventually(func() string {
				Expect(plane.Client.Get(ctx, key(obj), obj)).To(Succeed())
				return receipt(obj)
			}).WithContext(ctx).Should(Equal(obj.GetAnnotations()["registry.mlflow-operator.io/reconcile-requested-at"]))
		}
		before, written := w.resourceVersions(ctx), kubeWrites.in(w.namespace)
		Expect(written).NotTo(BeEmpty())
		w.mlflow.Reset()

		const polls = 100
		for n := range polls {
			w.poll()
			Eventually(w.mlflow.Count).WithContext(ctx).WithArguments(listing).Should(BeNumerically(">", n))
		}
		Expect(w.mlflow.Writes()).To(BeEmpty())
		for _, call := range w.mlflow.Calls() {
			Expect(call.Endpoint).To(Equal(listing))
		}
		Expect(w.resourceVersions(ctx)).To(Equal(before))
		Expect(kubeWrites.in(w.namespace)).To(Equal(written))
	})
})

// objects are those of the story about the idle registry.
func (w *world) objects() []client.Object {
	return []client.Object{w.theConnection(), w.model(modelName), w.promotion(toStaging), w.promotion(toProduction)}
}

// resourceVersions change with every write to Kubernetes.
func (w *world) resourceVersions(ctx SpecContext) []string {
	GinkgoHelper()
	var versions []string
	for _, obj := range w.objects() {
		Expect(plane.Client.Get(ctx, key(obj), obj)).To(Succeed())
		versions = append(versions, obj.GetResourceVersion())
	}
	return versions
}
