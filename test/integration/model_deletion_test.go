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

const deleteModel = "registered-models/delete"

// awaits is the end of a sentence about what a deletion waits for.
const awaits = `; the deletion waits for it, the annotation registry.mlflow-operator.io/abandon: "true" ` +
	"ends the wait and leaves the model as it is"

// leaving is the event of a model that is left.
func leaving(why string) string {
	return "Warning Left: model sentiment is left in MLflow as it is: " + why
}

// disposable is a world with a model that goes with its object, which has versions and one in
// production.
func disposable(ctx SpecContext) *world {
	GinkgoHelper()
	w := champion(ctx, demanding().Deletion(v1alpha1.DeletionDelete), nil, nil)
	m := shows(ctx, w.model(modelName), synced(modelName)...)
	Expect(m.Finalizers).To(Equal([]string{v1alpha1.CleanupFinalizer}))
	w.holdersAre(ctx, "production=1")
	return w
}

// removes deletes the model's object, and waits until it is gone.
func (w *world) removes(ctx SpecContext) {
	GinkgoHelper()
	Expect(plane.Client.Delete(ctx, w.model(modelName))).To(Succeed())
	w.modelIsGone(ctx, modelName)
}

func (w *world) modelIsGone(ctx SpecContext, name string) {
	GinkgoHelper()
	m := w.model(name)
	Eventually(func() bool { return apierrors.IsNotFound(plane.Client.Get(ctx, key(m), m)) }).WithContext(ctx).Should(BeTrue())
}

var _ = Describe("A RegisteredModel that is deleted", func() {
	It("leaves the model, also where MLflow is down", func(ctx SpecContext) {
		w := champion(ctx, demanding(), nil)
		Expect(w.read(ctx).Finalizers).To(BeEmpty())
		w.mlflow.Fail(mlflowtest.Any(), mlflowtest.Drop())
		w.mlflow.Reset()
		w.removes(ctx)
		Expect(w.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		Expect(w.mlflow.Calls()).To(BeEmpty())
	})

	It("takes the model with it where it says so, stages and all", func(ctx SpecContext) {
		w := disposable(ctx)
		w.removes(ctx)
		Expect(w.mlflow.Models()).To(BeEmpty())
		w.tellsOfModel(ctx, modelName, w.adopted(),
			"Normal Deleted: model sentiment deleted in MLflow, with all versions up to 2, as deletionPolicy says")
		shows(ctx, w.promotion(toProduction), unresolved("Reconciling", "ModelNotReady", "there is no RegisteredModel sentiment: create it")...)

		By("applying it again, which begins with an empty model")
		w.apply(ctx, demanding().Deletion(v1alpha1.DeletionDelete))
		shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.mlflow.Model(modelName).Newest()).To(BeNil())
	})

	It("waits for a server that is down", func(ctx SpecContext) {
		w := disposable(ctx)
		w.mlflow.Fail(mlflowtest.Any(), mlflowtest.Drop())
		w.poll()
		message := listFailed + "the connection was closed before the whole answer was there"
		shows(ctx, w.theConnection(), unreached("Reconciling", "Unreachable: "+message, anonymous)...)
		Expect(plane.Client.Delete(ctx, w.model(modelName))).To(Succeed())
		shows(ctx, w.model(modelName), repeated("Unreachable", message+awaits)...)

		By("starting it again")
		w.mlflow.Heal()
		w.poll()
		w.modelIsGone(ctx, modelName)
		Expect(w.mlflow.Models()).To(BeEmpty())
	})

	It("waits for a permission", func(ctx SpecContext) {
		w := disposable(ctx)
		w.mlflow.Fail(mlflowtest.Endpoint(deleteModel), mlflowtest.Forbidden())
		Expect(plane.Client.Delete(ctx, w.model(modelName))).To(Succeed())
		shows(ctx, w.model(modelName), unsynced("Stalled", "PermissionDenied", deleteModel+": 403: permission denied"+awaits)...)
		w.mlflow.Heal()
		lookNow(ctx, w.model(modelName))
		w.modelIsGone(ctx, modelName)
		Expect(w.mlflow.Models()).To(BeEmpty())
	})

	It("asks once where the answer is lost", func(ctx SpecContext) {
		w := disposable(ctx)
		w.mlflow.Fail(mlflowtest.Endpoint(deleteModel), mlflowtest.LoseAnswer().Times(1))
		w.removes(ctx)
		Expect(w.mlflow.Count(deleteModel)).To(Equal(1))
		w.tellsOfModel(ctx, modelName, w.adopted(), "Normal Gone: model sentiment is not in MLflow: there is nothing to delete")
	})

	It("is let go by an annotation", func(ctx SpecContext) {
		w := disposable(ctx)
		w.mlflow.Fail(mlflowtest.Any(), mlflowtest.Drop())
		w.poll()
		Expect(plane.Client.Delete(ctx, w.model(modelName))).To(Succeed())
		Eventually(func() string { return lines(w.read(ctx))[0] }).WithContext(ctx).Should(HaveSuffix(awaits))
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Annotations = map[string]string{v1alpha1.AbandonAnnotation: "true"}
		})
		w.modelIsGone(ctx, modelName)
		Expect(w.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		w.tellsOfModel(ctx, modelName, w.adopted(), leaving("the annotation registry.mlflow-operator.io/abandon says so"))
	})

	It("takes what it says at last: a policy may be edited", func(ctx SpecContext) {
		w := disposable(ctx)
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.DeletionPolicy = v1alpha1.DeletionRetain })
		m := shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(m.Finalizers).To(BeEmpty())
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.DeletionPolicy = v1alpha1.DeletionDelete })
		m = shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(m.Finalizers).To(Equal([]string{v1alpha1.CleanupFinalizer}))

		By("editing it while the deletion waits")
		w.mlflow.Fail(mlflowtest.Endpoint(deleteModel), mlflowtest.Forbidden())
		Expect(plane.Client.Delete(ctx, w.model(modelName))).To(Succeed())
		Eventually(func() string { return lines(w.read(ctx))[0] }).WithContext(ctx).Should(HaveSuffix(awaits))
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.DeletionPolicy = v1alpha1.DeletionRetain })
		w.modelIsGone(ctx, modelName)
		Expect(w.mlflow.Alias(modelName, "champion")).To(Equal("1"))
	})

	It("leaves a model that is not its own, whatever the view shows", func(ctx SpecContext) {
		w := disposable(ctx)
		Expect(w.user.SetModelTag(ctx, modelName, v1alpha1.ManagedByTag, "other-cluster/news/sentiment")).To(Succeed())
		w.removes(ctx)
		Expect(w.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		w.tellsOfModel(ctx, modelName, w.adopted(), leaving("it does not carry the tag registry.mlflow-operator.io/managed-by of this object"))
	})

	It("leaves a model that another hand has created anew", func(ctx SpecContext) {
		w := disposable(ctx)
		Expect(w.user.DeleteModel(ctx, modelName)).To(Succeed())
		Expect(w.user.CreateModel(ctx, modelName, map[string]string{v1alpha1.ManagedByTag: w.mark(modelName)})).To(Succeed())
		w.removes(ctx)
		Expect(w.mlflow.Models()).To(Equal([]string{modelName}))
		w.tellsOfModel(ctx, modelName, w.adopted(), leaving("it is not the model that this object has looked after, but was created anew"))
	})

	It("leaves the model where nothing may be written", func(ctx SpecContext) {
		w := disposable(ctx)
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Management = v1alpha1.ManagementObserve })
		shows(ctx, w.model(modelName), synced(modelName)...)
		w.removes(ctx)
		w.tellsOfModel(ctx, modelName, w.adopted(), leaving("management is Observe"))
		Expect(w.mlflow.Models()).To(Equal([]string{modelName}))
	})

	It("leaves the model where it is suspended", func(ctx SpecContext) {
		w := disposable(ctx)
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Suspend = new(true) })
		shows(ctx, w.model(modelName), suspendedModel()...)
		w.removes(ctx)
		w.tellsOfModel(ctx, modelName, w.adopted(), leaving("spec.suspend is true"))
		Expect(w.mlflow.Models()).To(Equal([]string{modelName}))
	})

	It("does not hold up a namespace of which the connection goes first", func(ctx SpecContext) {
		w := disposable(ctx)
		Expect(plane.Client.Delete(ctx, w.theConnection())).To(Succeed())
		Eventually(func() bool { return provider.State(w.key()).Known }).WithContext(ctx).Should(BeFalse())
		Expect(plane.Client.Delete(ctx, w.promotion(toProduction))).To(Succeed())
		w.removes(ctx)
		w.tellsOfModel(ctx, modelName, w.adopted(),
			leaving("its connection is gone: there is no MLflowConnection "+w.namespace+"/mlflow: create it"))
		Expect(w.mlflow.Models()).To(Equal([]string{modelName}))
	})

	It("leaves the model of an older object that declares the same one", func(ctx SpecContext) {
		w := connected(ctx)
		w.apply(ctx, builder.RegisteredModel("a").ModelName(modelName))
		shows(ctx, w.model("a"), synced(modelName)...)
		w.apply(ctx, builder.RegisteredModel("b").ModelName(modelName).Deletion(v1alpha1.DeletionDelete))
		shows(ctx, w.model("b"), unsynced("Stalled", "Conflict", "RegisteredModel "+w.namespace+
			"/a is older and declares model sentiment on the same server: delete one of the two")...)
		Expect(plane.Client.Delete(ctx, w.model("b"))).To(Succeed())
		w.modelIsGone(ctx, "b")
		Expect(w.mlflow.Models()).To(Equal([]string{modelName}))
	})
})
