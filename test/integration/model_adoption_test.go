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

// alreadyManagedMessage is the sentence about a model that carries the mark of another owner.
func alreadyManagedMessage(owner string) string {
	return "model sentiment is managed by " + owner + ", as its tag " + v1alpha1.ManagedByTag +
		" says: delete that owner and this tag, or set adoptionPolicy to TakeOver"
}

var _ = Describe("A model that exists already", func() {
	It("is not touched where only a new one is wanted", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		w.registerModel(ctx)
		w.createObject(ctx, newDescribedModel().AdoptionPolicy(v1alpha1.AdoptionPolicyCreateOnly))
		waitForConditions(ctx, w.modelObject(modelName), unsyncedConditions("Stalled", "NameConflict",
			"model sentiment exists in MLflow already, and adoptionPolicy is CreateOnly: set adoptionPolicy to CreateOrAdopt, or choose another modelName")...)
		w.expectNoWrites()
		editObject(ctx, w.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.AdoptionPolicy = v1alpha1.AdoptionPolicyCreateOrAdopt })
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
	})

	It("is waited for where it has to exist", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		w.createObject(ctx, newDescribedModel().AdoptionPolicy(v1alpha1.AdoptionPolicyAdoptOnly))
		waitForConditions(ctx, w.modelObject(modelName), unsyncedConditions("Reconciling", "ReferenceNotFound",
			"model sentiment does not exist in MLflow, and adoptionPolicy is AdoptOnly: create it there, or set adoptionPolicy to CreateOrAdopt")...)
		w.expectNoWrites()
		w.registerModel(ctx)
		w.pollNow()
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		Expect(w.mlflow.CountCalls("registered-models/create")).To(BeZero())
	})

	It("stays with its owner in another cluster, until that lets go of it", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		const owner = "other-cluster/news/sentiment"
		Expect(w.user.CreateModel(ctx, modelName, map[string]string{v1alpha1.ManagedByTag: owner})).To(Succeed())
		w.trainVersion(ctx, modelName, nil, nil)
		w.createObject(ctx, newDescribedModel().Stages(builder.Stage("production").Alias("champion")))
		w.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, w.modelObject(modelName), unsyncedConditions("Stalled", "AlreadyManaged", alreadyManagedMessage(owner))...)
		waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Reconciling", "ModelNotReady",
			"RegisteredModel sentiment is not ready: "+alreadyManagedMessage(owner))...)
		w.expectNoWrites()
		Expect(w.user.DeleteModelTag(ctx, modelName, v1alpha1.ManagedByTag)).To(Succeed())
		w.pollNow()
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(w.declaredTags()))
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
	})

	It("is taken from its owner where that is declared", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		Expect(w.user.CreateModel(ctx, modelName, map[string]string{v1alpha1.ManagedByTag: "other-cluster/news/sentiment"})).To(Succeed())
		w.createObject(ctx, newDescribedModel().AdoptionPolicy(v1alpha1.AdoptionPolicyTakeOver))
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(w.declaredTags()))
	})

	It("is refused where it is a prompt", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		Expect(w.user.CreatePrompt(ctx, modelName)).To(Succeed())
		w.createObject(ctx, newDescribedModel())
		waitForConditions(ctx, w.modelObject(modelName), unsyncedConditions("Stalled", "NameConflict",
			"the name sentiment belongs to a prompt in MLflow: choose another modelName")...)
		w.expectNoWrites()
	})
})

var _ = Describe("Two objects for one model", func() {
	It("are one too many, and the younger inherits", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		w.createObject(ctx, builder.RegisteredModel("a").ModelName(modelName).Tag("from", "a"))
		waitForConditions(ctx, w.modelObject("a"), syncedConditions(modelName)...)
		w.createObject(ctx, builder.RegisteredModel("b").ModelName(modelName).Tag("from", "b"))
		waitForConditions(ctx, w.modelObject("b"), unsyncedConditions("Stalled", "Conflict", "RegisteredModel "+w.namespace+
			"/a is older and declares model sentiment on the same server: delete one of the two")...)
		Expect(w.mlflow.Model(modelName).Tags).To(HaveKeyWithValue("from", "a"))

		Expect(controlPlane.Client.Delete(ctx, w.modelObject("a"))).To(Succeed())
		waitForConditions(ctx, w.modelObject("b"), syncedConditions(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(map[string]string{"from": "b", v1alpha1.ManagedByTag: w.ownerTag("b")}))
	})

	It("are found in other namespaces and behind other connections", func(ctx SpecContext) {
		w, neighbour := newEnv(ctx, mlflowtest.Options{}), newEnv(ctx, mlflowtest.Options{})
		if w.namespace > neighbour.namespace {
			// Of two objects of one second, the name decides which is the older.
			w, neighbour = neighbour, w
		}
		w.createObject(ctx, w.newConnection())
		w.createObject(ctx, builder.RegisteredModel("a").ModelName(modelName))
		waitForConditions(ctx, w.modelObject("a"), syncedConditions(modelName)...)
		neighbour.createObject(ctx, neighbour.newConnection().URL(w.mlflow.URL+"/"))
		neighbour.createObject(ctx, builder.RegisteredModel("z").ModelName(modelName))
		conflict := "RegisteredModel " + w.namespace + "/a is older and declares model sentiment on the same server: delete one of the two"
		waitForConditions(ctx, neighbour.modelObject("z"), unsyncedConditions("Stalled", "Conflict", conflict)...)
	})

	It("are none where they are on two servers", func(ctx SpecContext) {
		w, neighbour := newConnectedEnv(ctx), newConnectedEnv(ctx)
		w.createObject(ctx, newDescribedModel())
		neighbour.createObject(ctx, newDescribedModel())
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, neighbour.modelObject(modelName), syncedConditions(modelName)...)
	})
})
