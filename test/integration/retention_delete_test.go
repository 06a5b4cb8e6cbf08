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
		e := newRetentionEnv(ctx, 5)
		e.setLegacyStage(ctx, "1", "Archived")
		Expect(e.user.SetAlias(ctx, modelName, "champion", "3")).To(Succeed())
		e.createObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		e.waitForVersionCounts(ctx, "2/0")
		Expect(e.listVersionStages()).To(Equal("3 5"))
		Expect(e.listDeletedVersions()).To(Equal([]string{"1", "2", "4"}))
		Eventually(func() []string { return sortedCopy(e.listEvents(ctx, "RegisteredModel", modelName)) }).WithContext(ctx).Should(
			Equal(sortedCopy([]string{e.adoptedEvent(), deletedEventNote(1, "1"), deletedEventNote(1, "2"), deletedEventNote(1, "4")})))
	})

	It("asks once where the answer is lost, and looks before it asks again", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 3)
		e.mlflow.InjectFault(mlflowtest.CallsTo(deleteVersionEndpoint), mlflowtest.DropResponse().Times(1))
		e.createObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		e.waitForVersionCounts(ctx, "1/0")
		Expect(e.listDeletedVersions()).To(Equal([]string{"1", "2"}))
		Eventually(func() []string { return e.listEvents(ctx, "RegisteredModel", modelName) }).WithContext(ctx).Should(ContainElement(
			HavePrefix("Warning VersionDeleted: version 1 of model sentiment was to be deleted in MLflow, as retention says, and may be: ")))
	})

	It("keeps the version that a promotion names by its ModelVersion, though nobody looks after the promotion", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		e.createObject(ctx, builder.ModelVersion(april).URI("s3://models/april"))
		v := waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		e.createObject(ctx, builder.Promotion(toProduction).FromModelVersion(april).Suspend())
		waitForConditions(ctx, e.promotionObject(toProduction), suspendedConditions()...)
		e.registerVersions(ctx, 3)
		e.pollNow()
		e.waitForVersionCounts(ctx, "2/0")
		Expect(e.listVersionStages()).To(Equal("1 4"))

		By("deleting the ModelVersion: then nothing tells which version the promotion wants")
		e.deleteObject(ctx, v)
		e.waitForVersionCounts(ctx, "1/0")
		Expect(e.listDeletedVersions()).To(Equal([]string{"2", "3", "1"}))
	})

	It("lets go of it when the promotion names another one", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 2)
		for name, number := range map[string]v1alpha1.Version{april: "1", "may": "2"} {
			e.createObject(ctx, builder.ModelVersion(name).AdoptVersion(number).Suspend())
		}
		e.createObject(ctx, builder.Promotion(toProduction).FromModelVersion(april).Suspend())
		waitForConditions(ctx, e.promotionObject(toProduction), suspendedConditions()...)
		e.registerVersions(ctx, 1)
		e.createObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		e.waitForVersionCounts(ctx, "2/0")
		Expect(e.listVersionStages()).To(Equal("1 3"))
		editObject(ctx, e.promotionObject(toProduction), func(p *v1alpha1.ModelPromotion) { p.Spec.VersionFrom.ModelVersionRef.Name = "may" })
		e.waitForVersionCounts(ctx, "1/0")
		Expect(e.listVersionStages()).To(Equal("3"))
	})

	It("is careful with a version that another hand deletes first", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 3)
		e.runOnceBefore(deleteVersionEndpoint, func() { Expect(e.user.DeleteVersion(ctx, modelName, "1")).To(Succeed()) })
		e.createObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		e.waitForVersionCounts(ctx, "1/0")
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		e.waitForModelEvents(ctx, modelName, e.adoptedEvent(), deletedEventNote(1, "2"))
	})
})

var _ = Describe("A retention that is only observed", func() {
	It("lists what it would do, and does it when it may", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 4)
		e.setLegacyStage(ctx, "2", "Staging")
		e.createObject(ctx, newRetentionModel(builder.KeepLatest(2)).ObserveOnly())
		m := waitForConditions(ctx, e.modelObject(modelName), plannedConditions(3, "tags/"+v1alpha1.ManagedByTag)...)
		Expect(listPlannedVersions(m)).To(Equal([]string{"1 None Archived", "2 Staging Archived"}))
		e.waitForVersionCounts(ctx, "4/0")

		By("looking again, at the same, without a list")
		e.mlflow.ResetCalls()
		Expect(e.user.SetModelTag(ctx, modelName, "stars", "5")).To(Succeed())
		Expect(e.user.SetAlias(ctx, modelName, "canary", "4")).To(Succeed())
		e.pollNow()
		Expect(listPlannedVersions(waitForConditions(ctx, e.modelObject(modelName), plannedConditions(3, "tags/"+v1alpha1.ManagedByTag)...))).To(HaveLen(2))

		By("deleting, which would delete them")
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Retention.Action = v1alpha1.RetentionDelete })
		Eventually(func() []string { return listPlannedVersions(e.getModel(ctx)) }).WithContext(ctx).Should(Equal([]string{"1 None", "2 Staging"}))
		e.expectNoWrites()

		By("enforcing it")
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.ManagementPolicy = v1alpha1.ManagementPolicyEnforce })
		e.waitForVersionCounts(ctx, "2/0")
		m = waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(m.Status.Plan).To(BeEmpty())
		Expect(e.listVersionStages()).To(Equal("3 4"))
	})
})

var _ = Describe("A retention of a class", func() {
	It("counts for its models, which keep more and never less", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 6)
		e.createClass(ctx, e.newClass().Retention(builder.KeepLatest(3).DeleteOthers().KeepTagged("legal")))
		Expect(e.user.SetVersionTag(ctx, modelName, "1", "legal", "")).To(Succeed())
		Expect(e.user.SetVersionTag(ctx, modelName, "2", "mine", "")).To(Succeed())
		e.createObject(ctx, e.newClassifiedModel().Retention(builder.KeepLatest(1).KeepTagged("mine")))
		e.waitForVersionCounts(ctx, "6/1")
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.listVersionStages()).To(Equal("1 2 3:Archived 4 5 6"))

		By("saying nothing in the model: then the class deletes")
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Retention = nil })
		e.waitForVersionCounts(ctx, "4/0")
		Expect(e.listVersionStages()).To(Equal("1 4 5 6"))

		By("editing the class, which reaches the model")
		editObject(ctx, e.classObject(), func(c *v1alpha1.ModelClass) { c.Spec.Retention.KeepLatest = 1 })
		e.waitForVersionCounts(ctx, "2/0")
		Expect(e.listVersionStages()).To(Equal("1 6"))

		By("taking it out of the class")
		editObject(ctx, e.classObject(), func(c *v1alpha1.ModelClass) { c.Spec.Retention = nil })
		Eventually(func() any { return e.getModel(ctx).Status.Versions }).WithContext(ctx).Should(BeNil())
	})
})
