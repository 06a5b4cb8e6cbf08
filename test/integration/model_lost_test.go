// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("A model that was managed and is no longer seen", func() {
	It("is not created again where it was deleted, until a person does", func(ctx SpecContext) {
		e := newSyncedEnv(ctx)
		Expect(e.user.DeleteModel(ctx, modelName)).To(Succeed())
		e.pollNow()
		m := waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "ReferenceNotFound", modelDeletedMessage(modelName))...)
		Expect(m.Status.LatestVersion).To(BeEmpty())
		e.expectNoWrites()

		By("creating another one under the name")
		Expect(e.user.CreateModel(ctx, modelName, nil)).To(Succeed())
		e.pollNow()
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.mlflow.Model(modelName).Tags).To(Equal(e.declaredTags()))
		Expect(e.mlflow.CountCalls(createModelEndpoint)).To(BeZero())
		Eventually(func() []string { return e.listEvents(ctx, "RegisteredModel", modelName) }).WithContext(ctx).Should(ContainElement(recreatedEvent))
	})

	It("is not created again where it was renamed, and is known by its name when it is back", func(ctx SpecContext) {
		e := newSyncedEnv(ctx)
		Expect(e.user.RenameModel(ctx, modelName, "mood")).To(Succeed())
		e.pollNow()
		waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "ReferenceNotFound", modelDeletedMessage(modelName))...)
		Expect(e.user.RenameModel(ctx, "mood", modelName)).To(Succeed())
		e.pollNow()
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		e.expectNoWrites()
	})

	It("begins anew where the object is applied again", func(ctx SpecContext) {
		e := newSyncedEnv(ctx)
		Expect(e.user.DeleteModel(ctx, modelName)).To(Succeed())
		e.pollNow()
		waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "ReferenceNotFound", modelDeletedMessage(modelName))...)
		Expect(controlPlane.Client.Delete(ctx, e.modelObject(modelName))).To(Succeed())
		e.createObject(ctx, newDescribedModel())
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.mlflow.ModelNames()).To(Equal([]string{modelName}))
	})

	It("is left alone where somebody made a prompt of it", func(ctx SpecContext) {
		e := newSyncedEnv(ctx)
		Expect(e.user.SetModelTag(ctx, modelName, "mlflow.prompt.is_prompt", "true")).To(Succeed())
		e.pollNow()
		waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "NameConflict",
			"the name sentiment belongs to a prompt in MLflow: choose another modelName")...)
		Expect(e.user.DeleteModelTag(ctx, modelName, "mlflow.prompt.is_prompt")).To(Succeed())
		e.pollNow()
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		e.expectNoWrites()
	})

	It("is left alone where the account lost its rights", func(ctx SpecContext) {
		e := newSyncedEnv(ctx)
		e.mlflow.InjectFault(mlflowtest.CallsTo(searchModelsEndpoint), mlflowtest.RespondWith(200, "application/json", "{}"))
		e.mlflow.InjectFault(mlflowtest.CallsTo(getModelEndpoint), mlflowtest.Forbidden())
		e.pollNow()
		waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "PermissionDenied", getModelEndpoint+": 403: permission denied")...)
		e.mlflow.ClearFaults()
		e.pollNow()
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		e.expectNoWrites()
	})
})

var _ = Describe("The creation of a model", func() {
	It("is tried by an account that is told of no other model", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.mlflow.InjectFault(mlflowtest.CallsTo(getModelEndpoint), mlflowtest.Forbidden().Times(1))
		e.createObject(ctx, newDescribedModel())
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.mlflow.Model(modelName).Tags).To(Equal(e.declaredTags()))
	})

	It("tells an account without rights that there is such a model", func(ctx SpecContext) {
		e := newEnv(ctx, mlflowtest.Options{Accounts: map[string]mlflowtest.Account{
			"admin": {Password: "admin", Admin: true}, "operator": {Password: "s3cret"},
		}})
		e.registerModel(ctx)
		e.createObject(ctx, newLoginSecret("s3cret"))
		e.createObject(ctx, e.newConnection().BasicAuth("login"))
		e.createObject(ctx, builder.RegisteredModel(modelName))
		waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "PermissionDenied",
			"model sentiment exists and the connection's account may not read it: grant it MANAGE on the model")...)
		Expect(e.mlflow.Model(modelName).Tags).To(BeEmpty())
	})

	It("happens once where its answer is lost", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.mlflow.InjectFault(mlflowtest.CallsTo(createModelEndpoint), mlflowtest.DropResponse().Times(1))
		e.createObject(ctx, newDescribedModel())
		m := waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.mlflow.CountCalls(createModelEndpoint)).To(Equal(1))
		Expect(e.mlflow.Model(modelName).Tags).To(Equal(e.declaredTags()))
		Expect(m.Status.ManagedTags).To(Equal(managedKeys))
	})

	It("gives way to another hand that was faster", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.mlflow.InjectFault(mlflowtest.CallsTo(createModelEndpoint), mlflowtest.RunBefore(func(mlflowtest.Call) {
			defer GinkgoRecover()
			Expect(e.user.CreateModel(ctx, modelName, map[string]string{"stars": "5"})).To(Succeed())
		}).Times(1))
		e.createObject(ctx, newDescribedModel())
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		want := e.declaredTags()
		want["stars"] = "5"
		Expect(e.mlflow.Model(modelName).Tags).To(Equal(want))
	})
})
