// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const (
	getModelEndpoint    = "registered-models/get"
	createModelEndpoint = "registered-models/create"
	listModelsEndpoint  = "registered-models/search"
)

// newSyncedEnv is a world with a model that is as declared.
func newSyncedEnv(ctx SpecContext) *env {
	GinkgoHelper()
	w := newConnectedEnv(ctx)
	w.createObject(ctx, newDescribedModel())
	waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
	w.mlflow.ResetCalls()
	return w
}

var _ = Describe("A model that was managed and is no longer seen", func() {
	It("is not created again where it was deleted, until a person does", func(ctx SpecContext) {
		w := newSyncedEnv(ctx)
		Expect(w.user.DeleteModel(ctx, modelName)).To(Succeed())
		w.pollNow()
		m := waitForConditions(ctx, w.modelObject(modelName), unsyncedConditions("Stalled", "ReferenceNotFound", goneMessage(modelName))...)
		Expect(m.Status.LatestVersion).To(BeEmpty())
		w.expectNoWrites()

		By("creating another one under the name")
		Expect(w.user.CreateModel(ctx, modelName, nil)).To(Succeed())
		w.pollNow()
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(w.declaredTags()))
		Expect(w.mlflow.CountCalls(createModelEndpoint)).To(BeZero())
		Eventually(func() []string { return w.listEvents(ctx, "RegisteredModel", modelName) }).WithContext(ctx).Should(ContainElement(recreatedEvent))
	})

	It("is not created again where it was renamed, and is known by its name when it is back", func(ctx SpecContext) {
		w := newSyncedEnv(ctx)
		Expect(w.user.RenameModel(ctx, modelName, "mood")).To(Succeed())
		w.pollNow()
		waitForConditions(ctx, w.modelObject(modelName), unsyncedConditions("Stalled", "ReferenceNotFound", goneMessage(modelName))...)
		Expect(w.user.RenameModel(ctx, "mood", modelName)).To(Succeed())
		w.pollNow()
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		w.expectNoWrites()
	})

	It("begins anew where the object is applied again", func(ctx SpecContext) {
		w := newSyncedEnv(ctx)
		Expect(w.user.DeleteModel(ctx, modelName)).To(Succeed())
		w.pollNow()
		waitForConditions(ctx, w.modelObject(modelName), unsyncedConditions("Stalled", "ReferenceNotFound", goneMessage(modelName))...)
		Expect(controlPlane.Client.Delete(ctx, w.modelObject(modelName))).To(Succeed())
		w.createObject(ctx, newDescribedModel())
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		Expect(w.mlflow.ModelNames()).To(Equal([]string{modelName}))
	})

	It("is left alone where somebody made a prompt of it", func(ctx SpecContext) {
		w := newSyncedEnv(ctx)
		Expect(w.user.SetModelTag(ctx, modelName, "mlflow.prompt.is_prompt", "true")).To(Succeed())
		w.pollNow()
		waitForConditions(ctx, w.modelObject(modelName), unsyncedConditions("Stalled", "NameConflict",
			"the name sentiment belongs to a prompt in MLflow: choose another modelName")...)
		Expect(w.user.DeleteModelTag(ctx, modelName, "mlflow.prompt.is_prompt")).To(Succeed())
		w.pollNow()
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		w.expectNoWrites()
	})

	It("is left alone where the account lost its rights", func(ctx SpecContext) {
		w := newSyncedEnv(ctx)
		w.mlflow.InjectFault(mlflowtest.CallsTo(listModelsEndpoint), mlflowtest.RespondWith(200, "application/json", "{}"))
		w.mlflow.InjectFault(mlflowtest.CallsTo(getModelEndpoint), mlflowtest.Forbidden())
		w.pollNow()
		waitForConditions(ctx, w.modelObject(modelName), unsyncedConditions("Stalled", "PermissionDenied", getModelEndpoint+": 403: permission denied")...)
		w.mlflow.ClearFaults()
		w.pollNow()
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		w.expectNoWrites()
	})
})

var _ = Describe("The creation of a model", func() {
	It("is tried by an account that is told of no other model", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		w.mlflow.InjectFault(mlflowtest.CallsTo(getModelEndpoint), mlflowtest.Forbidden().Times(1))
		w.createObject(ctx, newDescribedModel())
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(w.declaredTags()))
	})

	It("tells an account without rights that there is such a model", func(ctx SpecContext) {
		w := newEnv(ctx, mlflowtest.Options{Accounts: map[string]mlflowtest.Account{
			"admin": {Password: "admin", Admin: true}, "operator": {Password: "s3cret"},
		}})
		w.registerModel(ctx)
		w.createObject(ctx, newLoginSecret("s3cret"))
		w.createObject(ctx, w.newConnection().BasicAuth("login"))
		w.createObject(ctx, builder.RegisteredModel(modelName))
		waitForConditions(ctx, w.modelObject(modelName), unsyncedConditions("Stalled", "PermissionDenied",
			"model sentiment exists and the connection's account may not read it: grant it MANAGE on the model")...)
		Expect(w.mlflow.Model(modelName).Tags).To(BeEmpty())
	})

	It("happens once where its answer is lost", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		w.mlflow.InjectFault(mlflowtest.CallsTo(createModelEndpoint), mlflowtest.DropResponse().Times(1))
		w.createObject(ctx, newDescribedModel())
		m := waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		Expect(w.mlflow.CountCalls(createModelEndpoint)).To(Equal(1))
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(w.declaredTags()))
		Expect(m.Status.ManagedTags).To(Equal(managedKeys))
	})

	It("gives way to another hand that was faster", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		w.mlflow.InjectFault(mlflowtest.CallsTo(createModelEndpoint), mlflowtest.RunBefore(func(mlflowtest.Call) {
			defer GinkgoRecover()
			Expect(w.user.CreateModel(ctx, modelName, map[string]string{"stars": "5"})).To(Succeed())
		}).Times(1))
		w.createObject(ctx, newDescribedModel())
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		want := w.declaredTags()
		want["stars"] = "5"
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(want))
	})
})
