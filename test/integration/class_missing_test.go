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
		e := newConnectedEnv(ctx)
		e.createObject(ctx, e.newClassifiedModel())
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Reconciling", "ReferenceNotFound", e.noClassMessage())...)
		waitForConditions(ctx, e.promotionObject(toProduction), modelNotReadyConditions(e.noClassMessage())...)
		Expect(e.mlflow.CountCalls("registered-models/create")).To(BeZero())
		e.expectNoWrites()

		e.createClass(ctx, e.newClass())
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.mlflow.Model(modelName).Tags).To(HaveKeyWithValue("team", "nlp"))
	})

	It("weakens nothing when it is deleted, and its models go on when it comes back", func(ctx SpecContext) {
		e := newClassEnv(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.1"})
		before := e.getModel(ctx)
		e.mlflow.ResetCalls()
		Expect(controlPlane.Client.Delete(ctx, e.classObject())).To(Succeed())
		m := waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Reconciling", "ReferenceNotFound", e.noClassMessage())...)
		e.setVersion(ctx, toProduction, "2")
		waitForConditions(ctx, e.promotionObject(toProduction), modelNotReadyConditions(e.noClassMessage())...)
		Expect(m.Status.Stages).To(Equal(before.Status.Stages))
		e.expectNoWrites()

		e.createClass(ctx, e.newClass())
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{
			version: "2", reason: "GateFailed", currentVersion: "version 1",
			detail: e.fillPlaceholders("2", "accuracy 0.1 is not greater than 0.85 (gate accuracy, run RUN)"),
		}.stalledConditions()...)
		e.expectNoWrites()
	})

	It("is no longer needed by a model that names none", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createObject(ctx, e.newClassifiedModel())
		m := waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Reconciling", "ReferenceNotFound", e.noClassMessage())...)
		editObject(ctx, m, func(m *v1alpha1.RegisteredModel) { m.Spec.ClassName = "" })
		waitForConditions(ctx, m, syncedConditions(modelName)...)
	})
})

var _ = Describe("A class in which nothing happens", func() {
	It("costs nothing, and neither do its models", func(ctx SpecContext) {
		e := newClassEnv(ctx, metrics{"accuracy": "0.9"})
		for _, obj := range e.listObjectsOfClass() {
			requestReconcile(ctx, obj)
			Eventually(func() string {
				Expect(controlPlane.Client.Get(ctx, objectKey(obj), obj)).To(Succeed())
				return handledRequest(obj)
			}).WithContext(ctx).Should(Equal(obj.GetAnnotations()[v1alpha1.ReconcileRequestedAtAnnotation]))
		}
		before := getResourceVersions(ctx, e.listObjectsOfClass())
		e.mlflow.ResetCalls()
		const polls = 20
		for n := range polls {
			e.pollNow()
			Eventually(e.mlflow.CountCalls).WithContext(ctx).WithArguments(searchModelsEndpoint).Should(BeNumerically(">", n))
		}
		for _, call := range e.mlflow.Calls() {
			Expect(call.Endpoint).To(Equal(searchModelsEndpoint))
		}
		Expect(getResourceVersions(ctx, e.listObjectsOfClass())).To(Equal(before))
	})
})

// listObjectsOfClass are a class, its model and its promotion.
func (e *env) listObjectsOfClass() []client.Object {
	return []client.Object{e.classObject(), e.modelObject(modelName), e.promotionObject(toProduction)}
}
