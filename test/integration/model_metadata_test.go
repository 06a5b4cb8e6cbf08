// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var managedKeys = []string{"deployment_target", "owner", "team", "use_case"}

var _ = Describe("The metadata of a model", func() {
	It("is there from the first moment of a model that is created", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createObject(ctx, newDescribedModel())
		m := waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.mlflow.Model(modelName).Tags).To(Equal(e.declaredTags()))
		Expect(e.mlflow.Model(modelName).Description).To(Equal("News sentiment"))
		Expect(e.mlflow.Writes()).To(HaveLen(1))
		Expect(m.Status.ManagedTags).To(Equal(managedKeys))
		e.waitForModelEvents(ctx, modelName, "Normal Created: model sentiment created in MLflow")
	})

	It("is added to a model that exists, and what others wrote stays", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		Expect(e.user.CreateModel(ctx, modelName, map[string]string{"stars": "5", "team": "vision"})).To(Succeed())
		Expect(e.user.SetModelDescription(ctx, modelName, "By hand")).To(Succeed())
		e.createObject(ctx, builder.RegisteredModel(modelName).Tag("team", "nlp"))
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.mlflow.Model(modelName).Tags).To(Equal(map[string]string{
			"stars": "5", "team": "nlp", v1alpha1.ManagedByTag: e.ownerTag(modelName),
		}))
		Expect(e.mlflow.Model(modelName).Description).To(Equal("By hand"))
		e.waitForModelEvents(ctx, modelName, `Normal Updated: model sentiment in MLflow changed: `+
			`tags/registry.mlflow-operator.io/managed-by from "" to "`+e.ownerTag(modelName)+`", tags/team from "vision" to "nlp"`)
	})

	It("is put back where another hand changed it, and only there", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createObject(ctx, newDescribedModel())
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		e.mlflow.ResetCalls()

		Expect(e.user.SetModelTag(ctx, modelName, "stars", "5")).To(Succeed())
		Expect(e.user.SetModelTag(ctx, modelName, "team", "vision")).To(Succeed())
		Expect(e.user.SetModelDescription(ctx, modelName, "By hand")).To(Succeed())
		e.pollNow()
		e.waitForModelEvents(ctx, modelName, "Normal Created: model sentiment created in MLflow",
			`Normal Updated: model sentiment in MLflow changed: tags/team from "vision" to "nlp", description from "By hand" to "News sentiment"`)
		want := e.declaredTags()
		want["stars"] = "5"
		Expect(e.mlflow.Model(modelName).Tags).To(Equal(want))
		Expect(e.mlflow.Writes()).To(HaveLen(2))
	})

	It("goes with its declaration, if the operator wrote it", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		Expect(e.user.CreateModel(ctx, modelName, map[string]string{"stars": "5"})).To(Succeed())
		e.createObject(ctx, newDescribedModel())
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)

		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Spec.Tags, m.Spec.UseCase, m.Spec.DeploymentTarget, m.Spec.Description = nil, "", "", nil
		})
		m := waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.mlflow.Model(modelName).Tags).To(Equal(map[string]string{
			"stars": "5", "owner": "nlp-team", v1alpha1.ManagedByTag: e.ownerTag(modelName),
		}))
		Expect(e.mlflow.Model(modelName).Description).To(Equal("News sentiment"))
		Expect(m.Status.ManagedTags).To(Equal([]string{"owner"}))
	})

	It("is only planned while the model is observed", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createObject(ctx, newDescribedModel().ObserveOnly())
		m := waitForConditions(ctx, e.modelObject(modelName), plannedConditions(1, "model")...)
		Expect(m.Status.Plan).To(Equal([]v1alpha1.PlannedChange{{Field: "model", Desired: modelName}}))

		By("creating it by hand")
		Expect(e.user.CreateModel(ctx, modelName, map[string]string{"team": "vision"})).To(Succeed())
		e.pollNow()
		m = waitForConditions(ctx, e.modelObject(modelName), plannedConditions(6, "tags/"+v1alpha1.ManagedByTag)...)
		Expect(m.Status.Plan).To(ContainElements(
			v1alpha1.PlannedChange{Field: "tags/team", Current: "vision", Desired: "nlp"},
			v1alpha1.PlannedChange{Field: "description", Desired: "News sentiment"}))
		e.expectNoWrites()

		By("having it enforced")
		editObject(ctx, m, func(m *v1alpha1.RegisteredModel) { m.Spec.ManagementPolicy = v1alpha1.ManagementPolicyEnforce })
		m = waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(m.Status.Plan).To(BeEmpty())
		Expect(e.mlflow.Model(modelName).Tags).To(Equal(e.declaredTags()))
	})

	It("is left alone while the model is suspended", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createObject(ctx, newDescribedModel().Suspend())
		waitForConditions(ctx, e.modelObject(modelName), suspendedModelConditions()...)
		e.expectNoWrites()
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Suspend = nil })
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
	})
})
