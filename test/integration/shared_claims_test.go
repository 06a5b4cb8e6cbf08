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
		func(ctx SpecContext, older, younger func(*env) *builder.ModelBuilder) {
			w := newConnectedEnv(ctx)
			shared := builder.ClusterConnection(w.namespace).FromConnection(w.newConnection()).AllowedNamespaces(w.selectNamespace()).Build()
			w.createObject(ctx, shared)
			DeferCleanup(func(ctx SpecContext) { Expect(controlPlane.Client.Delete(ctx, shared)).To(Succeed()) })
			w.createObject(ctx, older(w))
			waitForConditions(ctx, w.modelObject("a"), syncedConditions(modelName)...)
			w.createObject(ctx, younger(w))
			waitForConditions(ctx, w.modelObject("b"), unsyncedConditions("Stalled", "Conflict", w.olderObjectMessage("a"))...)

			Expect(controlPlane.Client.Delete(ctx, w.modelObject("a"))).To(Succeed())
			waitForConditions(ctx, w.modelObject("b"), syncedConditions(modelName)...)
			Expect(w.mlflow.Model(modelName).Tags).To(HaveKeyWithValue(v1alpha1.ManagedByTag, w.ownerTag("b")))
		},
		Entry("on the shared one", newSharedModel("a"), newLocalModel("b")),
		Entry("on one of the namespace", newLocalModel("a"), newSharedModel("b")),
	)

	It("are none where the older one may not have it", func(ctx SpecContext) {
		w := newSharedEnv(ctx, func(w *env, b *builder.ClusterConnectionBuilder) { b.AllowedModel(w.selectNamespace(), "", "staging") })
		w.createObject(ctx, newSharedModel("a")(w).Stages(builder.Stage("production").Alias("champion")))
		waitForConditions(ctx, w.modelObject("a"), notAllowedConditions(w.aliasNotAllowedMessage("champion", modelName))...)
		w.createObject(ctx, newSharedModel("b")(w).Stages(builder.Stage("staging")))
		waitForConditions(ctx, w.modelObject("b"), syncedConditions(modelName)...)

		By("allowing it to the older one, which has the older claim")
		w.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.AllowedModels = nil })
		waitForConditions(ctx, w.modelObject("a"), syncedConditions(modelName)...)
		waitForConditions(ctx, w.modelObject("b"), unsyncedConditions("Stalled", "Conflict", w.olderObjectMessage("a"))...)

		By("taking it away again, which hands its model to nobody")
		w.mlflow.ResetCalls()
		w.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
			s.AllowedModels = []v1alpha1.ModelPermission{{Namespaces: w.selectNamespace(), Aliases: []v1alpha1.Alias{"staging"}}}
		})
		waitForConditions(ctx, w.modelObject("a"), notAllowedConditions(w.aliasNotAllowedMessage("champion", modelName))...)
		waitForConditions(ctx, w.modelObject("b"), unsyncedConditions("Stalled", "AlreadyManaged", "model "+modelName+" is managed by "+w.ownerTag("a")+
			", as its tag "+v1alpha1.ManagedByTag+" says: delete that owner and this tag, or set adoptionPolicy to TakeOver")...)
		w.expectNoWrites()
	})
})

// createOtherClaim is the object of another namespace for the same model, on a connection of its
// namespace that somebody made there.
func createOtherClaim(ctx SpecContext, other *env, connection *builder.ConnectionBuilder) {
	GinkgoHelper()
	other.createObject(ctx, connection)
	other.createObject(ctx, newLocalModel("b")(other))
}

// waitForOwnership waits until the object a of a world is as declared, and the model says so.
func (w *env) waitForOwnership(ctx SpecContext) {
	GinkgoHelper()
	waitForConditions(ctx, w.modelObject("a"), syncedConditions(modelName)...)
	Expect(w.mlflow.Model(modelName).Tags).To(HaveKeyWithValue(v1alpha1.ManagedByTag, w.ownerTag("a")))
}

// sharedFirstMessage is the sentence about an object that has to give way to the younger a.
func (w *env) sharedFirstMessage() string {
	return "RegisteredModel " + w.namespace + "/a declares model " + modelName + " on the same server, through a " +
		"ClusterMLflowConnection, and the model does not carry the mark of this object: delete one of the two"
}

var _ = Describe("An older object on a connection that somebody made in its namespace", func() {
	It("keeps nobody from a model by a connection that does not work", func(ctx SpecContext) {
		w := newSharedEnv(ctx)
		evil := w.newNeighbor(ctx)
		createOtherClaim(ctx, evil, w.newConnection().BasicAuth("login"))
		waitForConditions(ctx, evil.modelObject("b"), connectionNotReadyConditions("InvalidCredentials", "there is no Secret login: create it")...)
		w.createObject(ctx, newSharedModel("a")(w))
		w.waitForOwnership(ctx)

		By("letting it in too late")
		w.mlflow.ResetCalls()
		evil.createObject(ctx, newLoginSecret("any"))
		waitForConditions(ctx, evil.modelObject("b"), unsyncedConditions("Stalled", "Conflict", w.sharedFirstMessage())...)
		requestReconcile(ctx, w.modelObject("a"))
		w.waitForOwnership(ctx)
		w.expectNoWrites()

		By("deleting the other one, which hands it the model")
		Expect(controlPlane.Client.Delete(ctx, w.modelObject("a"))).To(Succeed())
		waitForConditions(ctx, evil.modelObject("b"), syncedConditions(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(HaveKeyWithValue(v1alpha1.ManagedByTag, evil.ownerTag("b")))
	})

	It("keeps nobody from a model by one of that name on a server of its own", func(ctx SpecContext) {
		w := newSharedEnv(ctx)
		evil, private := w.newNeighbor(ctx), mlflowtest.Start(mlflowtest.Options{})
		DeferCleanup(private.Close)
		createOtherClaim(ctx, evil, w.newConnection().URL(private.URL))
		b := waitForConditions(ctx, evil.modelObject("b"), syncedConditions(modelName)...)
		Expect(b.Status.CreationTimestamp).NotTo(BeZero())
		editObject(ctx, evil.connectionObject(), func(c *v1alpha1.MLflowConnection) {
			c.Spec.URL = w.mlflow.URL
			c.Spec.Auth = w.newConnection().BasicAuth("login").Build().Spec.Auth
		})
		waitForConditions(ctx, b, connectionNotReadyConditions("InvalidCredentials", "there is no Secret login: create it")...)
		w.createObject(ctx, newSharedModel("a")(w))
		w.waitForOwnership(ctx)
	})

	It("keeps a model that carries its mark, also when its connection ceases to work", func(ctx SpecContext) {
		w := newSharedEnv(ctx)
		older := w.newNeighbor(ctx)
		createOtherClaim(ctx, older, w.newConnection())
		waitForConditions(ctx, older.modelObject("b"), syncedConditions(modelName)...)
		editObject(ctx, older.connectionObject(), func(c *v1alpha1.MLflowConnection) {
			c.Spec.Auth = w.newConnection().BasicAuth("login").Build().Spec.Auth
		})
		waitForConditions(ctx, older.modelObject("b"), connectionNotReadyConditions("InvalidCredentials", "there is no Secret login: create it")...)
		w.mlflow.ResetCalls()
		w.createObject(ctx, newSharedModel("a")(w))
		waitForConditions(ctx, w.modelObject("a"), unsyncedConditions("Stalled", "Conflict", older.olderObjectMessage("b"))...)
		w.expectNoWrites()
	})
})

func newSharedModel(name string) func(*env) *builder.ModelBuilder {
	return func(w *env) *builder.ModelBuilder {
		return builder.RegisteredModel(name).ModelName(modelName).ClusterConnection(w.namespace)
	}
}

func newLocalModel(name string) func(*env) *builder.ModelBuilder {
	return func(*env) *builder.ModelBuilder { return builder.RegisteredModel(name).ModelName(modelName) }
}
