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

const deleteModelEndpoint = "registered-models/delete"

// awaitsSuffix is the end of a sentence about what a deletion waits for.
const awaitsSuffix = `; the deletion waits for it, the annotation registry.mlflow-operator.io/orphan-on-delete: "true" ` +
	"ends the wait and leaves the model as it is"

// orphanedEvent is the event of a model that is left.
func orphanedEvent(why string) string {
	return "Warning Orphaned: model sentiment is left in MLflow as it is: " + why
}

// newDeletableEnv is a world with a model that goes with its object, which has versions and one in
// production.
func newDeletableEnv(ctx SpecContext) *env {
	GinkgoHelper()
	w := newChampionEnv(ctx, newModelWithGates().DeletionPolicy(v1alpha1.DeletionPolicyDelete), nil, nil)
	m := waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
	Expect(m.Finalizers).To(Equal([]string{v1alpha1.CleanupFinalizer}))
	w.waitForStageSummary(ctx, "production=1")
	return w
}

// deleteModelObject deletes the model's object, and waits until it is gone.
func (w *env) deleteModelObject(ctx SpecContext) {
	GinkgoHelper()
	Expect(controlPlane.Client.Delete(ctx, w.modelObject(modelName))).To(Succeed())
	w.waitForModelDeleted(ctx, modelName)
}

func (w *env) waitForModelDeleted(ctx SpecContext, name string) {
	GinkgoHelper()
	m := w.modelObject(name)
	Eventually(func() bool { return apierrors.IsNotFound(controlPlane.Client.Get(ctx, keyOf(m), m)) }).WithContext(ctx).Should(BeTrue())
}

var _ = Describe("A RegisteredModel that is deleted", func() {
	It("leaves the model, also where MLflow is down", func(ctx SpecContext) {
		w := newChampionEnv(ctx, newModelWithGates(), nil)
		Expect(w.getModel(ctx).Finalizers).To(BeEmpty())
		w.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		w.mlflow.ResetCalls()
		w.deleteModelObject(ctx)
		Expect(w.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		Expect(w.mlflow.Calls()).To(BeEmpty())
	})

	It("takes the model with it where it says so, stages and all", func(ctx SpecContext) {
		w := newDeletableEnv(ctx)
		w.deleteModelObject(ctx)
		Expect(w.mlflow.ModelNames()).To(BeEmpty())
		w.waitForModelEvents(ctx, modelName, w.adoptedEvent(),
			"Normal Deleted: model sentiment deleted in MLflow, with all versions up to 2, as deletionPolicy says")
		waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Reconciling", "ModelNotReady", "there is no RegisteredModel sentiment: create it")...)

		By("applying it again, which begins with an empty model")
		w.createObject(ctx, newModelWithGates().DeletionPolicy(v1alpha1.DeletionPolicyDelete))
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		Expect(w.mlflow.Model(modelName).NewestVersion()).To(BeNil())
	})

	It("waits for a server that is down", func(ctx SpecContext) {
		w := newDeletableEnv(ctx)
		w.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		w.pollNow()
		message := listFailed + "the connection was closed before the whole answer was there"
		waitForConditions(ctx, w.connectionObject(), unreachableConditions("Reconciling", "Unreachable: "+message, anonymous)...)
		Expect(controlPlane.Client.Delete(ctx, w.modelObject(modelName))).To(Succeed())
		waitForConditions(ctx, w.modelObject(modelName), connectionNotReadyConditions("Unreachable", message+awaitsSuffix)...)

		By("starting it again")
		w.mlflow.ClearFaults()
		w.pollNow()
		w.waitForModelDeleted(ctx, modelName)
		Expect(w.mlflow.ModelNames()).To(BeEmpty())
	})

	It("waits for a permission", func(ctx SpecContext) {
		w := newDeletableEnv(ctx)
		w.mlflow.InjectFault(mlflowtest.CallsTo(deleteModelEndpoint), mlflowtest.Forbidden())
		Expect(controlPlane.Client.Delete(ctx, w.modelObject(modelName))).To(Succeed())
		waitForConditions(ctx, w.modelObject(modelName), unsyncedConditions("Stalled", "PermissionDenied", deleteModelEndpoint+": 403: permission denied"+awaitsSuffix)...)
		w.mlflow.ClearFaults()
		requestReconcile(ctx, w.modelObject(modelName))
		w.waitForModelDeleted(ctx, modelName)
		Expect(w.mlflow.ModelNames()).To(BeEmpty())
	})

	It("asks once where the answer is lost", func(ctx SpecContext) {
		w := newDeletableEnv(ctx)
		w.mlflow.InjectFault(mlflowtest.CallsTo(deleteModelEndpoint), mlflowtest.DropResponse().Times(1))
		w.deleteModelObject(ctx)
		Expect(w.mlflow.CountCalls(deleteModelEndpoint)).To(Equal(1))
		w.waitForModelEvents(ctx, modelName, w.adoptedEvent(), "Normal AlreadyDeleted: model sentiment is not in MLflow: there is nothing to delete")
	})

	It("is let go by an annotation", func(ctx SpecContext) {
		w := newDeletableEnv(ctx)
		w.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		w.pollNow()
		Expect(controlPlane.Client.Delete(ctx, w.modelObject(modelName))).To(Succeed())
		Eventually(func() string { return conditionLines(w.getModel(ctx))[0] }).WithContext(ctx).Should(HaveSuffix(awaitsSuffix))
		editObject(ctx, w.modelObject(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Annotations = map[string]string{v1alpha1.OrphanOnDeleteAnnotation: "true"}
		})
		w.waitForModelDeleted(ctx, modelName)
		Expect(w.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		w.waitForModelEvents(ctx, modelName, w.adoptedEvent(), orphanedEvent("the annotation registry.mlflow-operator.io/orphan-on-delete says so"))
	})

	It("takes what it says at last: a policy may be edited", func(ctx SpecContext) {
		w := newDeletableEnv(ctx)
		editObject(ctx, w.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.DeletionPolicy = v1alpha1.DeletionPolicyRetain })
		m := waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		Expect(m.Finalizers).To(BeEmpty())
		editObject(ctx, w.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.DeletionPolicy = v1alpha1.DeletionPolicyDelete })
		m = waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		Expect(m.Finalizers).To(Equal([]string{v1alpha1.CleanupFinalizer}))

		By("editing it while the deletion waits")
		w.mlflow.InjectFault(mlflowtest.CallsTo(deleteModelEndpoint), mlflowtest.Forbidden())
		Expect(controlPlane.Client.Delete(ctx, w.modelObject(modelName))).To(Succeed())
		Eventually(func() string { return conditionLines(w.getModel(ctx))[0] }).WithContext(ctx).Should(HaveSuffix(awaitsSuffix))
		editObject(ctx, w.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.DeletionPolicy = v1alpha1.DeletionPolicyRetain })
		w.waitForModelDeleted(ctx, modelName)
		Expect(w.mlflow.Alias(modelName, "champion")).To(Equal("1"))
	})

	It("leaves a model that is not its own, whatever the view shows", func(ctx SpecContext) {
		w := newDeletableEnv(ctx)
		Expect(w.user.SetModelTag(ctx, modelName, v1alpha1.ManagedByTag, "other-cluster/news/sentiment")).To(Succeed())
		w.deleteModelObject(ctx)
		Expect(w.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		w.waitForModelEvents(ctx, modelName, w.adoptedEvent(), orphanedEvent("it does not carry the tag registry.mlflow-operator.io/managed-by of this object"))
	})

	It("leaves a model that another hand has created anew", func(ctx SpecContext) {
		w := newDeletableEnv(ctx)
		Expect(w.user.DeleteModel(ctx, modelName)).To(Succeed())
		Expect(w.user.CreateModel(ctx, modelName, map[string]string{v1alpha1.ManagedByTag: w.ownerTag(modelName)})).To(Succeed())
		w.deleteModelObject(ctx)
		Expect(w.mlflow.ModelNames()).To(Equal([]string{modelName}))
		w.waitForModelEvents(ctx, modelName, w.adoptedEvent(), orphanedEvent("it is not the model that this object has looked after, but was created anew"))
	})

	It("leaves the model where nothing may be written", func(ctx SpecContext) {
		w := newDeletableEnv(ctx)
		editObject(ctx, w.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.ManagementPolicy = v1alpha1.ManagementPolicyObserve })
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		w.deleteModelObject(ctx)
		w.waitForModelEvents(ctx, modelName, w.adoptedEvent(), orphanedEvent("managementPolicy is Observe"))
		Expect(w.mlflow.ModelNames()).To(Equal([]string{modelName}))
	})

	It("leaves the model where it is suspended", func(ctx SpecContext) {
		w := newDeletableEnv(ctx)
		editObject(ctx, w.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Suspend = new(true) })
		waitForConditions(ctx, w.modelObject(modelName), suspendedModelConditions()...)
		w.deleteModelObject(ctx)
		w.waitForModelEvents(ctx, modelName, w.adoptedEvent(), orphanedEvent("spec.suspend is true"))
		Expect(w.mlflow.ModelNames()).To(Equal([]string{modelName}))
	})

	It("does not hold up a namespace of which the connection goes first", func(ctx SpecContext) {
		w := newDeletableEnv(ctx)
		Expect(controlPlane.Client.Delete(ctx, w.connectionObject())).To(Succeed())
		Eventually(func() bool { return provider.State(w.connectionKey()).Known }).WithContext(ctx).Should(BeFalse())
		Expect(controlPlane.Client.Delete(ctx, w.promotionObject(toProduction))).To(Succeed())
		w.deleteModelObject(ctx)
		w.waitForModelEvents(ctx, modelName, w.adoptedEvent(),
			orphanedEvent("its connection is gone: there is no MLflowConnection "+w.namespace+"/mlflow: create it"))
		Expect(w.mlflow.ModelNames()).To(Equal([]string{modelName}))
	})

	It("leaves the model of an older object that declares the same one", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		w.createObject(ctx, builder.RegisteredModel("a").ModelName(modelName))
		waitForConditions(ctx, w.modelObject("a"), syncedConditions(modelName)...)
		w.createObject(ctx, builder.RegisteredModel("b").ModelName(modelName).DeletionPolicy(v1alpha1.DeletionPolicyDelete))
		waitForConditions(ctx, w.modelObject("b"), unsyncedConditions("Stalled", "Conflict", "RegisteredModel "+w.namespace+
			"/a is older and declares model sentiment on the same server: delete one of the two")...)
		Expect(controlPlane.Client.Delete(ctx, w.modelObject("b"))).To(Succeed())
		w.waitForModelDeleted(ctx, "b")
		Expect(w.mlflow.ModelNames()).To(Equal([]string{modelName}))
	})
})
