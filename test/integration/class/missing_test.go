// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package class

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var _ = Describe("A missing class", func() {
	It("stops its models until it is created", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateObject(ctx, e.NewClassifiedModel())
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.WaitForModel(ctx, env.UnsyncedConditions("Reconciling", "ReferenceNotFound", noClassMessage(e))...)
		e.WaitForPromotion(ctx, modelNotReadyConditions(noClassMessage(e))...)
		Expect(e.MLflow.CountCalls("registered-models/create")).To(BeZero())
		e.ExpectNoWrites()

		e.CreateClass(ctx, e.NewClass())
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(HaveKeyWithValue("team", "nlp"))
	})

	It("stops its models after its deletion until it is created again", func(ctx SpecContext) {
		e := newClassEnv(ctx, env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.1"})
		before := e.GetModel(ctx)
		e.MLflow.ResetCalls()
		Expect(env.ControlPlane.Client.Delete(ctx, e.ClassObject())).To(Succeed())
		m := e.WaitForModel(ctx, env.UnsyncedConditions("Reconciling", "ReferenceNotFound", noClassMessage(e))...)
		e.SetVersion(ctx, env.ToProduction, "2")
		e.WaitForPromotion(ctx, modelNotReadyConditions(noClassMessage(e))...)
		Expect(m.Status.Stages).To(Equal(before.Status.Stages))
		e.ExpectNoWrites()

		e.CreateClass(ctx, e.NewClass())
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.WaitForPromotion(ctx, env.Expectation{
			Version: "2", Reason: "GateFailed", CurrentVersion: "version 1",
			Detail: e.FillPlaceholders("2", env.AccuracyNotGreaterMessage("0.1", "0.85")),
		}.StalledConditions()...)
		e.ExpectNoWrites()
	})

	It("does not stop a model that names no class any more", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateObject(ctx, e.NewClassifiedModel())
		m := e.WaitForModel(ctx, env.UnsyncedConditions("Reconciling", "ReferenceNotFound", noClassMessage(e))...)
		env.EditObject(ctx, m, func(m *v1alpha1.RegisteredModel) { m.Spec.ClassName = "" })
		env.WaitForConditions(ctx, m, env.SyncedConditions(env.ModelName)...)
	})
})

var _ = Describe("A class without changes", func() {
	It("causes no requests, and neither do its models", func(ctx SpecContext) {
		e := newClassEnv(ctx, env.Metrics{"accuracy": "0.9"})
		for _, obj := range listObjectsOfClass(e) {
			env.RequestReconcile(ctx, obj)
			Eventually(func() string {
				Expect(env.ControlPlane.Client.Get(ctx, env.ObjectKey(obj), obj)).To(Succeed())
				return env.HandledRequest(obj)
			}).WithContext(ctx).Should(Equal(obj.GetAnnotations()[v1alpha1.ReconcileRequestedAtAnnotation]))
		}
		before := env.GetResourceVersions(ctx, listObjectsOfClass(e))
		e.MLflow.ResetCalls()
		const polls = 20
		for n := range polls {
			e.PollNow()
			Eventually(e.MLflow.CountCalls).WithContext(ctx).WithArguments(env.SearchModelsEndpoint).Should(BeNumerically(">", n))
		}
		for _, call := range e.MLflow.Calls() {
			Expect(call.Endpoint).To(Equal(env.SearchModelsEndpoint))
		}
		Expect(env.GetResourceVersions(ctx, listObjectsOfClass(e))).To(Equal(before))
	})
})

// listObjectsOfClass returns a class, its model and its promotion.
func listObjectsOfClass(e *env.Env) []client.Object {
	return []client.Object{e.ClassObject(), e.ModelObject(env.ModelName), e.PromotionObject(env.ToProduction)}
}
