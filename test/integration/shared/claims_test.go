// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package shared

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var _ = Describe("Two objects for one model, on a shared and on a local connection", func() {
	DescribeTable("are a conflict that the older object wins",
		func(ctx SpecContext, older, younger func(*env.Env) *builder.ModelBuilder) {
			e := env.NewConnected(ctx)
			shared := builder.ClusterConnection(e.Namespace).FromConnection(e.NewConnection()).AllowedNamespaces(ownNamespaceSelection(e)).Build()
			e.CreateObject(ctx, shared)
			DeferCleanup(func(ctx SpecContext) { Expect(env.ControlPlane.Client.Delete(ctx, shared)).To(Succeed()) })
			e.CreateObject(ctx, older(e))
			env.WaitForConditions(ctx, e.ModelObject("a"), env.SyncedConditions(env.ModelName)...)
			e.CreateObject(ctx, younger(e))
			env.WaitForConditions(ctx, e.ModelObject("b"), env.UnsyncedConditions("Stalled", "Conflict", e.OlderObjectMessage("a"))...)

			Expect(env.ControlPlane.Client.Delete(ctx, e.ModelObject("a"))).To(Succeed())
			env.WaitForConditions(ctx, e.ModelObject("b"), env.SyncedConditions(env.ModelName)...)
			Expect(e.MLflow.Model(env.ModelName).Tags).To(HaveKeyWithValue(v1alpha1.ManagedByTag, e.OwnerTag("b")))
		},
		Entry("on the shared connection", newSharedModel("a"), newLocalModel("b")),
		Entry("on the connection of the namespace", newLocalModel("a"), newSharedModel("b")),
	)

	It("are no conflict if the older object is not allowed to have the model", func(ctx SpecContext) {
		e := newSharedEnv(ctx, func(e *env.Env, b *builder.ClusterConnectionBuilder) {
			b.AllowedModel(ownNamespaceSelection(e), "", "staging")
		})
		e.CreateObject(ctx, newSharedModel("a")(e).Stages(builder.Stage("production").Alias("champion")))
		env.WaitForConditions(ctx, e.ModelObject("a"), notAllowedConditions(aliasNotAllowedMessage(e, "champion", env.ModelName))...)
		e.CreateObject(ctx, newSharedModel("b")(e).Stages(builder.Stage("staging")))
		env.WaitForConditions(ctx, e.ModelObject("b"), env.SyncedConditions(env.ModelName)...)

		By("allowing it for the older one, which then has the older claim")
		editSharedConnection(ctx, e, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.AllowedModels = nil })
		env.WaitForConditions(ctx, e.ModelObject("a"), env.SyncedConditions(env.ModelName)...)
		env.WaitForConditions(ctx, e.ModelObject("b"), env.UnsyncedConditions("Stalled", "Conflict", e.OlderObjectMessage("a"))...)

		By("denying it again, which makes no other object the owner")
		e.MLflow.ResetCalls()
		editSharedConnection(ctx, e, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
			s.AllowedModels = []v1alpha1.ModelPermission{{Namespaces: ownNamespaceSelection(e), Aliases: []v1alpha1.Alias{"staging"}}}
		})
		env.WaitForConditions(ctx, e.ModelObject("a"), notAllowedConditions(aliasNotAllowedMessage(e, "champion", env.ModelName))...)
		env.WaitForConditions(ctx, e.ModelObject("b"), env.UnsyncedConditions("Stalled", "AlreadyManaged",
			"model "+env.ModelName+" is managed by "+e.OwnerTag("a")+
				", as its tag "+v1alpha1.ManagedByTag+" says: delete that owner and this tag, or set adoptionPolicy to TakeOver")...)
		e.ExpectNoWrites()
	})
})

// createOtherClaim creates an object for the same model in another namespace, on a local connection.
func createOtherClaim(ctx SpecContext, other *env.Env, connection *builder.ConnectionBuilder) {
	GinkgoHelper()
	other.CreateObject(ctx, connection)
	other.CreateObject(ctx, newLocalModel("b")(other))
}

// waitForOwnership waits until object a is as declared and the model has its owner tag.
func waitForOwnership(ctx SpecContext, e *env.Env) {
	GinkgoHelper()
	env.WaitForConditions(ctx, e.ModelObject("a"), env.SyncedConditions(env.ModelName)...)
	Expect(e.MLflow.Model(env.ModelName).Tags).To(HaveKeyWithValue(v1alpha1.ManagedByTag, e.OwnerTag("a")))
}

// sharedFirstMessage is the message of an older object that conflicts with the younger object a.
func sharedFirstMessage(e *env.Env) string {
	return "RegisteredModel " + e.Namespace + "/a declares model " + env.ModelName + " on the same server, through a " +
		"ClusterMLflowConnection, and the model does not have the owner tag of this object: delete one of the two"
}

var _ = Describe("An older object on a local connection", func() {
	It("blocks no other object if its connection does not work", func(ctx SpecContext) {
		e := newSharedEnv(ctx)
		evil := e.NewNeighbor(ctx)
		createOtherClaim(ctx, evil, e.NewConnection().BasicAuth("login"))
		env.WaitForConditions(ctx, evil.ModelObject("b"), env.ConnectionNotReadyConditions("InvalidCredentials", env.MissingSecretMessage)...)
		e.CreateObject(ctx, newSharedModel("a")(e))
		waitForOwnership(ctx, e)

		By("allowing it too late")
		e.MLflow.ResetCalls()
		evil.CreateObject(ctx, env.NewLoginSecret("any"))
		env.WaitForConditions(ctx, evil.ModelObject("b"), env.UnsyncedConditions("Stalled", "Conflict", sharedFirstMessage(e))...)
		env.RequestReconcile(ctx, e.ModelObject("a"))
		waitForOwnership(ctx, e)
		e.ExpectNoWrites()

		By("deleting the other one, which makes it the owner")
		Expect(env.ControlPlane.Client.Delete(ctx, e.ModelObject("a"))).To(Succeed())
		env.WaitForConditions(ctx, evil.ModelObject("b"), env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(HaveKeyWithValue(v1alpha1.ManagedByTag, evil.OwnerTag("b")))
	})

	It("blocks no other object if its connection leads to another server", func(ctx SpecContext) {
		e := newSharedEnv(ctx)
		evil, private := e.NewNeighbor(ctx), mlflowtest.Start(mlflowtest.Options{})
		DeferCleanup(private.Close)
		createOtherClaim(ctx, evil, e.NewConnection().URL(private.URL))
		b := env.WaitForConditions(ctx, evil.ModelObject("b"), env.SyncedConditions(env.ModelName)...)
		Expect(b.Status.CreationTimestamp).NotTo(BeZero())
		env.EditObject(ctx, evil.ConnectionObject(), func(c *v1alpha1.MLflowConnection) {
			c.Spec.URL = e.MLflow.URL
			c.Spec.Auth = e.NewConnection().BasicAuth("login").Build().Spec.Auth
		})
		env.WaitForConditions(ctx, b, env.ConnectionNotReadyConditions("InvalidCredentials", env.MissingSecretMessage)...)
		e.CreateObject(ctx, newSharedModel("a")(e))
		waitForOwnership(ctx, e)
	})

	It("keeps a model that has its owner tag, even after its connection fails", func(ctx SpecContext) {
		e := newSharedEnv(ctx)
		older := e.NewNeighbor(ctx)
		createOtherClaim(ctx, older, e.NewConnection())
		env.WaitForConditions(ctx, older.ModelObject("b"), env.SyncedConditions(env.ModelName)...)
		env.EditObject(ctx, older.ConnectionObject(), func(c *v1alpha1.MLflowConnection) {
			c.Spec.Auth = e.NewConnection().BasicAuth("login").Build().Spec.Auth
		})
		env.WaitForConditions(ctx, older.ModelObject("b"), env.ConnectionNotReadyConditions("InvalidCredentials", env.MissingSecretMessage)...)
		e.MLflow.ResetCalls()
		e.CreateObject(ctx, newSharedModel("a")(e))
		env.WaitForConditions(ctx, e.ModelObject("a"), env.UnsyncedConditions("Stalled", "Conflict", older.OlderObjectMessage("b"))...)
		e.ExpectNoWrites()
	})
})

func newSharedModel(name string) func(*env.Env) *builder.ModelBuilder {
	return func(e *env.Env) *builder.ModelBuilder {
		return builder.RegisteredModel(name).ModelName(env.ModelName).ClusterConnection(e.Namespace)
	}
}

func newLocalModel(name string) func(*env.Env) *builder.ModelBuilder {
	return func(*env.Env) *builder.ModelBuilder { return builder.RegisteredModel(name).ModelName(env.ModelName) }
}
