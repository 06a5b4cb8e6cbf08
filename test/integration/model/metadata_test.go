// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package model

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var managedKeys = []string{"deployment_target", "owner", "team", "use_case"}

var _ = Describe("The metadata of a model", func() {
	It("is part of the request that creates the model", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateObject(ctx, env.NewDescribedModel())
		m := e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(Equal(e.DeclaredTags()))
		Expect(e.MLflow.Model(env.ModelName).Description).To(Equal("News sentiment"))
		Expect(e.MLflow.Writes()).To(HaveLen(1))
		Expect(m.Status.ManagedTags).To(Equal(managedKeys))
		e.WaitForModelEvents(ctx, env.ModelName, env.ModelCreatedEvent)
	})

	It("is added to an existing model without a change of other tags", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		Expect(e.User.CreateModel(ctx, env.ModelName, map[string]string{"stars": "5", "team": "vision"})).To(Succeed())
		Expect(e.User.SetModelDescription(ctx, env.ModelName, "By hand")).To(Succeed())
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName).Tag("team", "nlp"))
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(Equal(map[string]string{
			"stars": "5", "team": "nlp", v1alpha1.ManagedByTag: e.OwnerTag(env.ModelName),
		}))
		Expect(e.MLflow.Model(env.ModelName).Description).To(Equal("By hand"))
		e.WaitForModelEvents(ctx, env.ModelName, `Normal Updated: model sentiment in MLflow changed: `+
			`tags/registry.mlflow-operator.io/managed-by from "" to "`+e.OwnerTag(env.ModelName)+`", tags/team from "vision" to "nlp"`)
	})

	It("is restored after external changes, without other writes", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateObject(ctx, env.NewDescribedModel())
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.MLflow.ResetCalls()

		Expect(e.User.SetModelTag(ctx, env.ModelName, "stars", "5")).To(Succeed())
		Expect(e.User.SetModelTag(ctx, env.ModelName, "team", "vision")).To(Succeed())
		Expect(e.User.SetModelDescription(ctx, env.ModelName, "By hand")).To(Succeed())
		e.PollNow()
		e.WaitForModelEvents(ctx, env.ModelName, env.ModelCreatedEvent,
			`Normal Updated: model sentiment in MLflow changed: tags/team from "vision" to "nlp", description from "By hand" to "News sentiment"`)
		want := e.DeclaredTags()
		want["stars"] = "5"
		Expect(e.MLflow.Model(env.ModelName).Tags).To(Equal(want))
		Expect(e.MLflow.Writes()).To(HaveLen(2))
	})

	It("is deleted with its declaration, if the operator wrote it", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		Expect(e.User.CreateModel(ctx, env.ModelName, map[string]string{"stars": "5"})).To(Succeed())
		e.CreateObject(ctx, env.NewDescribedModel())
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)

		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) {
			m.Spec.Tags, m.Spec.UseCase, m.Spec.DeploymentTarget, m.Spec.Description = nil, "", "", nil
		})
		m := e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(Equal(map[string]string{
			"stars": "5", "owner": "nlp-team", v1alpha1.ManagedByTag: e.OwnerTag(env.ModelName),
		}))
		Expect(e.MLflow.Model(env.ModelName).Description).To(Equal("News sentiment"))
		Expect(m.Status.ManagedTags).To(Equal([]string{"owner"}))
	})

	It("is only planned while managementPolicy is Observe", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateObject(ctx, env.NewDescribedModel().ObserveOnly())
		m := e.WaitForModel(ctx, env.PlannedConditions(1, "model")...)
		Expect(m.Status.Plan).To(Equal([]v1alpha1.PlannedChange{{Field: "model", Desired: env.ModelName}}))

		By("creating it as a user")
		Expect(e.User.CreateModel(ctx, env.ModelName, map[string]string{"team": "vision"})).To(Succeed())
		e.PollNow()
		m = e.WaitForModel(ctx, env.PlannedConditions(6, "tags/"+v1alpha1.ManagedByTag)...)
		Expect(m.Status.Plan).To(ContainElements(
			v1alpha1.PlannedChange{Field: "tags/team", Current: "vision", Desired: "nlp"},
			v1alpha1.PlannedChange{Field: "description", Desired: "News sentiment"}))
		e.ExpectNoWrites()

		By("enforcing it")
		env.EditObject(ctx, m, func(m *v1alpha1.RegisteredModel) { m.Spec.ManagementPolicy = v1alpha1.ManagementPolicyEnforce })
		m = e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(m.Status.Plan).To(BeEmpty())
		Expect(e.MLflow.Model(env.ModelName).Tags).To(Equal(e.DeclaredTags()))
	})

	It("is not written while the model is suspended", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateObject(ctx, env.NewDescribedModel().Suspend())
		e.WaitForModel(ctx, env.SuspendedModelConditions()...)
		e.ExpectNoWrites()
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.Suspend = nil })
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
	})
})
