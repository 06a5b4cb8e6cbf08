// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var _ = Describe("A registry without changes", func() {
	It("causes no requests except polls", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.9"})
		e.CreateObject(ctx, env.NewStagedModel())
		e.CreateObject(ctx, builder.Promotion(env.ToStaging).Stage("staging").Version("1"))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		e.WaitForStageSummary(ctx, "staging=1 production=1")
		// The reconciles that the promotion caused must end first.
		for _, obj := range listObjects(e) {
			env.RequestReconcile(ctx, obj)
			Eventually(func() string {
				Expect(env.ControlPlane.Client.Get(ctx, env.ObjectKey(obj), obj)).To(Succeed())
				return env.HandledRequest(obj)
			}).WithContext(ctx).Should(Equal(obj.GetAnnotations()["registry.mlflow-operator.io/reconcile-requested-at"]))
		}
		before, written := listResourceVersions(ctx, e), env.KubeWrites.ListWrites(e.Namespace)
		Expect(written).NotTo(BeEmpty())
		e.MLflow.ResetCalls()

		const polls = 100
		for n := range polls {
			e.PollNow()
			Eventually(e.MLflow.CountCalls).WithContext(ctx).WithArguments(env.SearchModelsEndpoint).Should(BeNumerically(">", n))
		}
		Expect(e.MLflow.Writes()).To(BeEmpty())
		for _, call := range e.MLflow.Calls() {
			Expect(call.Endpoint).To(Equal(env.SearchModelsEndpoint))
		}
		Expect(listResourceVersions(ctx, e)).To(Equal(before))
		Expect(env.KubeWrites.ListWrites(e.Namespace)).To(Equal(written))
	})
})

// listObjects returns the connection, the model and the promotion of the story.
func listObjects(e *env.Env) []client.Object {
	return []client.Object{e.ConnectionObject(), e.ModelObject(env.ModelName), e.PromotionObject(env.ToStaging),
		e.PromotionObject(env.ToProduction)}
}

// listResourceVersions reads their resource versions, which every write changes.
func listResourceVersions(ctx SpecContext, e *env.Env) []string {
	GinkgoHelper()
	var versions []string
	for _, obj := range listObjects(e) {
		Expect(env.ControlPlane.Client.Get(ctx, env.ObjectKey(obj), obj)).To(Succeed())
		versions = append(versions, obj.GetResourceVersion())
	}
	return versions
}
