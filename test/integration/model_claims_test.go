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

var _ = Describe("The older of two objects for one model", func() {
	It("keeps the younger one away while its own connection is broken", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		broken := e.newConnection().BasicAuth("login").Build()
		broken.Name = "broken"
		e.createObject(ctx, broken)
		e.createObject(ctx, builder.RegisteredModel("a").ModelName(modelName).Connection("broken"))
		waitForConditions(ctx, e.modelObject("a"), connectionNotReadyConditions("InvalidCredentials", "there is no Secret login: create it")...)
		e.createObject(ctx, builder.RegisteredModel("b").ModelName(modelName))
		waitForConditions(ctx, e.modelObject("b"), unsyncedConditions("Stalled", "Conflict", e.olderObjectMessage("a"))...)
		e.expectNoWrites()

		e.createObject(ctx, newLoginSecret("any"))
		waitForConditions(ctx, e.modelObject("a"), syncedConditions(modelName)...)
		Expect(e.mlflow.Model(modelName).Tags).To(Equal(map[string]string{v1alpha1.ManagedByTag: e.ownerTag("a")}))
	})

	It("gets the model from the younger one that had it first", func(ctx SpecContext) {
		e, elsewhere := newConnectedEnv(ctx), mlflowtest.Start(mlflowtest.Options{})
		DeferCleanup(elsewhere.Close)
		moving := e.newConnection().URL(elsewhere.URL).Build()
		moving.Name = "moving"
		e.createObject(ctx, moving)
		e.createObject(ctx, builder.RegisteredModel("a").ModelName(modelName).Connection("moving"))
		waitForConditions(ctx, e.modelObject("a"), syncedConditions(modelName)...)
		e.createObject(ctx, builder.RegisteredModel("b").ModelName(modelName))
		waitForConditions(ctx, e.modelObject("b"), syncedConditions(modelName)...)

		editObject(ctx, moving, func(c *v1alpha1.MLflowConnection) { c.Spec.URL = e.mlflow.URL })
		Eventually(func() map[string]string { return e.mlflow.Model(modelName).Tags }).WithContext(ctx).
			Should(Equal(map[string]string{v1alpha1.ManagedByTag: e.ownerTag("a")}))
		e.pollNow()
		waitForConditions(ctx, e.modelObject("b"), unsyncedConditions("Stalled", "Conflict", e.olderObjectMessage("a"))...)
		waitForConditions(ctx, e.modelObject("a"), syncedConditions(modelName)...)
		Expect(e.mlflow.Model(modelName).Tags).To(Equal(map[string]string{v1alpha1.ManagedByTag: e.ownerTag("a")}))
	})
})

var _ = Describe("The ledger of a model", func() {
	It("remembers what was written beside what was refused", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createObject(ctx, newDescribedModel())
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		e.mlflow.InjectFault(func(c mlflowtest.Call) bool { return c.Args.String("key") == "z-refused" }, mlflowtest.RespondWith(400, "application/json",
			`{"error_code": "INVALID_PARAMETER_VALUE", "message": "'value' exceeds the maximum length of 5000 characters"}`))
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Spec.Tags = map[string]v1alpha1.TagValue{"team": "nlp", "a-written": "yes", "z-refused": "long"}
		})
		waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "InvalidSpec", "registered-models/set-tag: 400 INVALID_PARAMETER_VALUE: "+
			"'value' exceeds the maximum length of 5000 characters")...)
		Expect(e.mlflow.Model(modelName).Tags).To(HaveKey("a-written"))

		By("reverting the commit, before anything was polled")
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Spec.Tags = map[string]v1alpha1.TagValue{"team": "nlp"}
		})
		m := waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.mlflow.Model(modelName).Tags).To(Equal(e.declaredTags()))
		Expect(m.Status.ManagedTags).To(Equal(managedKeys))
	})

	It("remembers what was written to a model before its adoption was complete", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		Expect(e.user.CreateModel(ctx, modelName, nil)).To(Succeed())
		e.pollNow()
		e.mlflow.InjectFault(func(c mlflowtest.Call) bool { return c.Args.String("key") == "z-late" }, mlflowtest.ServerError().Times(1))
		e.createObject(ctx, builder.RegisteredModel(modelName).Tag("a-written", "yes").Tag("z-late", "yes"))
		m := waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(m.Status.ManagedTags).To(Equal([]string{"a-written", "z-late"}))
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Tags = nil })
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.mlflow.Model(modelName).Tags).To(Equal(map[string]string{v1alpha1.ManagedByTag: e.ownerTag(modelName)}))
	})

	It("holds nothing of a model that another hand created first", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		faster := mlflowtest.RunBefore(func(mlflowtest.Call) {
			defer GinkgoRecover()
			Expect(e.user.CreateModel(ctx, modelName, map[string]string{"team": "vision"})).To(Succeed())
		})
		e.mlflow.InjectFault(mlflowtest.CallsTo(createModelEndpoint), faster.Times(1))
		e.createObject(ctx, builder.RegisteredModel(modelName).Tag("team", "vision"))
		m := waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(m.Status.ManagedTags).To(BeEmpty())

		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Tags = nil })
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.mlflow.Model(modelName).Tags).To(HaveKeyWithValue("team", "vision"))
	})
})

var _ = Describe("A model that may not be read", func() {
	DescribeTable("is not said to be missing",
		func(ctx SpecContext, b *builder.ModelBuilder) {
			e := newConnectedEnv(ctx)
			Expect(e.user.CreateModel(ctx, modelName, nil)).To(Succeed())
			e.mlflow.InjectFault(mlflowtest.CallsTo("registered-models/get"), mlflowtest.Forbidden())
			e.mlflow.InjectFault(mlflowtest.CallsTo("registered-models/search"), mlflowtest.RespondWith(200, "application/json", "{}"))
			e.pollNow()
			e.createObject(ctx, b)
			waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "PermissionDenied", "model sentiment does not exist in MLflow, "+
				"or the connection's account may not read it: grant it MANAGE on the model, or create it")...)
			e.expectNoWrites()
		},
		Entry("where it is only to be adopted", builder.RegisteredModel(modelName).AdoptionPolicy(v1alpha1.AdoptionPolicyAdoptOnly)),
		Entry("where it is only observed", builder.RegisteredModel(modelName).ObserveOnly()),
	)
})
