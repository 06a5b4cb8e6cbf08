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

var _ = Describe("A retention that deletes", func() {
	It("deletes what nothing keeps, archived or not, and an event names each", func(ctx SpecContext) {
		w := grown(ctx, 5)
		w.shifts(ctx, "1", "Archived")
		Expect(w.user.SetAlias(ctx, modelName, "champion", "3")).To(Succeed())
		w.apply(ctx, keeping(builder.Newest(1).Delete()))
		w.counts(ctx, "2/0")
		Expect(w.stages()).To(Equal("3 5"))
		Expect(w.deletedVersions()).To(Equal([]string{"1", "2", "4"}))
		Eventually(func() []string { return sortedCopy(w.told(ctx, "RegisteredModel", modelName)) }).WithContext(ctx).Should(
			Equal(sortedCopy([]string{w.adopted(), deletedVersion(1, "1"), deletedVersion(1, "2"), deletedVersion(1, "4")})))
	})

	It("asks once where the answer is lost, and looks before it asks again", func(ctx SpecContext) {
		w := grown(ctx, 3)
		w.mlflow.Fail(mlflowtest.Endpoint(deleteVersion), mlflowtest.LoseAnswer().Times(1))
		w.apply(ctx, keeping(builder.Newest(1).Delete()))
		w.counts(ctx, "1/0")
		Expect(w.deletedVersions()).To(Equal([]string{"1", "2"}))
		Eventually(func() []string { return w.told(ctx, "RegisteredModel", modelName) }).WithContext(ctx).Should(ContainElement(
			HavePrefix("Warning VersionDeleted: version 1 of model sentiment was to be deleted in MLflow, as retention says, and may be: ")))
	})

	It("keeps the version that a promotion names by its ModelVersion, though nobody looks after the promotion", func(ctx SpecContext) {
		w := connected(ctx)
		w.apply(ctx, keeping(builder.Newest(1).Delete()))
		w.apply(ctx, builder.ModelVersion(april).URI("s3://models/april"))
		v := shows(ctx, w.version(april), registeredVersion("1")...)
		w.apply(ctx, builder.Promotion(toProduction).FromModelVersion(april).Suspend())
		shows(ctx, w.promotion(toProduction), suspended()...)
		w.grows(ctx, 3)
		w.poll()
		w.counts(ctx, "2/0")
		Expect(w.stages()).To(Equal("1 4"))

		By("deleting the ModelVersion: then nothing tells which version the promotion wants")
		w.remove(ctx, v)
		w.counts(ctx, "1/0")
		Expect(w.deletedVersions()).To(Equal([]string{"2", "3", "1"}))
	})

	It("lets go of it when the promotion names another one", func(ctx SpecContext) {
		w := grown(ctx, 2)
		for name, number := range map[string]v1alpha1.Version{april: "1", "may": "2"} {
			w.apply(ctx, builder.ModelVersion(name).Adopts(number).Suspend())
		}
		w.apply(ctx, builder.Promotion(toProduction).FromModelVersion(april).Suspend())
		shows(ctx, w.promotion(toProduction), suspended()...)
		w.grows(ctx, 1)
		w.apply(ctx, keeping(builder.Newest(1).Delete()))
		w.counts(ctx, "2/0")
		Expect(w.stages()).To(Equal("1 3"))
		edit(ctx, w.promotion(toProduction), func(p *v1alpha1.ModelPromotion) { p.Spec.VersionFrom.ModelVersionRef.Name = "may" })
		w.counts(ctx, "1/0")
		Expect(w.stages()).To(Equal("3"))
	})

	It("is careful with a version that another hand deletes first", func(ctx SpecContext) {
		w := grown(ctx, 3)
		w.once(deleteVersion, func() { Expect(w.user.DeleteVersion(ctx, modelName, "1")).To(Succeed()) })
		w.apply(ctx, keeping(builder.Newest(1).Delete()))
		w.counts(ctx, "1/0")
		shows(ctx, w.model(modelName), synced(modelName)...)
		w.tellsOfModel(ctx, modelName, w.adopted(), deletedVersion(1, "2"))
	})
})

var _ = Describe("A retention that is only observed", func() {
	It("lists what it would do, and does it when it may", func(ctx SpecContext) {
		w := grown(ctx, 4)
		w.shifts(ctx, "2", "Staging")
		w.apply(ctx, keeping(builder.Newest(2)).Observe())
		m := shows(ctx, w.model(modelName), planned(3, "tags/"+v1alpha1.ManagedByTag)...)
		Expect(plannedVersions(m)).To(Equal([]string{"1 None Archived", "2 Staging Archived"}))
		w.counts(ctx, "4/0")

		By("looking again, at the same, without a list")
		w.mlflow.Reset()
		Expect(w.user.SetModelTag(ctx, modelName, "stars", "5")).To(Succeed())
		Expect(w.user.SetAlias(ctx, modelName, "canary", "4")).To(Succeed())
		w.poll()
		Expect(plannedVersions(shows(ctx, w.model(modelName), planned(3, "tags/"+v1alpha1.ManagedByTag)...))).To(HaveLen(2))

		By("deleting, which would delete them")
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Retention.Action = v1alpha1.RetentionDelete })
		Eventually(func() []string { return plannedVersions(w.read(ctx)) }).WithContext(ctx).Should(Equal([]string{"1 None", "2 Staging"}))
		w.wroteNothing()

		By("enforcing it")
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Management = v1alpha1.ManagementEnforce })
		w.counts(ctx, "2/0")
		m = shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(m.Status.Plan).To(BeEmpty())
		Expect(w.stages()).To(Equal("3 4"))
	})
})

var _ = Describe("A retention of a class", func() {
	It("counts for its models, which keep more and never less", func(ctx SpecContext) {
		w := grown(ctx, 6)
		w.declare(ctx, w.standard().Retention(builder.Newest(3).Delete().Tags("legal")))
		Expect(w.user.SetVersionTag(ctx, modelName, "1", "legal", "")).To(Succeed())
		Expect(w.user.SetVersionTag(ctx, modelName, "2", "mine", "")).To(Succeed())
		w.apply(ctx, w.classified().Retention(builder.Newest(1).Tags("mine")))
		w.counts(ctx, "6/1")
		shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.stages()).To(Equal("1 2 3:Archived 4 5 6"))

		By("saying nothing in the model: then the class deletes")
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Retention = nil })
		w.counts(ctx, "4/0")
		Expect(w.stages()).To(Equal("1 4 5 6"))

		By("editing the class, which reaches the model")
		edit(ctx, w.class(), func(c *v1alpha1.ModelClass) { c.Spec.Retention.KeepLatest = 1 })
		w.counts(ctx, "2/0")
		Expect(w.stages()).To(Equal("1 6"))

		By("taking it out of the class")
		edit(ctx, w.class(), func(c *v1alpha1.ModelClass) { c.Spec.Retention = nil })
		Eventually(func() any { return w.read(ctx).Status.Versions }).WithContext(ctx).Should(BeNil())
	})
})
