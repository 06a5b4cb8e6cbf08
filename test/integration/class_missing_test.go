// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("A class that is not there", func() {
	It("is waited for, and nothing is written before it comes", func(ctx SpecContext) {
		w := connected(ctx)
		w.apply(ctx, w.classified())
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		shows(ctx, w.model(modelName), unsynced("Reconciling", "ClassNotFound", w.noClass())...)
		shows(ctx, w.promotion(toProduction), modelNotReady(w.noClass())...)
		Expect(w.mlflow.Count("registered-models/create")).To(BeZero())
		w.wroteNothing()

		w.declare(ctx, w.standard())
		shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(HaveKeyWithValue("team", "nlp"))
	})

	It("weakens nothing when it is deleted, and its models go on when it comes back", func(ctx SpecContext) {
		w := governed(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.1"})
		before := w.read(ctx)
		w.mlflow.Reset()
		Expect(plane.Client.Delete(ctx, w.class())).To(Succeed())
		m := shows(ctx, w.model(modelName), unsynced("Reconciling", "ClassNotFound", w.noClass())...)
		w.promote(ctx, toProduction, "2")
		shows(ctx, w.promotion(toProduction), modelNotReady(w.noClass())...)
		Expect(m.Status.Stages).To(Equal(before.Status.Stages))
		w.wroteNothing()

		w.declare(ctx, w.standard())
		shows(ctx, w.model(modelName), synced(modelName)...)
		shows(ctx, w.promotion(toProduction), verdict{
			version: "2", reason: "GateFailed", keeps: "version 1",
			because: w.about("2", "accuracy 0.1 is not greater than 0.85 (gate accuracy, run RUN)"),
		}.stalled()...)
		w.wroteNothing()
	})

	It("is no longer needed by a model that names none", func(ctx SpecContext) {
		w := connected(ctx)
		w.apply(ctx, w.classified())
		m := shows(ctx, w.model(modelName), unsynced("Reconciling", "ClassNotFound", w.noClass())...)
		edit(ctx, m, func(m *v1alpha1.RegisteredModel) { m.Spec.ClassName = "" })
		shows(ctx, m, synced(modelName)...)
	})
})

var _ = Describe("A class in which nothing happens", func() {
	It("costs nothing, and neither do its models", func(ctx SpecContext) {
		w := governed(ctx, metrics{"accuracy": "0.9"})
		for _, obj := range w.objectsUnder() {
			lookNow(ctx, obj)
			Eventually(func() string {
				Expect(plane.Client.Get(ctx, key(obj), obj)).To(Succeed())
				return receipt(obj)
			}).WithContext(ctx).Should(Equal(obj.GetAnnotations()[v1alpha1.ReconcileRequestedAtAnnotation]))
		}
		before := versions(ctx, w.objectsUnder())
		w.mlflow.Reset()
		const polls = 20
		for n := range polls {
			w.poll()
			Eventually(w.mlflow.Count).WithContext(ctx).WithArguments(listing).Should(BeNumerically(">", n))
		}
		for _, call := range w.mlflow.Calls() {
			Expect(call.Endpoint).To(Equal(listing))
		}
		Expect(versions(ctx, w.objectsUnder())).To(Equal(before))
	})
})

// objectsUnder are a class, its model and its promotion.
func (w *world) objectsUnder() []client.Object {
	return []client.Object{w.class(), w.model(modelName), w.promotion(toProduction)}
}
