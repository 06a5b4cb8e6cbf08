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

// olderIs is the sentence about an object that has to give way to a.
func (w *world) olderIs(name string) string {
	return "RegisteredModel " + w.namespace + "/" + name + " is older and declares model sentiment on the same server: delete one of the two"
}

var _ = Describe("The older of two objects for one model", func() {
	It("keeps the younger one away while its own connection is broken", func(ctx SpecContext) {
		w := connected(ctx)
		broken := w.connection().Basic("login").Build()
		broken.Name = "broken"
		w.apply(ctx, broken)
		w.apply(ctx, builder.RegisteredModel("a").ModelName(modelName).Connection("broken"))
		shows(ctx, w.model("a"), repeated("SecretNotFound", "there is no Secret login: create it")...)
		w.apply(ctx, builder.RegisteredModel("b").ModelName(modelName))
		shows(ctx, w.model("b"), unsynced("Stalled", "Conflict", w.olderIs("a"))...)
		w.wroteNothing()

		w.apply(ctx, login("any"))
		shows(ctx, w.model("a"), synced(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(map[string]string{v1alpha1.ManagedByTag: w.mark("a")}))
	})

	It("gets the model from the younger one that had it first", func(ctx SpecContext) {
		w, elsewhere := connected(ctx), mlflowtest.Start(mlflowtest.Options{})
		DeferCleanup(elsewhere.Close)
		moving := w.connection().URL(elsewhere.URL).Build()
		moving.Name = "moving"
		w.apply(ctx, moving)
		w.apply(ctx, builder.RegisteredModel("a").ModelName(modelName).Connection("moving"))
		shows(ctx, w.model("a"), synced(modelName)...)
		w.apply(ctx, builder.RegisteredModel("b").ModelName(modelName))
		shows(ctx, w.model("b"), synced(modelName)...)

		edit(ctx, moving, func(c *v1alpha1.MLflowConnection) { c.Spec.URL = w.mlflow.URL })
		Eventually(func() map[string]string { return w.mlflow.Model(modelName).Tags }).WithContext(ctx).
			Should(Equal(map[string]string{v1alpha1.ManagedByTag: w.mark("a")}))
		w.poll()
		shows(ctx, w.model("b"), unsynced("Stalled", "Conflict", w.olderIs("a"))...)
		shows(ctx, w.model("a"), synced(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(map[string]string{v1alpha1.ManagedByTag: w.mark("a")}))
	})
})

var _ = Describe("The ledger of a model", func() {
	It("remembers what was written beside what was refused", func(ctx SpecContext) {
		w := connected(ctx)
		w.apply(ctx, described())
		shows(ctx, w.model(modelName), synced(modelName)...)
		w.mlflow.Fail(func(c mlflowtest.Call) bool { return c.Args.Text("key") == "z-refused" }, mlflowtest.Respond(400, "application/json",
			`{"error_code": "INVALID_PARAMETER_VALUE", "message": "'value' exceeds the maximum length of 5000 characters"}`))
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Spec.Tags = map[string]v1alpha1.TagValue{"team": "nlp", "a-written": "yes", "z-refused": "long"}
		})
		shows(ctx, w.model(modelName), unsynced("Stalled", "RequestRefused", "registered-models/set-tag: 400 INVALID_PARAMETER_VALUE: "+
			"'value' exceeds the maximum length of 5000 characters")...)
		Expect(w.mlflow.Model(modelName).Tags).To(HaveKey("a-written"))

		By("reverting the commit, before anything was polled")
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Spec.Tags = map[string]v1alpha1.TagValue{"team": "nlp"}
		})
		m := shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(w.declared()))
		Expect(m.Status.ManagedTags).To(Equal(managed))
	})

	It("remembers what was written to a model before its adoption was complete", func(ctx SpecContext) {
		w := connected(ctx)
		Expect(w.user.CreateModel(ctx, modelName, nil)).To(Succeed())
		w.poll()
		w.mlflow.Fail(func(c mlflowtest.Call) bool { return c.Args.Text("key") == "z-late" }, mlflowtest.ServerError().Times(1))
		w.apply(ctx, builder.RegisteredModel(modelName).Tag("a-written", "yes").Tag("z-late", "yes"))
		m := shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(m.Status.ManagedTags).To(Equal([]string{"a-written", "z-late"}))
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Tags = nil })
		shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(map[string]string{v1alpha1.ManagedByTag: w.mark(modelName)}))
	})

	It("holds nothing of a model that another hand created first", func(ctx SpecContext) {
		w := connected(ctx)
		faster := mlflowtest.Before(func(mlflowtest.Call) {
			defer GinkgoRecover()
			Expect(w.user.CreateModel(ctx, modelName, map[string]string{"team": "vision"})).To(Succeed())
		})
		w.mlflow.Fail(mlflowtest.Endpoint(createModel), faster.Times(1))
		w.apply(ctx, builder.RegisteredModel(modelName).Tag("team", "vision"))
		m := shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(m.Status.ManagedTags).To(BeEmpty())

		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Tags = nil })
		shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(HaveKeyWithValue("team", "vision"))
	})
})

var _ = Describe("A model that may not be read", func() {
	DescribeTable("is not said to be missing",
		func(ctx SpecContext, b *builder.ModelBuilder) {
			w := connected(ctx)
			Expect(w.user.CreateModel(ctx, modelName, nil)).To(Succeed())
			w.mlflow.Fail(mlflowtest.Endpoint("registered-models/get"), mlflowtest.Forbidden())
			w.mlflow.Fail(mlflowtest.Endpoint("registered-models/search"), mlflowtest.Respond(200, "application/json", "{}"))
			w.poll()
			w.apply(ctx, b)
			shows(ctx, w.model(modelName), unsynced("Stalled", "PermissionDenied", "model sentiment does not exist in MLflow, "+
				"or the connection's account may not read it: grant it MANAGE on the model, or create it")...)
			w.wroteNothing()
		},
		Entry("where it is only to be adopted", builder.RegisteredModel(modelName).Adoption(v1alpha1.AdoptionAdoptOnly)),
		Entry("where it is only observed", builder.RegisteredModel(modelName).Observe()),
	)
})
