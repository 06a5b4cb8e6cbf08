// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
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

// elsewhere is the object of another namespace for the same model, on a connection of its
// namespace that somebody made there.
func elsewhere(ctx SpecContext, other *world, connection *builder.ConnectionBuilder) {
	GinkgoHelper()
	other.apply(ctx, connection)
	other.apply(ctx, onOwn("b")(other))
}

// hasTheModel waits until the object a of a world is as declared, and the model says so.
func (w *world) hasTheModel(ctx SpecContext) {
	GinkgoHelper()
	shows(ctx, w.model("a"), synced(modelName)...)
	Expect(w.mlflow.Model(modelName).Tags).To(HaveKeyWithValue(v1alpha1.ManagedByTag, w.mark("a")))
}

// sharedFirst is the sentence about an object that has to give way to the younger a.
func (w *world) sharedFirst() string {
	return "RegisteredModel " + w.namespace + "/a declares model " + modelName + " on the same server, through a " +
		"ClusterMLflowConnection, and the model does not carry the mark of this object: delete one of the two"
}

var _ = Describe("An older object on a connection that somebody made in its namespace", func() {
	It("keeps nobody from a model by a connection that does not work", func(ctx SpecContext) {
		w := sharing(ctx)
		evil := w.neighbour(ctx)
		elsewhere(ctx, evil, w.connection().Basic("login"))
		shows(ctx, evil.model("b"), repeated("SecretNotFound", "there is no Secret login: create it")...)
		w.apply(ctx, onShared("a")(w))
		w.hasTheModel(ctx)

		By("letting it in too late")
		w.mlflow.Reset()
		evil.apply(ctx, login("any"))
		shows(ctx, evil.model("b"), unsynced("Stalled", "Conflict", w.sharedFirst())...)
		lookNow(ctx, w.model("a"))
		w.hasTheModel(ctx)
		w.wroteNothing()

		By("deleting the other one, which hands it the model")
		Expect(plane.Client.Delete(ctx, w.model("a"))).To(Succeed())
		shows(ctx, evil.model("b"), synced(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(HaveKeyWithValue(v1alpha1.ManagedByTag, evil.mark("b")))
	})

	It("keeps nobody from a model by one of that name on a server of its own", func(ctx SpecContext) {
		w := sharing(ctx)
		evil, private := w.neighbour(ctx), mlflowtest.Start(mlflowtest.Options{})
		DeferCleanup(private.Close)
		elsewhere(ctx, evil, w.connection().URL(private.URL))
		b := shows(ctx, evil.model("b"), synced(modelName)...)
		Expect(b.Status.CreationTimestamp).NotTo(BeZero())
		edit(ctx, evil.theConnection(), func(c *v1alpha1.MLflowConnection) {
			c.Spec.URL = w.mlflow.URL
			c.Spec.Auth = w.connection().Basic("login").Build().Spec.Auth
		})
		shows(ctx, b, repeated("SecretNotFound", "there is no Secret login: create it")...)
		w.apply(ctx, onShared("a")(w))
		w.hasTheModel(ctx)
	})

	It("keeps a model that carries its mark, also when its connection ceases to work", func(ctx SpecContext) {
		w := sharing(ctx)
		older := w.neighbour(ctx)
		elsewhere(ctx, older, w.connection())
		shows(ctx, older.model("b"), synced(modelName)...)
		edit(ctx, older.theConnection(), func(c *v1alpha1.MLflowConnection) {
			c.Spec.Auth = w.connection().Basic("login").Build().Spec.Auth
		})
		shows(ctx, older.model("b"), repeated("SecretNotFound", "there is no Secret login: create it")...)
		w.mlflow.Reset()
		w.apply(ctx, onShared("a")(w))
		shows(ctx, w.model("a"), unsynced("Stalled", "Conflict", older.olderIs("b"))...)
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
