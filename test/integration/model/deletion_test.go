// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package model

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// deletionWaitsSuffix is the end of a message about what a deletion waits for.
const deletionWaitsSuffix = `; the deletion waits for it, the annotation registry.mlflow-operator.io/orphan-on-delete: "true" ` +
	"ends the wait and leaves the model as it is"

// orphanedEvent is the event of a model that is left in MLflow.
func orphanedEvent(why string) string {
	return "Warning Orphaned: model sentiment is left in MLflow as it is: " + why
}

// newDeletableEnv returns an env with a model whose deletionPolicy is Delete. It has versions, one of them in
// production.
func newDeletableEnv(ctx SpecContext) *env.Env {
	GinkgoHelper()
	e := env.NewPromoted(ctx, env.NewModelWithGates().DeletionPolicy(v1alpha1.DeletionPolicyDelete), nil, nil)
	m := e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
	Expect(m.Finalizers).To(Equal([]string{v1alpha1.CleanupFinalizer}))
	e.WaitForStageSummary(ctx, "production=1")
	return e
}

// deleteModelObject deletes the model's object, and waits until it does not exist any more.
func deleteModelObject(ctx SpecContext, e *env.Env) {
	GinkgoHelper()
	Expect(env.ControlPlane.Client.Delete(ctx, e.ModelObject(env.ModelName))).To(Succeed())
	waitForModelDeleted(ctx, e, env.ModelName)
}

func waitForModelDeleted(ctx SpecContext, e *env.Env, name string) {
	GinkgoHelper()
	m := e.ModelObject(name)
	Eventually(func() bool {
		return apierrors.IsNotFound(env.ControlPlane.Client.Get(ctx, env.ObjectKey(m),
			m))
	}).WithContext(ctx).Should(BeTrue())
}

var _ = Describe("A RegisteredModel that is deleted", func() {
	It("orphans the model, even if MLflow is down", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewModelWithGates(), nil)
		Expect(e.GetModel(ctx).Finalizers).To(BeEmpty())
		e.MLflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		e.MLflow.ResetCalls()
		deleteModelObject(ctx, e)
		Expect(e.MLflow.Alias(env.ModelName, "champion")).To(Equal("1"))
		Expect(e.MLflow.Calls()).To(BeEmpty())
	})

	It("deletes the model with its stages if deletionPolicy is Delete", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		deleteModelObject(ctx, e)
		Expect(e.MLflow.ModelNames()).To(BeEmpty())
		e.WaitForModelEvents(ctx, env.ModelName, e.AdoptedEvent(),
			"Normal Deleted: model sentiment deleted in MLflow, with all versions up to 2, as deletionPolicy says")
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Reconciling", "ModelNotReady", env.MissingModelMessage)...)

		By("applying it again, which creates an empty model")
		e.CreateObject(ctx, env.NewModelWithGates().DeletionPolicy(v1alpha1.DeletionPolicyDelete))
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.Model(env.ModelName).NewestVersion()).To(BeNil())
	})

	It("waits for a server that is down", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		e.MLflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		e.PollNow()
		message := env.ListFailedPrefix + env.ConnectionClosedMessage
		e.WaitForConnection(ctx, env.UnreachableConditions("Reconciling", "Unreachable: "+message, env.AnonymousMessage)...)
		Expect(env.ControlPlane.Client.Delete(ctx, e.ModelObject(env.ModelName))).To(Succeed())
		e.WaitForModel(ctx, env.ConnectionNotReadyConditions("Unreachable", message+deletionWaitsSuffix)...)

		By("starting the server again")
		e.MLflow.ClearFaults()
		e.PollNow()
		waitForModelDeleted(ctx, e, env.ModelName)
		Expect(e.MLflow.ModelNames()).To(BeEmpty())
	})

	It("waits for a workspace that the server does not know", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		e.MLflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.WorkspaceNotFound("news"))
		e.PollNow()
		message := env.ListFailedPrefix + "404 RESOURCE_DOES_NOT_EXIST: Workspace 'news' not found"
		e.WaitForConnection(ctx, env.UnreachableConditions("Stalled", "ReferenceNotFound: "+message, env.AnonymousMessage)...)
		Expect(env.ControlPlane.Client.Delete(ctx, e.ModelObject(env.ModelName))).To(Succeed())
		e.WaitForModel(ctx, env.ConnectionNotReadyConditions("ReferenceNotFound", message+deletionWaitsSuffix)...)

		By("creating the workspace again")
		e.MLflow.ClearFaults()
		e.PollNow()
		waitForModelDeleted(ctx, e, env.ModelName)
		Expect(e.MLflow.ModelNames()).To(BeEmpty())
	})

	It("waits for a permission", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		e.MLflow.InjectFault(mlflowtest.CallsTo(env.DeleteModelEndpoint), mlflowtest.Forbidden())
		Expect(env.ControlPlane.Client.Delete(ctx, e.ModelObject(env.ModelName))).To(Succeed())
		e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "PermissionDenied",
			env.DeleteModelEndpoint+": 403: permission denied"+deletionWaitsSuffix)...)
		e.MLflow.ClearFaults()
		env.RequestReconcile(ctx, e.ModelObject(env.ModelName))
		waitForModelDeleted(ctx, e, env.ModelName)
		Expect(e.MLflow.ModelNames()).To(BeEmpty())
	})

	It("sends the request once if the response is lost", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		e.MLflow.InjectFault(mlflowtest.CallsTo(env.DeleteModelEndpoint), mlflowtest.DropResponse().Times(1))
		deleteModelObject(ctx, e)
		Expect(e.MLflow.CountCalls(env.DeleteModelEndpoint)).To(Equal(1))
		e.WaitForModelEvents(ctx, env.ModelName, e.AdoptedEvent(),
			"Normal AlreadyDeleted: model sentiment is not in MLflow: there is nothing to delete")
	})

	It("orphans the model if it has the annotation", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		e.MLflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		e.PollNow()
		Expect(env.ControlPlane.Client.Delete(ctx, e.ModelObject(env.ModelName))).To(Succeed())
		Eventually(func() string { return env.ConditionLines(e.GetModel(ctx))[0] }).WithContext(ctx).Should(HaveSuffix(deletionWaitsSuffix))
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) {
			m.Annotations = map[string]string{v1alpha1.OrphanOnDeleteAnnotation: "true"}
		})
		waitForModelDeleted(ctx, e, env.ModelName)
		Expect(e.MLflow.Alias(env.ModelName, "champion")).To(Equal("1"))
		e.WaitForModelEvents(ctx, env.ModelName, e.AdoptedEvent(),
			orphanedEvent("the annotation registry.mlflow-operator.io/orphan-on-delete says so"))
	})

	It("follows a deletionPolicy that is edited during the deletion", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.DeletionPolicy = v1alpha1.DeletionPolicyRetain })
		m := e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(m.Finalizers).To(BeEmpty())
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.DeletionPolicy = v1alpha1.DeletionPolicyDelete })
		m = e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(m.Finalizers).To(Equal([]string{v1alpha1.CleanupFinalizer}))

		By("editing the policy while the deletion waits")
		e.MLflow.InjectFault(mlflowtest.CallsTo(env.DeleteModelEndpoint), mlflowtest.Forbidden())
		Expect(env.ControlPlane.Client.Delete(ctx, e.ModelObject(env.ModelName))).To(Succeed())
		Eventually(func() string { return env.ConditionLines(e.GetModel(ctx))[0] }).WithContext(ctx).Should(HaveSuffix(deletionWaitsSuffix))
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.DeletionPolicy = v1alpha1.DeletionPolicyRetain })
		waitForModelDeleted(ctx, e, env.ModelName)
		Expect(e.MLflow.Alias(env.ModelName, "champion")).To(Equal("1"))
	})

	It("orphans a model of another owner, even if the snapshot shows its own", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		Expect(e.User.SetModelTag(ctx, env.ModelName, v1alpha1.ManagedByTag, "other-cluster/news/sentiment")).To(Succeed())
		deleteModelObject(ctx, e)
		Expect(e.MLflow.Alias(env.ModelName, "champion")).To(Equal("1"))
		e.WaitForModelEvents(ctx, env.ModelName, e.AdoptedEvent(),
			orphanedEvent("it does not carry the tag registry.mlflow-operator.io/managed-by of this object"))
	})

	It("orphans a model that a user created again", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		Expect(e.User.DeleteModel(ctx, env.ModelName)).To(Succeed())
		Expect(e.User.CreateModel(ctx, env.ModelName, map[string]string{v1alpha1.ManagedByTag: e.OwnerTag(env.ModelName)})).To(Succeed())
		deleteModelObject(ctx, e)
		Expect(e.MLflow.ModelNames()).To(Equal([]string{env.ModelName}))
		e.WaitForModelEvents(ctx, env.ModelName, e.AdoptedEvent(),
			orphanedEvent("it is not the model that this object has managed, but was created again"))
	})

	It("orphans the model if managementPolicy is Observe", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.ManagementPolicy = v1alpha1.ManagementPolicyObserve })
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		deleteModelObject(ctx, e)
		e.WaitForModelEvents(ctx, env.ModelName, e.AdoptedEvent(), orphanedEvent("managementPolicy is Observe"))
		Expect(e.MLflow.ModelNames()).To(Equal([]string{env.ModelName}))
	})

	It("orphans the model if it is suspended", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.Suspend = new(true) })
		e.WaitForModel(ctx, env.SuspendedModelConditions()...)
		deleteModelObject(ctx, e)
		e.WaitForModelEvents(ctx, env.ModelName, e.AdoptedEvent(), orphanedEvent("spec.suspend is true"))
		Expect(e.MLflow.ModelNames()).To(Equal([]string{env.ModelName}))
	})

	It("does not block the deletion of a namespace whose connection is deleted first", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		Expect(env.ControlPlane.Client.Delete(ctx, e.ConnectionObject())).To(Succeed())
		Eventually(func() bool { return env.Provider.State(e.ConnectionKey()).Known }).WithContext(ctx).Should(BeFalse())
		Expect(env.ControlPlane.Client.Delete(ctx, e.PromotionObject(env.ToProduction))).To(Succeed())
		deleteModelObject(ctx, e)
		e.WaitForModelEvents(ctx, env.ModelName, e.AdoptedEvent(),
			orphanedEvent("its connection does not exist: there is no MLflowConnection "+e.Namespace+"/mlflow: create it"))
		Expect(e.MLflow.ModelNames()).To(Equal([]string{env.ModelName}))
	})

	It("orphans the model if an older object declares the same one", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateObject(ctx, builder.RegisteredModel("a").ModelName(env.ModelName))
		env.WaitForConditions(ctx, e.ModelObject("a"), env.SyncedConditions(env.ModelName)...)
		e.CreateObject(ctx, builder.RegisteredModel("b").ModelName(env.ModelName).DeletionPolicy(v1alpha1.DeletionPolicyDelete))
		env.WaitForConditions(ctx, e.ModelObject("b"), env.UnsyncedConditions("Stalled", "Conflict", e.OlderObjectMessage("a"))...)
		Expect(env.ControlPlane.Client.Delete(ctx, e.ModelObject("b"))).To(Succeed())
		waitForModelDeleted(ctx, e, "b")
		Expect(e.MLflow.ModelNames()).To(Equal([]string{env.ModelName}))
	})
})
