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
	getModel    = "registered-models/get"
	createModel = "registered-models/create"
	listModels  = "registered-models/search"
)

// kept is a world with a model that is as declared.
func kept(ctx SpecContext) *world {
	GinkgoHelper()
	w := connected(ctx)
	w.apply(ctx, described())
	shows(ctx, w.model(modelName), synced(modelName)...)
	w.mlflow.Reset()
	return w
}

var _ = Describe("A model that was managed and is no longer seen", func() {
	It("is not created again where it was deleted, until a person does", func(ctx SpecContext) {
		w := kept(ctx)
		Expect(w.user.DeleteModel(ctx, modelName)).To(Succeed())
		w.poll()
		m := shows(ctx, w.model(modelName), unsynced("Stalled", "NotFound", gone(modelName))...)
		Expect(m.Status.LatestVersion).To(BeEmpty())
		w.wroteNothing()

		By("creating another one under the name")
		Expect(w.user.CreateModel(ctx, modelName, nil)).To(Succeed())
		w.poll()
		shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(w.declared()))
		Expect(w.mlflow.Count(createModel)).To(BeZero())
		Eventually(func() []string { return w.told(ctx, "RegisteredModel", modelName) }).WithContext(ctx).Should(ContainElement(recreatedEvent))
	})

	It("is not created again where it was renamed, and is known by its name when it is back", func(ctx SpecContext) {
		w := kept(ctx)
		Expect(w.user.RenameModel(ctx, modelName, "mood")).To(Succeed())
		w.poll()
		shows(ctx, w.model(modelName), unsynced("Stalled", "NotFound", gone(modelName))...)
		Expect(w.user.RenameModel(ctx, "mood", modelName)).To(Succeed())
		w.poll()
		shows(ctx, w.model(modelName), synced(modelName)...)
		w.wroteNothing()
	})

	It("begins anew where the object is applied again", func(ctx SpecContext) {
		w := kept(ctx)
		Expect(w.user.DeleteModel(ctx, modelName)).To(Succeed())
		w.poll()
		shows(ctx, w.model(modelName), unsynced("Stalled", "NotFound", gone(modelName))...)
		Expect(plane.Client.Delete(ctx, w.model(modelName))).To(Succeed())
		w.apply(ctx, described())
		shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.mlflow.Models()).To(Equal([]string{modelName}))
	})

	It("is left alone where somebody made a prompt of it", func(ctx SpecContext) {
		w := kept(ctx)
		Expect(w.user.SetModelTag(ctx, modelName, "mlflow.prompt.is_prompt", "true")).To(Succeed())
		w.poll()
		shows(ctx, w.model(modelName), unsynced("Stalled", "NameIsPrompt",
			"the name sentiment belongs to a prompt in MLflow: choose another modelName")...)
		Expect(w.user.DeleteModelTag(ctx, modelName, "mlflow.prompt.is_prompt")).To(Succeed())
		w.poll()
		shows(ctx, w.model(modelName), synced(modelName)...)
		w.wroteNothing()
	})

	It("is left alone where the account lost its rights", func(ctx SpecContext) {
		w := kept(ctx)
		w.mlflow.Fail(mlflowtest.Endpoint(listModels), mlflowtest.Respond(200, "application/json", "{}"))
		w.mlflow.Fail(mlflowtest.Endpoint(getModel), mlflowtest.Forbidden())
		w.poll()
		shows(ctx, w.model(modelName), unsynced("Stalled", "PermissionDenied", getModel+": 403: permission denied")...)
		w.mlflow.Heal()
		w.poll()
		shows(ctx, w.model(modelName), synced(modelName)...)
		w.wroteNothing()
	})
})

var _ = Describe("The creation of a model", func() {
	It("is tried by an account that is told of no other model", func(ctx SpecContext) {
		w := connected(ctx)
		w.mlflow.Fail(mlflowtest.Endpoint(getModel), mlflowtest.Forbidden().Times(1))
		w.apply(ctx, described())
		shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(w.declared()))
	})

	It("tells an account without rights that there is such a model", func(ctx SpecContext) {
		w := newWorld(ctx, mlflowtest.Options{Accounts: map[string]mlflowtest.Account{
			"admin": {Password: "admin", Admin: true}, "operator": {Password: "s3cret"},
		}})
		w.registered(ctx)
		w.apply(ctx, login("s3cret"))
		w.apply(ctx, w.connection().Basic("login"))
		w.apply(ctx, builder.RegisteredModel(modelName))
		shows(ctx, w.model(modelName), unsynced("Stalled", "PermissionDenied",
			"model sentiment exists and the connection's account may not read it: grant it MANAGE on the model")...)
		Expect(w.mlflow.Model(modelName).Tags).To(BeEmpty())
	})

	It("happens once where its answer is lost", func(ctx SpecContext) {
		w := connected(ctx)
		w.mlflow.Fail(mlflowtest.Endpoint(createModel), mlflowtest.LoseAnswer().Times(1))
		w.apply(ctx, described())
		m := shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.mlflow.Count(createModel)).To(Equal(1))
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(w.declared()))
		Expect(m.Status.ManagedTags).To(Equal(managed))
	})

	It("gives way to another hand that was faster", func(ctx SpecContext) {
		w := connected(ctx)
		w.mlflow.Fail(mlflowtest.Endpoint(createModel), mlflowtest.Before(func(mlflowtest.Call) {
			defer GinkgoRecover()
			Expect(w.user.CreateModel(ctx, modelName, map[string]string{"stars": "5"})).To(Succeed())
		}).Times(1))
		w.apply(ctx, described())
		shows(ctx, w.model(modelName), synced(modelName)...)
		want := w.declared()
		want["stars"] = "5"
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(want))
	})
})
