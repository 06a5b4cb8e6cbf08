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
		w := newRetentionEnv(ctx, 5)
		w.moveToStage(ctx, "1", "Archived")
		Expect(w.user.SetAlias(ctx, modelName, "champion", "3")).To(Succeed())
		w.createObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		w.waitForVersionCounts(ctx, "2/0")
		Expect(w.listVersionStages()).To(Equal("3 5"))
		Expect(w.listDeletedVersions()).To(Equal([]string{"1", "2", "4"}))
		Eventually(func() []string { return sortedCopy(w.listEvents(ctx, "RegisteredModel", modelName)) }).WithContext(ctx).Should(
			Equal(sortedCopy([]string{w.adoptedEvent(), deletedEventNote(1, "1"), deletedEventNote(1, "2"), deletedEventNote(1, "4")})))
	})

	It("asks once where the answer is lost, and looks before it asks again", func(ctx SpecContext) {
		w := newRetentionEnv(ctx, 3)
		w.mlflow.InjectFault(mlflowtest.CallsTo(deleteVersionEndpoint), mlflowtest.DropResponse().Times(1))
		w.createObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		w.waitForVersionCounts(ctx, "1/0")
		Expect(w.listDeletedVersions()).To(Equal([]string{"1", "2"}))
		Eventually(func() []string { return w.listEvents(ctx, "RegisteredModel", modelName) }).WithContext(ctx).Should(ContainElement(
			HavePrefix("Warning VersionDeleted: version 1 of model sentiment was to be deleted in MLflow, as retention says, and may be: ")))
	})

	It("keeps the version that a promotion names by its ModelVersion, though nobody looks after the promotion", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		w.createObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		w.createObject(ctx, builder.ModelVersion(april).URI("s3://models/april"))
		v := waitForConditions(ctx, w.versionObject(april), registeredConditions("1")...)
		w.createObject(ctx, builder.Promotion(toProduction).FromModelVersion(april).Suspend())
		waitForConditions(ctx, w.promotionObject(toProduction), suspendedConditions()...)
		w.registerVersions(ctx, 3)
		w.pollNow()
		w.waitForVersionCounts(ctx, "2/0")
		Expect(w.listVersionStages()).To(Equal("1 4"))

		By("deleting the ModelVersion: then nothing tells which version the promotion wants")
		w.deleteObject(ctx, v)
		w.waitForVersionCounts(ctx, "1/0")
		Expect(w.listDeletedVersions()).To(Equal([]string{"2", "3", "1"}))
	})

	It("lets go of it when the promotion names another one", func(ctx SpecContext) {
		w := newRetentionEnv(ctx, 2)
		for name, number := range map[string]v1alpha1.Version{april: "1", "may": "2"} {
			w.createObject(ctx, builder.ModelVersion(name).AdoptVersion(number).Suspend())
		}
		w.createObject(ctx, builder.Promotion(toProduction).FromModelVersion(april).Suspend())
		waitForConditions(ctx, w.promotionObject(toProduction), suspendedConditions()...)
		w.registerVersions(ctx, 1)
		w.createObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		w.waitForVersionCounts(ctx, "2/0")
		Expect(w.listVersionStages()).To(Equal("1 3"))
		editObject(ctx, w.promotionObject(toProduction), func(p *v1alpha1.ModelPromotion) { p.Spec.VersionFrom.ModelVersionRef.Name = "may" })
		w.waitForVersionCounts(ctx, "1/0")
		Expect(w.listVersionStages()).To(Equal("3"))
	})

	It("is careful with a version that another hand deletes first", func(ctx SpecContext) {
		w := newRetentionEnv(ctx, 3)
		w.runOnceBefore(deleteVersionEndpoint, func() { Expect(w.user.DeleteVersion(ctx, modelName, "1")).To(Succeed()) })
		w.createObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		w.waitForVersionCounts(ctx, "1/0")
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		w.waitForModelEvents(ctx, modelName, w.adoptedEvent(), deletedEventNote(1, "2"))
	})
})

var _ = Describe("A retention that is only observed", func() {
	It("lists what it would do, and does it when it may", func(ctx SpecContext) {
		w := newRetentionEnv(ctx, 4)
		w.moveToStage(ctx, "2", "Staging")
		w.createObject(ctx, newRetentionModel(builder.KeepLatest(2)).ObserveOnly())
		m := waitForConditions(ctx, w.modelObject(modelName), plannedConditions(3, "tags/"+v1alpha1.ManagedByTag)...)
		Expect(listPlannedVersions(m)).To(Equal([]string{"1 None Archived", "2 Staging Archived"}))
		w.waitForVersionCounts(ctx, "4/0")

		By("looking again, at the same, without a list")
		w.mlflow.ResetCalls()
		Expect(w.user.SetModelTag(ctx, modelName, "stars", "5")).To(Succeed())
		Expect(w.user.SetAlias(ctx, modelName, "canary", "4")).To(Succeed())
		w.pollNow()
		Expect(listPlannedVersions(waitForConditions(ctx, w.modelObject(modelName), plannedConditions(3, "tags/"+v1alpha1.ManagedByTag)...))).To(HaveLen(2))

		By("deleting, which would delete them")
		editObject(ctx, w.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Retention.Action = v1alpha1.RetentionDelete })
		Eventually(func() []string { return listPlannedVersions(w.getModel(ctx)) }).WithContext(ctx).Should(Equal([]string{"1 None", "2 Staging"}))
		w.expectNoWrites()

		By("enforcing it")
		editObject(ctx, w.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.ManagementPolicy = v1alpha1.ManagementPolicyEnforce })
		w.waitForVersionCounts(ctx, "2/0")
		m = waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		Expect(m.Status.Plan).To(BeEmpty())
		Expect(w.listVersionStages()).To(Equal("3 4"))
	})
})

var _ = Describe("A retention of a class", func() {
	It("counts for its models, which keep more and never less", func(ctx SpecContext) {
		w := newRetentionEnv(ctx, 6)
		w.createClass(ctx, w.newClass().Retention(builder.KeepLatest(3).DeleteOthers().KeepTagged("legal")))
		Expect(w.user.SetVersionTag(ctx, modelName, "1", "legal", "")).To(Succeed())
		Expect(w.user.SetVersionTag(ctx, modelName, "2", "mine", "")).To(Succeed())
		w.createObject(ctx, w.newClassifiedModel().Retention(builder.KeepLatest(1).KeepTagged("mine")))
		w.waitForVersionCounts(ctx, "6/1")
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		Expect(w.listVersionStages()).To(Equal("1 2 3:Archived 4 5 6"))

		By("saying nothing in the model: then the class deletes")
		editObject(ctx, w.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Retention = nil })
		w.waitForVersionCounts(ctx, "4/0")
		Expect(w.listVersionStages()).To(Equal("1 4 5 6"))

		By("editing the class, which reaches the model")
		editObject(ctx, w.classObject(), func(c *v1alpha1.ModelClass) { c.Spec.Retention.KeepLatest = 1 })
		w.waitForVersionCounts(ctx, "2/0")
		Expect(w.listVersionStages()).To(Equal("1 6"))

		By("taking it out of the class")
		editObject(ctx, w.classObject(), func(c *v1alpha1.ModelClass) { c.Spec.Retention = nil })
		Eventually(func() any { return w.getModel(ctx).Status.Versions }).WithContext(ctx).Should(BeNil())
	})
})
