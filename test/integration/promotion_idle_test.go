// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("A registry in which nothing happens", func() {
	It("costs the lists alone, a hundred polls long", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, metrics{"accuracy": "0.9"})
		e.createObject(ctx, newStagedModel())
		e.createObject(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		e.waitForStageSummary(ctx, "staging=1 production=1")
		// Whoever was woken by the promotion has to come to rest.
		for _, obj := range e.listObjects() {
			requestReconcile(ctx, obj)
			Eventually(func() string {
				Expect(controlPlane.Client.Get(ctx, objectKey(obj), obj)).To(Succeed())
				return handledRequest(obj)
			}).WithContext(ctx).Should(Equal(obj.GetAnnotations()["registry.mlflow-operator.io/reconcile-requested-at"]))
		}
		before, written := e.listResourceVersions(ctx), kubeWrites.listWrites(e.namespace)
		Expect(written).NotTo(BeEmpty())
		e.mlflow.ResetCalls()

		const polls = 100
		for n := range polls {
			e.pollNow()
			Eventually(e.mlflow.CountCalls).WithContext(ctx).WithArguments(searchModelsEndpoint).Should(BeNumerically(">", n))
		}
		Expect(e.mlflow.Writes()).To(BeEmpty())
		for _, call := range e.mlflow.Calls() {
			Expect(call.Endpoint).To(Equal(searchModelsEndpoint))
		}
		Expect(e.listResourceVersions(ctx)).To(Equal(before))
		Expect(kubeWrites.listWrites(e.namespace)).To(Equal(written))
	})
})

// listObjects are those of the story about the idle registry.
func (e *env) listObjects() []client.Object {
	return []client.Object{e.connectionObject(), e.modelObject(modelName), e.promotionObject(toStaging), e.promotionObject(toProduction)}
}

// listResourceVersions change with every write to Kubernetes.
func (e *env) listResourceVersions(ctx SpecContext) []string {
	GinkgoHelper()
	var versions []string
	for _, obj := range e.listObjects() {
		Expect(controlPlane.Client.Get(ctx, objectKey(obj), obj)).To(Succeed())
		versions = append(versions, obj.GetResourceVersion())
	}
	return versions
}
