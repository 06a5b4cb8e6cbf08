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
		w := newConnectedEnv(ctx)
		w.createObject(ctx, w.newClassifiedModel())
		w.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, w.modelObject(modelName), unsyncedConditions("Reconciling", "ReferenceNotFound", w.noClassMessage())...)
		waitForConditions(ctx, w.promotionObject(toProduction), modelNotReadyConditions(w.noClassMessage())...)
		Expect(w.mlflow.CountCalls("registered-models/create")).To(BeZero())
		w.expectNoWrites()

		w.createClass(ctx, w.newClass())
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(HaveKeyWithValue("team", "nlp"))
	})

	It("weakens nothing when it is deleted, and its models go on when it comes back", func(ctx SpecContext) {
		w := newClassEnv(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.1"})
		before := w.getModel(ctx)
		w.mlflow.ResetCalls()
		Expect(controlPlane.Client.Delete(ctx, w.classObject())).To(Succeed())
		m := waitForConditions(ctx, w.modelObject(modelName), unsyncedConditions("Reconciling", "ReferenceNotFound", w.noClassMessage())...)
		w.setVersion(ctx, toProduction, "2")
		waitForConditions(ctx, w.promotionObject(toProduction), modelNotReadyConditions(w.noClassMessage())...)
		Expect(m.Status.Stages).To(Equal(before.Status.Stages))
		w.expectNoWrites()

		w.createClass(ctx, w.newClass())
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{
			version: "2", reason: "GateFailed", currentVersion: "version 1",
			cause: w.fillPlaceholders("2", "accuracy 0.1 is not greater than 0.85 (gate accuracy, run RUN)"),
		}.stalledConditions()...)
		w.expectNoWrites()
	})

	It("is no longer needed by a model that names none", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		w.createObject(ctx, w.newClassifiedModel())
		m := waitForConditions(ctx, w.modelObject(modelName), unsyncedConditions("Reconciling", "ReferenceNotFound", w.noClassMessage())...)
		editObject(ctx, m, func(m *v1alpha1.RegisteredModel) { m.Spec.ClassName = "" })
		waitForConditions(ctx, m, syncedConditions(modelName)...)
	})
})

var _ = Describe("A class in which nothing happens", func() {
	It("costs nothing, and neither do its models", func(ctx SpecContext) {
		w := newClassEnv(ctx, metrics{"accuracy": "0.9"})
		for _, obj := range w.listObjectsOfClass() {
			requestReconcile(ctx, obj)
			Eventually(func() string {
				Expect(controlPlane.Client.Get(ctx, keyOf(obj), obj)).To(Succeed())
				return handledRequest(obj)
			}).WithContext(ctx).Should(Equal(obj.GetAnnotations()[v1alpha1.ReconcileRequestedAtAnnotation]))
		}
		before := resourceVersionsOf(ctx, w.listObjectsOfClass())
		w.mlflow.ResetCalls()
		const polls = 20
		for n := range polls {
			w.pollNow()
			Eventually(w.mlflow.CountCalls).WithContext(ctx).WithArguments(searchModelsEndpoint).Should(BeNumerically(">", n))
		}
		for _, call := range w.mlflow.Calls() {
			Expect(call.Endpoint).To(Equal(searchModelsEndpoint))
		}
		Expect(resourceVersionsOf(ctx, w.listObjectsOfClass())).To(Equal(before))
	})
})

// listObjectsOfClass are a class, its model and its promotion.
func (w *env) listObjectsOfClass() []client.Object {
	return []client.Object{w.classObject(), w.modelObject(modelName), w.promotionObject(toProduction)}
}
