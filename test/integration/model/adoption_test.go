// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package model

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// promptNameMessage is the message of a model whose name belongs to a prompt.
const promptNameMessage = "the name sentiment belongs to a prompt in MLflow: choose another modelName"

// modelExistsMessage is the message of a model that adoptionPolicy does not allow to adopt.
const modelExistsMessage = "model sentiment exists in MLflow already, and adoptionPolicy is CreateOnly: " +
	"set adoptionPolicy to CreateOrAdopt, or choose another modelName"

var _ = Describe("A model that exists in MLflow", func() {
	It("is not written if adoptionPolicy is CreateOnly", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx)
		e.CreateObject(ctx, env.NewDescribedModel().AdoptionPolicy(v1alpha1.AdoptionPolicyCreateOnly))
		e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "NameConflict",
			modelExistsMessage)...)
		e.ExpectNoWrites()
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.AdoptionPolicy = v1alpha1.AdoptionPolicyCreateOrAdopt })
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
	})

	It("is awaited if adoptionPolicy is AdoptOnly", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateObject(ctx, env.NewDescribedModel().AdoptionPolicy(v1alpha1.AdoptionPolicyAdoptOnly))
		e.WaitForModel(ctx, env.UnsyncedConditions("Reconciling", "ReferenceNotFound",
			"model sentiment does not exist in MLflow, and adoptionPolicy is AdoptOnly: create it there, or set adoptionPolicy to CreateOrAdopt")...)
		e.ExpectNoWrites()
		e.RegisterModel(ctx)
		e.PollNow()
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.CountCalls("registered-models/create")).To(BeZero())
	})

	It("is not adopted while it has an owner in another cluster", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		const owner = "other-cluster/news/sentiment"
		Expect(e.User.CreateModel(ctx, env.ModelName, map[string]string{v1alpha1.ManagedByTag: owner})).To(Succeed())
		e.RegisterRunVersion(ctx, env.ModelName, nil, nil)
		e.CreateObject(ctx, env.NewDescribedModel().Stages(builder.Stage("production").Alias("champion")))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "AlreadyManaged", env.AlreadyManagedMessage(owner))...)
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Reconciling", "ModelNotReady",
			env.ModelNotReadyMessage(env.AlreadyManagedMessage(owner)))...)
		e.ExpectNoWrites()
		Expect(e.User.DeleteModelTag(ctx, env.ModelName, v1alpha1.ManagedByTag)).To(Succeed())
		e.PollNow()
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(Equal(e.DeclaredTags()))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
	})

	It("is taken over from its owner if adoptionPolicy allows it", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		Expect(e.User.CreateModel(ctx, env.ModelName, map[string]string{v1alpha1.ManagedByTag: "other-cluster/news/sentiment"})).To(Succeed())
		e.CreateObject(ctx, env.NewDescribedModel().AdoptionPolicy(v1alpha1.AdoptionPolicyTakeOver))
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(Equal(e.DeclaredTags()))
	})

	It("is not adopted if it is a prompt", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		Expect(e.User.CreatePrompt(ctx, env.ModelName)).To(Succeed())
		e.CreateObject(ctx, env.NewDescribedModel())
		e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "NameConflict",
			promptNameMessage)...)
		e.ExpectNoWrites()
	})
})

var _ = Describe("Two objects for one model", func() {
	It("are a conflict until the older one is deleted", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateObject(ctx, builder.RegisteredModel("a").ModelName(env.ModelName).Tag("from", "a"))
		env.WaitForConditions(ctx, e.ModelObject("a"), env.SyncedConditions(env.ModelName)...)
		e.CreateObject(ctx, builder.RegisteredModel("b").ModelName(env.ModelName).Tag("from", "b"))
		env.WaitForConditions(ctx, e.ModelObject("b"), env.UnsyncedConditions("Stalled", "Conflict", e.OlderObjectMessage("a"))...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(HaveKeyWithValue("from", "a"))

		Expect(env.ControlPlane.Client.Delete(ctx, e.ModelObject("a"))).To(Succeed())
		env.WaitForConditions(ctx, e.ModelObject("b"), env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(Equal(map[string]string{"from": "b", v1alpha1.ManagedByTag: e.OwnerTag("b")}))
	})

	It("are a conflict across namespaces and connections", func(ctx SpecContext) {
		e, other := env.New(ctx, mlflowtest.Options{}), env.New(ctx, mlflowtest.Options{})
		if e.Namespace > other.Namespace {
			// If both have the same creation time in seconds, the name decides which object is older.
			e, other = other, e
		}
		e.CreateObject(ctx, e.NewConnection())
		e.CreateObject(ctx, builder.RegisteredModel("a").ModelName(env.ModelName))
		env.WaitForConditions(ctx, e.ModelObject("a"), env.SyncedConditions(env.ModelName)...)
		other.CreateObject(ctx, other.NewConnection().URL(e.MLflow.URL+"/"))
		other.CreateObject(ctx, builder.RegisteredModel("z").ModelName(env.ModelName))
		conflict := e.OlderObjectMessage("a")
		env.WaitForConditions(ctx, other.ModelObject("z"), env.UnsyncedConditions("Stalled", "Conflict", conflict)...)
	})

	It("are no conflict on two servers", func(ctx SpecContext) {
		e, other := env.NewConnected(ctx), env.NewConnected(ctx)
		e.CreateObject(ctx, env.NewDescribedModel())
		other.CreateObject(ctx, env.NewDescribedModel())
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		other.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
	})
})
