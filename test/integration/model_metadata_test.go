// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// described is a model with all that can be declared of it.
func described() *builder.ModelBuilder {
	return builder.RegisteredModel(modelName).Description("News sentiment").Owner("nlp-team").
		UseCase("sentiment_analysis").DeploymentTarget("production").Tag("team", "nlp")
}

// declared are the tags of a model as described.
func (w *world) declared() map[string]string {
	return map[string]string{
		"owner": "nlp-team", "use_case": "sentiment_analysis", "deployment_target": "production", "team": "nlp",
		v1alpha1.ManagedByTag: w.mark(modelName),
	}
}

var managed = []string{"deployment_target", "owner", "team", "use_case"}

var _ = Describe("The metadata of a model", func() {
	It("is there from the first moment of a model that is created", func(ctx SpecContext) {
		w := connected(ctx)
		w.apply(ctx, described())
		m := shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(w.declared()))
		Expect(w.mlflow.Model(modelName).Description).To(Equal("News sentiment"))
		Expect(w.mlflow.Writes()).To(HaveLen(1))
		Expect(m.Status.ManagedTags).To(Equal(managed))
		w.tellsOfModel(ctx, modelName, "Normal Created: model sentiment created in MLflow")
	})

	It("is added to a model that exists, and what others wrote stays", func(ctx SpecContext) {
		w := connected(ctx)
		Expect(w.user.CreateModel(ctx, modelName, map[string]string{"stars": "5", "team": "vision"})).To(Succeed())
		Expect(w.user.DescribeModel(ctx, modelName, "By hand")).To(Succeed())
		w.apply(ctx, builder.RegisteredModel(modelName).Tag("team", "nlp"))
		shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(map[string]string{
			"stars": "5", "team": "nlp", v1alpha1.ManagedByTag: w.mark(modelName),
		}))
		Expect(w.mlflow.Model(modelName).Description).To(Equal("By hand"))
		w.tellsOfModel(ctx, modelName, `Normal Updated: model sentiment in MLflow changed: `+
			`tags/registry.mlflow-operator.io/managed-by from "" to "`+w.mark(modelName)+`", tags/team from "vision" to "nlp"`)
	})

	It("is put back where another hand changed it, and only there", func(ctx SpecContext) {
		w := connected(ctx)
		w.apply(ctx, described())
		shows(ctx, w.model(modelName), synced(modelName)...)
		w.mlflow.Reset()

		Expect(w.user.SetModelTag(ctx, modelName, "stars", "5")).To(Succeed())
		Expect(w.user.SetModelTag(ctx, modelName, "team", "vision")).To(Succeed())
		Expect(w.user.DescribeModel(ctx, modelName, "By hand")).To(Succeed())
		w.poll()
		w.tellsOfModel(ctx, modelName, "Normal Created: model sentiment created in MLflow",
			`Normal Updated: model sentiment in MLflow changed: tags/team from "vision" to "nlp", description from "By hand" to "News sentiment"`)
		want := w.declared()
		want["stars"] = "5"
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(want))
		Expect(w.mlflow.Writes()).To(HaveLen(2))
	})

	It("goes with its declaration, if the operator wrote it", func(ctx SpecContext) {
		w := connected(ctx)
		Expect(w.user.CreateModel(ctx, modelName, map[string]string{"stars": "5"})).To(Succeed())
		w.apply(ctx, described())
		shows(ctx, w.model(modelName), synced(modelName)...)

		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Spec.Tags, m.Spec.UseCase, m.Spec.DeploymentTarget, m.Spec.Description = nil, "", "", nil
		})
		m := shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(map[string]string{
			"stars": "5", "owner": "nlp-team", v1alpha1.ManagedByTag: w.mark(modelName),
		}))
		Expect(w.mlflow.Model(modelName).Description).To(Equal("News sentiment"))
		Expect(m.Status.ManagedTags).To(Equal([]string{"owner"}))
	})

	It("is only planned while the model is observed", func(ctx SpecContext) {
		w := connected(ctx)
		w.apply(ctx, described().Observe())
		m := shows(ctx, w.model(modelName), planned(1, "model")...)
		Expect(m.Status.Plan).To(Equal([]v1alpha1.PlannedChange{{Field: "model", Desired: modelName}}))

		By("creating it by hand")
		Expect(w.user.CreateModel(ctx, modelName, map[string]string{"team": "vision"})).To(Succeed())
		w.poll()
		m = shows(ctx, w.model(modelName), planned(6, "tags/"+v1alpha1.ManagedByTag)...)
		Expect(m.Status.Plan).To(ContainElements(
			v1alpha1.PlannedChange{Field: "tags/team", Live: "vision", Desired: "nlp"},
			v1alpha1.PlannedChange{Field: "description", Desired: "News sentiment"}))
		w.wroteNothing()

		By("having it enforced")
		edit(ctx, m, func(m *v1alpha1.RegisteredModel) { m.Spec.Management = v1alpha1.ManagementEnforce })
		m = shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(m.Status.Plan).To(BeEmpty())
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(w.declared()))
	})

	It("is left alone while the model is suspended", func(ctx SpecContext) {
		w := connected(ctx)
		w.apply(ctx, described().Suspend())
		shows(ctx, w.model(modelName), suspendedModel()...)
		w.wroteNothing()
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Suspend = nil })
		shows(ctx, w.model(modelName), synced(modelName)...)
	})
})
