// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("Two objects for one model, on connections of two kinds", func() {
	DescribeTable("are a conflict, which the older one wins",
		func(ctx SpecContext, older, younger func(*world) *builder.ModelBuilder) {
			w := connected(ctx)
			shared := builder.ClusterConnection(w.namespace).Like(w.connection()).Allowed(w.itself()).Build()
			w.apply(ctx, shared)
			DeferCleanup(func(ctx SpecContext) { Expect(plane.Client.Delete(ctx, shared)).To(Succeed()) })
			w.apply(ctx, older(w))
			shows(ctx, w.model("a"), synced(modelName)...)
			w.apply(ctx, younger(w))
			shows(ctx, w.model("b"), unsynced("Stalled", "Conflict", w.olderIs("a"))...)

			Expect(plane.Client.Delete(ctx, w.model("a"))).To(Succeed())
			shows(ctx, w.model("b"), synced(modelName)...)
			Expect(w.mlflow.Model(modelName).Tags).To(HaveKeyWithValue(v1alpha1.ManagedByTag, w.mark("b")))
		},
		Entry("on the shared one", onShared("a"), onOwn("b")),
		Entry("on one of the namespace", onOwn("a"), onShared("b")),
	)

	It("are none where the older one may not have it", func(ctx SpecContext) {
		w := sharing(ctx, func(w *world, b *builder.ClusterConnectionBuilder) { b.Allow(w.itself(), "", "staging") })
		w.apply(ctx, onShared("a")(w).Stages(builder.Stage("production").Alias("champion")))
		shows(ctx, w.model("a"), notAllowed(w.noAlias("champion", modelName))...)
		w.apply(ctx, onShared("b")(w).Stages(builder.Stage("staging")))
		shows(ctx, w.model("b"), synced(modelName)...)

		By("allowing it to the older one, which has the older claim")
		w.rule(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.Allow = nil })
		shows(ctx, w.model("a"), synced(modelName)...)
		shows(ctx, w.model("b"), unsynced("Stalled", "Conflict", w.olderIs("a"))...)

		By("taking it away again, which hands its model to nobody")
		w.mlflow.Reset()
		w.rule(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
			s.Allow = []v1alpha1.ModelPermission{{Namespaces: w.itself(), Aliases: []v1alpha1.Alias{"staging"}}}
		})
		shows(ctx, w.model("a"), notAllowed(w.noAlias("champion", modelName))...)
		shows(ctx, w.model("b"), unsynced("Stalled", "OwnedByAnother", "model "+modelName+" is managed by "+w.mark("a")+
			", as its tag "+v1alpha1.ManagedByTag+" says: delete that owner and this tag, or set adoption to TakeOver")...)
		w.wroteNothing()
	})
})

func onShared(name string) func(*world) *builder.ModelBuilder {
	return func(w *world) *builder.ModelBuilder {
		return builder.RegisteredModel(name).ModelName(modelName).Shared(w.namespace)
	}
}

func onOwn(name string) func(*world) *builder.ModelBuilder {
	return func(*world) *builder.ModelBuilder { return builder.RegisteredModel(name).ModelName(modelName) }
}
