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
			e := newConnectedEnv(ctx)
			shared := builder.ClusterConnection(e.namespace).FromConnection(e.newConnection()).AllowedNamespaces(e.ownNamespaceSelection()).Build()
			e.createObject(ctx, shared)
			DeferCleanup(func(ctx SpecContext) { Expect(controlPlane.Client.Delete(ctx, shared)).To(Succeed()) })
			e.createObject(ctx, older(e))
			waitForConditions(ctx, e.modelObject("a"), syncedConditions(modelName)...)
			e.createObject(ctx, younger(e))
			waitForConditions(ctx, e.modelObject("b"), unsyncedConditions("Stalled", "Conflict", e.olderObjectMessage("a"))...)

			Expect(controlPlane.Client.Delete(ctx, e.modelObject("a"))).To(Succeed())
			waitForConditions(ctx, e.modelObject("b"), syncedConditions(modelName)...)
			Expect(e.mlflow.Model(modelName).Tags).To(HaveKeyWithValue(v1alpha1.ManagedByTag, e.ownerTag("b")))
		},
		Entry("on the shared one", newSharedModel("a"), newLocalModel("b")),
		Entry("on one of the namespace", newLocalModel("a"), newSharedModel("b")),
	)

	It("are none where the older one may not have it", func(ctx SpecContext) {
		e := newSharedEnv(ctx, func(e *env, b *builder.ClusterConnectionBuilder) { b.AllowedModel(e.ownNamespaceSelection(), "", "staging") })
		e.createObject(ctx, newSharedModel("a")(e).Stages(builder.Stage("production").Alias("champion")))
		waitForConditions(ctx, e.modelObject("a"), notAllowedConditions(e.aliasNotAllowedMessage("champion", modelName))...)
		e.createObject(ctx, newSharedModel("b")(e).Stages(builder.Stage("staging")))
		waitForConditions(ctx, e.modelObject("b"), syncedConditions(modelName)...)

		By("allowing it to the older one, which has the older claim")
		e.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.AllowedModels = nil })
		waitForConditions(ctx, e.modelObject("a"), syncedConditions(modelName)...)
		waitForConditions(ctx, e.modelObject("b"), unsyncedConditions("Stalled", "Conflict", e.olderObjectMessage("a"))...)

		By("taking it away again, which hands its model to nobody")
		e.mlflow.ResetCalls()
		e.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
			s.AllowedModels = []v1alpha1.ModelPermission{{Namespaces: e.ownNamespaceSelection(), Aliases: []v1alpha1.Alias{"staging"}}}
		})
		waitForConditions(ctx, e.modelObject("a"), notAllowedConditions(e.aliasNotAllowedMessage("champion", modelName))...)
		waitForConditions(ctx, e.modelObject("b"), unsyncedConditions("Stalled", "AlreadyManaged", "model "+modelName+" is managed by "+e.ownerTag("a")+
			", as its tag "+v1alpha1.ManagedByTag+" says: delete that owner and this tag, or set adoptionPolicy to TakeOver")...)
		e.expectNoWrites()
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
func (e *env) waitForOwnership(ctx SpecContext) {
	GinkgoHelper()
	waitForConditions(ctx, e.modelObject("a"), syncedConditions(modelName)...)
	Expect(e.mlflow.Model(modelName).Tags).To(HaveKeyWithValue(v1alpha1.ManagedByTag, e.ownerTag("a")))
}

// sharedFirstMessage is the sentence about an object that has to give way to the younger a.
func (e *env) sharedFirstMessage() string {
	return "RegisteredModel " + e.namespace + "/a declares model " + modelName + " on the same server, through a " +
		"ClusterMLflowConnection, and the model does not carry the mark of this object: delete one of the two"
}

var _ = Describe("An older object on a connection that somebody made in its namespace", func() {
	It("keeps nobody from a model by a connection that does not work", func(ctx SpecContext) {
		e := newSharedEnv(ctx)
		evil := e.newNeighborEnv(ctx)
		createOtherClaim(ctx, evil, e.newConnection().BasicAuth("login"))
		waitForConditions(ctx, evil.modelObject("b"), connectionNotReadyConditions("InvalidCredentials", "there is no Secret login: create it")...)
		e.createObject(ctx, newSharedModel("a")(e))
		e.waitForOwnership(ctx)

		By("letting it in too late")
		e.mlflow.ResetCalls()
		evil.createObject(ctx, newLoginSecret("any"))
		waitForConditions(ctx, evil.modelObject("b"), unsyncedConditions("Stalled", "Conflict", e.sharedFirstMessage())...)
		requestReconcile(ctx, e.modelObject("a"))
		e.waitForOwnership(ctx)
		e.expectNoWrites()

		By("deleting the other one, which hands it the model")
		Expect(controlPlane.Client.Delete(ctx, e.modelObject("a"))).To(Succeed())
		waitForConditions(ctx, evil.modelObject("b"), syncedConditions(modelName)...)
		Expect(e.mlflow.Model(modelName).Tags).To(HaveKeyWithValue(v1alpha1.ManagedByTag, evil.ownerTag("b")))
	})

	It("keeps nobody from a model by one of that name on a server of its own", func(ctx SpecContext) {
		e := newSharedEnv(ctx)
		evil, private := e.newNeighborEnv(ctx), mlflowtest.Start(mlflowtest.Options{})
		DeferCleanup(private.Close)
		createOtherClaim(ctx, evil, e.newConnection().URL(private.URL))
		b := waitForConditions(ctx, evil.modelObject("b"), syncedConditions(modelName)...)
		Expect(b.Status.CreationTimestamp).NotTo(BeZero())
		editObject(ctx, evil.connectionObject(), func(c *v1alpha1.MLflowConnection) {
			c.Spec.URL = e.mlflow.URL
			c.Spec.Auth = e.newConnection().BasicAuth("login").Build().Spec.Auth
		})
		waitForConditions(ctx, b, connectionNotReadyConditions("InvalidCredentials", "there is no Secret login: create it")...)
		e.createObject(ctx, newSharedModel("a")(e))
		e.waitForOwnership(ctx)
	})

	It("keeps a model that carries its mark, also when its connection ceases to work", func(ctx SpecContext) {
		e := newSharedEnv(ctx)
		older := e.newNeighborEnv(ctx)
		createOtherClaim(ctx, older, e.newConnection())
		waitForConditions(ctx, older.modelObject("b"), syncedConditions(modelName)...)
		editObject(ctx, older.connectionObject(), func(c *v1alpha1.MLflowConnection) {
			c.Spec.Auth = e.newConnection().BasicAuth("login").Build().Spec.Auth
		})
		waitForConditions(ctx, older.modelObject("b"), connectionNotReadyConditions("InvalidCredentials", "there is no Secret login: create it")...)
		e.mlflow.ResetCalls()
		e.createObject(ctx, newSharedModel("a")(e))
		waitForConditions(ctx, e.modelObject("a"), unsyncedConditions("Stalled", "Conflict", older.olderObjectMessage("b"))...)
		e.expectNoWrites()
	})
})

func newSharedModel(name string) func(*env) *builder.ModelBuilder {
	return func(e *env) *builder.ModelBuilder {
		return builder.RegisteredModel(name).ModelName(modelName).ClusterConnection(e.namespace)
	}
}

func newLocalModel(name string) func(*env) *builder.ModelBuilder {
	return func(*env) *builder.ModelBuilder { return builder.RegisteredModel(name).ModelName(modelName) }
}
