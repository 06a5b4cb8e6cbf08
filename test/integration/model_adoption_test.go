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

var _ = Describe("A model that exists already", func() {
	It("is not touched where only a new one is wanted", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx)
		e.createObject(ctx, newDescribedModel().AdoptionPolicy(v1alpha1.AdoptionPolicyCreateOnly))
		waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "NameConflict",
			"model sentiment exists in MLflow already, and adoptionPolicy is CreateOnly: set adoptionPolicy to CreateOrAdopt, or choose another modelName")...)
		e.expectNoWrites()
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.AdoptionPolicy = v1alpha1.AdoptionPolicyCreateOrAdopt })
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
	})

	It("is waited for where it has to exist", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createObject(ctx, newDescribedModel().AdoptionPolicy(v1alpha1.AdoptionPolicyAdoptOnly))
		waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Reconciling", "ReferenceNotFound",
			"model sentiment does not exist in MLflow, and adoptionPolicy is AdoptOnly: create it there, or set adoptionPolicy to CreateOrAdopt")...)
		e.expectNoWrites()
		e.registerModel(ctx)
		e.pollNow()
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.mlflow.CountCalls("registered-models/create")).To(BeZero())
	})

	It("stays with its owner in another cluster, until that lets go of it", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		const owner = "other-cluster/news/sentiment"
		Expect(e.user.CreateModel(ctx, modelName, map[string]string{v1alpha1.ManagedByTag: owner})).To(Succeed())
		e.registerRunVersion(ctx, modelName, nil, nil)
		e.createObject(ctx, newDescribedModel().Stages(builder.Stage("production").Alias("champion")))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "AlreadyManaged", alreadyManagedMessage(owner))...)
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Reconciling", "ModelNotReady",
			"RegisteredModel sentiment is not ready: "+alreadyManagedMessage(owner))...)
		e.expectNoWrites()
		Expect(e.user.DeleteModelTag(ctx, modelName, v1alpha1.ManagedByTag)).To(Succeed())
		e.pollNow()
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.mlflow.Model(modelName).Tags).To(Equal(e.declaredTags()))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
	})

	It("is taken from its owner where that is declared", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		Expect(e.user.CreateModel(ctx, modelName, map[string]string{v1alpha1.ManagedByTag: "other-cluster/news/sentiment"})).To(Succeed())
		e.createObject(ctx, newDescribedModel().AdoptionPolicy(v1alpha1.AdoptionPolicyTakeOver))
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.mlflow.Model(modelName).Tags).To(Equal(e.declaredTags()))
	})

	It("is refused where it is a prompt", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		Expect(e.user.CreatePrompt(ctx, modelName)).To(Succeed())
		e.createObject(ctx, newDescribedModel())
		waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "NameConflict",
			"the name sentiment belongs to a prompt in MLflow: choose another modelName")...)
		e.expectNoWrites()
	})
})

var _ = Describe("Two objects for one model", func() {
	It("are one too many, and the younger inherits", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createObject(ctx, builder.RegisteredModel("a").ModelName(modelName).Tag("from", "a"))
		waitForConditions(ctx, e.modelObject("a"), syncedConditions(modelName)...)
		e.createObject(ctx, builder.RegisteredModel("b").ModelName(modelName).Tag("from", "b"))
		waitForConditions(ctx, e.modelObject("b"), unsyncedConditions("Stalled", "Conflict", "RegisteredModel "+e.namespace+
			"/a is older and declares model sentiment on the same server: delete one of the two")...)
		Expect(e.mlflow.Model(modelName).Tags).To(HaveKeyWithValue("from", "a"))

		Expect(controlPlane.Client.Delete(ctx, e.modelObject("a"))).To(Succeed())
		waitForConditions(ctx, e.modelObject("b"), syncedConditions(modelName)...)
		Expect(e.mlflow.Model(modelName).Tags).To(Equal(map[string]string{"from": "b", v1alpha1.ManagedByTag: e.ownerTag("b")}))
	})

	It("are found in other namespaces and behind other connections", func(ctx SpecContext) {
		e, neighbour := newEnv(ctx, mlflowtest.Options{}), newEnv(ctx, mlflowtest.Options{})
		if e.namespace > neighbour.namespace {
			// Of two objects of one second, the name decides which is the older.
			e, neighbour = neighbour, e
		}
		e.createObject(ctx, e.newConnection())
		e.createObject(ctx, builder.RegisteredModel("a").ModelName(modelName))
		waitForConditions(ctx, e.modelObject("a"), syncedConditions(modelName)...)
		neighbour.createObject(ctx, neighbour.newConnection().URL(e.mlflow.URL+"/"))
		neighbour.createObject(ctx, builder.RegisteredModel("z").ModelName(modelName))
		conflict := "RegisteredModel " + e.namespace + "/a is older and declares model sentiment on the same server: delete one of the two"
		waitForConditions(ctx, neighbour.modelObject("z"), unsyncedConditions("Stalled", "Conflict", conflict)...)
	})

	It("are none where they are on two servers", func(ctx SpecContext) {
		e, neighbour := newConnectedEnv(ctx), newConnectedEnv(ctx)
		e.createObject(ctx, newDescribedModel())
		neighbour.createObject(ctx, newDescribedModel())
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, neighbour.modelObject(modelName), syncedConditions(modelName)...)
	})
})
