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

var _ = Describe("The older of two objects for one model", func() {
	It("blocks the younger one while its own connection fails", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		broken := e.NewConnection().BasicAuth("login").Build()
		broken.Name = "broken"
		e.CreateObject(ctx, broken)
		e.CreateObject(ctx, builder.RegisteredModel("a").ModelName(env.ModelName).Connection("broken"))
		env.WaitForConditions(ctx, e.ModelObject("a"), env.ConnectionNotReadyConditions("InvalidCredentials", env.MissingSecretMessage)...)
		e.CreateObject(ctx, builder.RegisteredModel("b").ModelName(env.ModelName))
		env.WaitForConditions(ctx, e.ModelObject("b"), env.UnsyncedConditions("Stalled", "Conflict", e.OlderObjectMessage("a"))...)
		e.ExpectNoWrites()

		e.CreateObject(ctx, env.NewLoginSecret("any"))
		env.WaitForConditions(ctx, e.ModelObject("a"), env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(Equal(map[string]string{v1alpha1.ManagedByTag: e.OwnerTag("a")}))
	})

	It("takes the model over from the younger one that had it first", func(ctx SpecContext) {
		e, elsewhere := env.NewConnected(ctx), mlflowtest.Start(mlflowtest.Options{})
		DeferCleanup(elsewhere.Close)
		moving := e.NewConnection().URL(elsewhere.URL).Build()
		moving.Name = "moving"
		e.CreateObject(ctx, moving)
		e.CreateObject(ctx, builder.RegisteredModel("a").ModelName(env.ModelName).Connection("moving"))
		env.WaitForConditions(ctx, e.ModelObject("a"), env.SyncedConditions(env.ModelName)...)
		e.CreateObject(ctx, builder.RegisteredModel("b").ModelName(env.ModelName))
		env.WaitForConditions(ctx, e.ModelObject("b"), env.SyncedConditions(env.ModelName)...)

		env.EditObject(ctx, moving, func(c *v1alpha1.MLflowConnection) { c.Spec.URL = e.MLflow.URL })
		Eventually(func() map[string]string { return e.MLflow.Model(env.ModelName).Tags }).WithContext(ctx).
			Should(Equal(map[string]string{v1alpha1.ManagedByTag: e.OwnerTag("a")}))
		e.PollNow()
		env.WaitForConditions(ctx, e.ModelObject("b"), env.UnsyncedConditions("Stalled", "Conflict", e.OlderObjectMessage("a"))...)
		env.WaitForConditions(ctx, e.ModelObject("a"), env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(Equal(map[string]string{v1alpha1.ManagedByTag: e.OwnerTag("a")}))
	})
})

var _ = Describe("The managed keys of a model", func() {
	It("contain what was written if another write is rejected", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateObject(ctx, env.NewDescribedModel())
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.MLflow.InjectFault(func(c mlflowtest.Call) bool { return c.Args.String("key") == "z-refused" },
			mlflowtest.RespondWith(400, "application/json",
				`{"error_code": "INVALID_PARAMETER_VALUE", "message": "'value' exceeds the maximum length of 5000 characters"}`))
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) {
			m.Spec.Tags = map[string]v1alpha1.TagValue{"team": "nlp", "a-written": "yes", "z-refused": "long"}
		})
		e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "InvalidSpec", "registered-models/set-tag: 400 INVALID_PARAMETER_VALUE: "+
			"'value' exceeds the maximum length of 5000 characters")...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(HaveKey("a-written"))

		By("reverting the commit before a poll")
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) {
			m.Spec.Tags = map[string]v1alpha1.TagValue{"team": "nlp"}
		})
		m := e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(Equal(e.DeclaredTags()))
		Expect(m.Status.ManagedTags).To(Equal(managedKeys))
	})

	It("contain what was written before the adoption was complete", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		Expect(e.User.CreateModel(ctx, env.ModelName, nil)).To(Succeed())
		e.PollNow()
		e.MLflow.InjectFault(func(c mlflowtest.Call) bool { return c.Args.String("key") == "z-late" }, mlflowtest.ServerError().Times(1))
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName).Tag("a-written", "yes").Tag("z-late", "yes"))
		m := e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(m.Status.ManagedTags).To(Equal([]string{"a-written", "z-late"}))
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.Tags = nil })
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(Equal(map[string]string{v1alpha1.ManagedByTag: e.OwnerTag(env.ModelName)}))
	})

	It("are empty for a model that a user created first", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		faster := mlflowtest.RunBefore(func(mlflowtest.Call) {
			defer GinkgoRecover()
			Expect(e.User.CreateModel(ctx, env.ModelName, map[string]string{"team": "vision"})).To(Succeed())
		})
		e.MLflow.InjectFault(mlflowtest.CallsTo(env.CreateModelEndpoint), faster.Times(1))
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName).Tag("team", "vision"))
		m := e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(m.Status.ManagedTags).To(BeEmpty())

		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.Tags = nil })
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(HaveKeyWithValue("team", "vision"))
	})
})

var _ = Describe("A model that may not be read", func() {
	DescribeTable("is not reported as missing",
		func(ctx SpecContext, b *builder.ModelBuilder) {
			e := env.NewConnected(ctx)
			Expect(e.User.CreateModel(ctx, env.ModelName, nil)).To(Succeed())
			e.MLflow.InjectFault(mlflowtest.CallsTo("registered-models/get"), mlflowtest.Forbidden())
			e.MLflow.InjectFault(mlflowtest.CallsTo("registered-models/search"), mlflowtest.RespondWith(200, "application/json", "{}"))
			e.PollNow()
			e.CreateObject(ctx, b)
			e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "PermissionDenied", "model sentiment does not exist in MLflow, "+
				"or the connection's account may not read it: grant it MANAGE on the model, or create it")...)
			e.ExpectNoWrites()
		},
		Entry("if adoptionPolicy is AdoptOnly", builder.RegisteredModel(env.ModelName).AdoptionPolicy(v1alpha1.AdoptionPolicyAdoptOnly)),
		Entry("if managementPolicy is Observe", builder.RegisteredModel(env.ModelName).ObserveOnly()),
	)
})
