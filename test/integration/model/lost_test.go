// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package model

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var _ = Describe("A managed model that is missing", func() {
	It("is not created again after its deletion, until a user creates it", func(ctx SpecContext) {
		e := env.NewSynced(ctx)
		Expect(e.User.DeleteModel(ctx, env.ModelName)).To(Succeed())
		e.PollNow()
		m := e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "ReferenceNotFound", env.ModelDeletedMessage(env.ModelName))...)
		Expect(m.Status.LatestVersion).To(BeEmpty())
		e.ExpectNoWrites()

		By("creating another model of that name")
		Expect(e.User.CreateModel(ctx, env.ModelName, nil)).To(Succeed())
		e.PollNow()
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(Equal(e.DeclaredTags()))
		Expect(e.MLflow.CountCalls(env.CreateModelEndpoint)).To(BeZero())
		Eventually(func() []string {
			return e.ListEvents(ctx, "RegisteredModel",
				env.ModelName)
		}).WithContext(ctx).Should(ContainElement(recreatedEvent))
	})

	It("is not created again after it was renamed, and is found again under its name", func(ctx SpecContext) {
		e := env.NewSynced(ctx)
		Expect(e.User.RenameModel(ctx, env.ModelName, "mood")).To(Succeed())
		e.PollNow()
		e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "ReferenceNotFound", env.ModelDeletedMessage(env.ModelName))...)
		Expect(e.User.RenameModel(ctx, "mood", env.ModelName)).To(Succeed())
		e.PollNow()
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.ExpectNoWrites()
	})

	It("is created again after its object is applied again", func(ctx SpecContext) {
		e := env.NewSynced(ctx)
		Expect(e.User.DeleteModel(ctx, env.ModelName)).To(Succeed())
		e.PollNow()
		e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "ReferenceNotFound", env.ModelDeletedMessage(env.ModelName))...)
		Expect(env.ControlPlane.Client.Delete(ctx, e.ModelObject(env.ModelName))).To(Succeed())
		e.CreateObject(ctx, env.NewDescribedModel())
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.ModelNames()).To(Equal([]string{env.ModelName}))
	})

	It("is not written if its name belongs to a prompt", func(ctx SpecContext) {
		e := env.NewSynced(ctx)
		Expect(e.User.SetModelTag(ctx, env.ModelName, "mlflow.prompt.is_prompt", "true")).To(Succeed())
		e.PollNow()
		e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "NameConflict",
			promptNameMessage)...)
		Expect(e.User.DeleteModelTag(ctx, env.ModelName, "mlflow.prompt.is_prompt")).To(Succeed())
		e.PollNow()
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.ExpectNoWrites()
	})

	It("is not written if the account lost its permissions", func(ctx SpecContext) {
		e := env.NewSynced(ctx)
		e.MLflow.InjectFault(mlflowtest.CallsTo(env.SearchModelsEndpoint), mlflowtest.RespondWith(200, "application/json", "{}"))
		e.MLflow.InjectFault(mlflowtest.CallsTo(env.GetModelEndpoint), mlflowtest.Forbidden())
		e.PollNow()
		e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "PermissionDenied", env.GetModelEndpoint+": 403: permission denied")...)
		e.MLflow.ClearFaults()
		e.PollNow()
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.ExpectNoWrites()
	})
})

var _ = Describe("The creation of a model", func() {
	It("is tried by an account that can list no model", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.MLflow.InjectFault(mlflowtest.CallsTo(env.GetModelEndpoint), mlflowtest.Forbidden().Times(1))
		e.CreateObject(ctx, env.NewDescribedModel())
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(Equal(e.DeclaredTags()))
	})

	It("reports an existing model to an account without permissions", func(ctx SpecContext) {
		e := env.New(ctx, mlflowtest.Options{Accounts: map[string]mlflowtest.Account{
			"admin": {Password: "admin", Admin: true}, "operator": {Password: "s3cret"},
		}})
		e.RegisterModel(ctx)
		e.CreateObject(ctx, env.NewLoginSecret("s3cret"))
		e.CreateObject(ctx, e.NewConnection().BasicAuth("login"))
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName))
		e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "PermissionDenied",
			"model sentiment exists and the connection's account may not read it: grant it MANAGE on the model")...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(BeEmpty())
	})

	It("is not repeated if its response is lost", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.MLflow.InjectFault(mlflowtest.CallsTo(env.CreateModelEndpoint), mlflowtest.DropResponse().Times(1))
		e.CreateObject(ctx, env.NewDescribedModel())
		m := e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.CountCalls(env.CreateModelEndpoint)).To(Equal(1))
		Expect(e.MLflow.Model(env.ModelName).Tags).To(Equal(e.DeclaredTags()))
		Expect(m.Status.ManagedTags).To(Equal(managedKeys))
	})

	It("adopts the model if a user creates it first", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.MLflow.InjectFault(mlflowtest.CallsTo(env.CreateModelEndpoint), mlflowtest.RunBefore(func(mlflowtest.Call) {
			defer GinkgoRecover()
			Expect(e.User.CreateModel(ctx, env.ModelName, map[string]string{"stars": "5"})).To(Succeed())
		}).Times(1))
		e.CreateObject(ctx, env.NewDescribedModel())
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		want := e.DeclaredTags()
		want["stars"] = "5"
		Expect(e.MLflow.Model(env.ModelName).Tags).To(Equal(want))
	})
})
