// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// awaitsSuffix is the end of a sentence about what a deletion waits for.
const deletionWaitsSuffix = `; the deletion waits for it, the annotation registry.mlflow-operator.io/orphan-on-delete: "true" ` +
	"ends the wait and leaves the model as it is"

// orphanedEvent is the event of a model that is left.
func orphanedEvent(why string) string {
	return "Warning Orphaned: model sentiment is left in MLflow as it is: " + why
}

// newDeletableEnv is a world with a model that goes with its object, which has versions and one in
// production.
func newDeletableEnv(ctx SpecContext) *env {
	GinkgoHelper()
	e := newPromotedEnv(ctx, newModelWithGates().DeletionPolicy(v1alpha1.DeletionPolicyDelete), nil, nil)
	m := waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
	Expect(m.Finalizers).To(Equal([]string{v1alpha1.CleanupFinalizer}))
	e.waitForStageSummary(ctx, "production=1")
	return e
}

// deleteModelObject deletes the model's object, and waits until it is gone.
func (e *env) deleteModelObject(ctx SpecContext) {
	GinkgoHelper()
	Expect(controlPlane.Client.Delete(ctx, e.modelObject(modelName))).To(Succeed())
	e.waitForModelDeleted(ctx, modelName)
}

func (e *env) waitForModelDeleted(ctx SpecContext, name string) {
	GinkgoHelper()
	m := e.modelObject(name)
	Eventually(func() bool { return apierrors.IsNotFound(controlPlane.Client.Get(ctx, objectKey(m), m)) }).WithContext(ctx).Should(BeTrue())
}

var _ = Describe("A RegisteredModel that is deleted", func() {
	It("leaves the model, also where MLflow is down", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newModelWithGates(), nil)
		Expect(e.getModel(ctx).Finalizers).To(BeEmpty())
		e.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		e.mlflow.ResetCalls()
		e.deleteModelObject(ctx)
		Expect(e.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		Expect(e.mlflow.Calls()).To(BeEmpty())
	})

	It("takes the model with it where it says so, stages and all", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		e.deleteModelObject(ctx)
		Expect(e.mlflow.ModelNames()).To(BeEmpty())
		e.waitForModelEvents(ctx, modelName, e.adoptedEvent(),
			"Normal Deleted: model sentiment deleted in MLflow, with all versions up to 2, as deletionPolicy says")
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Reconciling", "ModelNotReady", "there is no RegisteredModel sentiment: create it")...)

		By("applying it again, which begins with an empty model")
		e.createObject(ctx, newModelWithGates().DeletionPolicy(v1alpha1.DeletionPolicyDelete))
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.mlflow.Model(modelName).NewestVersion()).To(BeNil())
	})

	It("waits for a server that is down", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		e.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		e.pollNow()
		message := listFailedPrefix + "the connection was closed before the whole answer was there"
		waitForConditions(ctx, e.connectionObject(), unreachableConditions("Reconciling", "Unreachable: "+message, anonymousMessage)...)
		Expect(controlPlane.Client.Delete(ctx, e.modelObject(modelName))).To(Succeed())
		waitForConditions(ctx, e.modelObject(modelName), connectionNotReadyConditions("Unreachable", message+deletionWaitsSuffix)...)

		By("starting it again")
		e.mlflow.ClearFaults()
		e.pollNow()
		e.waitForModelDeleted(ctx, modelName)
		Expect(e.mlflow.ModelNames()).To(BeEmpty())
	})

	It("waits for a permission", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		e.mlflow.InjectFault(mlflowtest.CallsTo(deleteModelEndpoint), mlflowtest.Forbidden())
		Expect(controlPlane.Client.Delete(ctx, e.modelObject(modelName))).To(Succeed())
		waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "PermissionDenied", deleteModelEndpoint+": 403: permission denied"+deletionWaitsSuffix)...)
		e.mlflow.ClearFaults()
		requestReconcile(ctx, e.modelObject(modelName))
		e.waitForModelDeleted(ctx, modelName)
		Expect(e.mlflow.ModelNames()).To(BeEmpty())
	})

	It("asks once where the answer is lost", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		e.mlflow.InjectFault(mlflowtest.CallsTo(deleteModelEndpoint), mlflowtest.DropResponse().Times(1))
		e.deleteModelObject(ctx)
		Expect(e.mlflow.CountCalls(deleteModelEndpoint)).To(Equal(1))
		e.waitForModelEvents(ctx, modelName, e.adoptedEvent(), "Normal AlreadyDeleted: model sentiment is not in MLflow: there is nothing to delete")
	})

	It("is let go by an annotation", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		e.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		e.pollNow()
		Expect(controlPlane.Client.Delete(ctx, e.modelObject(modelName))).To(Succeed())
		Eventually(func() string { return conditionLines(e.getModel(ctx))[0] }).WithContext(ctx).Should(HaveSuffix(deletionWaitsSuffix))
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Annotations = map[string]string{v1alpha1.OrphanOnDeleteAnnotation: "true"}
		})
		e.waitForModelDeleted(ctx, modelName)
		Expect(e.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		e.waitForModelEvents(ctx, modelName, e.adoptedEvent(), orphanedEvent("the annotation registry.mlflow-operator.io/orphan-on-delete says so"))
	})

	It("takes what it says at last: a policy may be edited", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.DeletionPolicy = v1alpha1.DeletionPolicyRetain })
		m := waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(m.Finalizers).To(BeEmpty())
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.DeletionPolicy = v1alpha1.DeletionPolicyDelete })
		m = waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(m.Finalizers).To(Equal([]string{v1alpha1.CleanupFinalizer}))

		By("editing it while the deletion waits")
		e.mlflow.InjectFault(mlflowtest.CallsTo(deleteModelEndpoint), mlflowtest.Forbidden())
		Expect(controlPlane.Client.Delete(ctx, e.modelObject(modelName))).To(Succeed())
		Eventually(func() string { return conditionLines(e.getModel(ctx))[0] }).WithContext(ctx).Should(HaveSuffix(deletionWaitsSuffix))
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.DeletionPolicy = v1alpha1.DeletionPolicyRetain })
		e.waitForModelDeleted(ctx, modelName)
		Expect(e.mlflow.Alias(modelName, "champion")).To(Equal("1"))
	})

	It("leaves a model that is not its own, whatever the view shows", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		Expect(e.user.SetModelTag(ctx, modelName, v1alpha1.ManagedByTag, "other-cluster/news/sentiment")).To(Succeed())
		e.deleteModelObject(ctx)
		Expect(e.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		e.waitForModelEvents(ctx, modelName, e.adoptedEvent(), orphanedEvent("it does not carry the tag registry.mlflow-operator.io/managed-by of this object"))
	})

	It("leaves a model that another hand has created anew", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		Expect(e.user.DeleteModel(ctx, modelName)).To(Succeed())
		Expect(e.user.CreateModel(ctx, modelName, map[string]string{v1alpha1.ManagedByTag: e.ownerTag(modelName)})).To(Succeed())
		e.deleteModelObject(ctx)
		Expect(e.mlflow.ModelNames()).To(Equal([]string{modelName}))
		e.waitForModelEvents(ctx, modelName, e.adoptedEvent(), orphanedEvent("it is not the model that this object has looked after, but was created anew"))
	})

	It("leaves the model where nothing may be written", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.ManagementPolicy = v1alpha1.ManagementPolicyObserve })
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		e.deleteModelObject(ctx)
		e.waitForModelEvents(ctx, modelName, e.adoptedEvent(), orphanedEvent("managementPolicy is Observe"))
		Expect(e.mlflow.ModelNames()).To(Equal([]string{modelName}))
	})

	It("leaves the model where it is suspended", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Suspend = new(true) })
		waitForConditions(ctx, e.modelObject(modelName), suspendedModelConditions()...)
		e.deleteModelObject(ctx)
		e.waitForModelEvents(ctx, modelName, e.adoptedEvent(), orphanedEvent("spec.suspend is true"))
		Expect(e.mlflow.ModelNames()).To(Equal([]string{modelName}))
	})

	It("does not hold up a namespace of which the connection goes first", func(ctx SpecContext) {
		e := newDeletableEnv(ctx)
		Expect(controlPlane.Client.Delete(ctx, e.connectionObject())).To(Succeed())
		Eventually(func() bool { return provider.State(e.connectionKey()).Known }).WithContext(ctx).Should(BeFalse())
		Expect(controlPlane.Client.Delete(ctx, e.promotionObject(toProduction))).To(Succeed())
		e.deleteModelObject(ctx)
		e.waitForModelEvents(ctx, modelName, e.adoptedEvent(),
			orphanedEvent("its connection is gone: there is no MLflowConnection "+e.namespace+"/mlflow: create it"))
		Expect(e.mlflow.ModelNames()).To(Equal([]string{modelName}))
	})

	It("leaves the model of an older object that declares the same one", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createObject(ctx, builder.RegisteredModel("a").ModelName(modelName))
		waitForConditions(ctx, e.modelObject("a"), syncedConditions(modelName)...)
		e.createObject(ctx, builder.RegisteredModel("b").ModelName(modelName).DeletionPolicy(v1alpha1.DeletionPolicyDelete))
		waitForConditions(ctx, e.modelObject("b"), unsyncedConditions("Stalled", "Conflict", "RegisteredModel "+e.namespace+
			"/a is older and declares model sentiment on the same server: delete one of the two")...)
		Expect(controlPlane.Client.Delete(ctx, e.modelObject("b"))).To(Succeed())
		e.waitForModelDeleted(ctx, "b")
		Expect(e.mlflow.ModelNames()).To(Equal([]string{modelName}))
	})
})
