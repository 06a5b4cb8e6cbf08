// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package retention

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var _ = Describe("A retention that deletes", func() {
	It("deletes unprotected versions, archived or not, with an event for each", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 5)
		setLegacyStage(ctx, e, "1", "Archived")
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "3")).To(Succeed())
		e.CreateObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		waitForVersionCounts(ctx, e, "2/0")
		Expect(listVersionStages(e)).To(Equal("3 5"))
		Expect(e.ListDeletedVersions()).To(Equal([]string{"1", "2", "4"}))
		Eventually(func() []string { return sortedCopy(e.ListEvents(ctx, "RegisteredModel", env.ModelName)) }).WithContext(ctx).Should(
			Equal(sortedCopy([]string{e.AdoptedEvent(), deletedEventNote(1, "1"), deletedEventNote(1, "2"), deletedEventNote(1, "4")})))
	})

	It("reads the version before it repeats a request whose response was lost", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 3)
		e.MLflow.InjectFault(mlflowtest.CallsTo(env.DeleteVersionEndpoint), mlflowtest.DropResponse().Times(1))
		e.CreateObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		waitForVersionCounts(ctx, e, "1/0")
		Expect(e.ListDeletedVersions()).To(Equal([]string{"1", "2"}))
		Eventually(func() []string { return e.ListEvents(ctx, "RegisteredModel", env.ModelName) }).WithContext(ctx).Should(ContainElement(
			HavePrefix("Warning VersionDeleted: version 1 of model sentiment may have been deleted in MLflow, as retention says: ")))
	})

	It("keeps the version of a ModelVersion that a suspended promotion names", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		e.CreateObject(ctx, builder.ModelVersion(env.April).URI("s3://models/april"))
		v := e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).FromModelVersion(env.April).Suspend())
		e.WaitForPromotion(ctx, env.SuspendedConditions()...)
		registerVersions(ctx, e, 3)
		e.PollNow()
		waitForVersionCounts(ctx, e, "2/0")
		Expect(listVersionStages(e)).To(Equal("1 4"))

		By("deleting the ModelVersion, after which the candidate is unknown")
		e.DeleteObject(ctx, v)
		waitForVersionCounts(ctx, e, "1/0")
		Expect(e.ListDeletedVersions()).To(Equal([]string{"2", "3", "1"}))
	})

	It("deletes that version after the promotion names another one", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 2)
		for name, number := range map[string]v1alpha1.Version{env.April: "1", "may": "2"} {
			e.CreateObject(ctx, builder.ModelVersion(name).AdoptVersion(number).Suspend())
		}
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).FromModelVersion(env.April).Suspend())
		e.WaitForPromotion(ctx, env.SuspendedConditions()...)
		registerVersions(ctx, e, 1)
		e.CreateObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		waitForVersionCounts(ctx, e, "2/0")
		Expect(listVersionStages(e)).To(Equal("1 3"))
		e.EditPromotion(ctx, func(p *v1alpha1.ModelPromotion) { p.Spec.VersionFrom.ModelVersionRef.Name = "may" })
		waitForVersionCounts(ctx, e, "1/0")
		Expect(listVersionStages(e)).To(Equal("3"))
	})

	It("tolerates a version that a user deletes first", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 3)
		e.RunOnceBefore(env.DeleteVersionEndpoint, func() { Expect(e.User.DeleteVersion(ctx, env.ModelName, "1")).To(Succeed()) })
		e.CreateObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		waitForVersionCounts(ctx, e, "1/0")
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.WaitForModelEvents(ctx, env.ModelName, e.AdoptedEvent(), deletedEventNote(1, "2"))
	})
})

var _ = Describe("A retention of an observed model", func() {
	It("lists its plan, and carries it out after managementPolicy allows it", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 4)
		setLegacyStage(ctx, e, "2", "Staging")
		e.CreateObject(ctx, newRetentionModel(builder.KeepLatest(2)).ObserveOnly())
		m := e.WaitForModel(ctx, env.PlannedConditions(3, "tags/"+v1alpha1.ManagedByTag)...)
		Expect(listPlannedVersions(m)).To(Equal([]string{"1 None Archived", "2 Staging Archived"}))
		waitForVersionCounts(ctx, e, "4/0")

		By("reconciling again without a change, and without a list")
		e.MLflow.ResetCalls()
		Expect(e.User.SetModelTag(ctx, env.ModelName, "stars", "5")).To(Succeed())
		Expect(e.User.SetAlias(ctx, env.ModelName, "canary", "4")).To(Succeed())
		e.PollNow()
		Expect(listPlannedVersions(e.WaitForModel(ctx, env.PlannedConditions(3, "tags/"+v1alpha1.ManagedByTag)...))).To(HaveLen(2))

		By("setting the action to Delete, which would delete them")
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.Retention.Action = v1alpha1.RetentionDelete })
		Eventually(func() []string { return listPlannedVersions(e.GetModel(ctx)) }).WithContext(ctx).
			Should(Equal([]string{"1 None", "2 Staging"}))
		e.ExpectNoWrites()

		By("enforcing it")
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.ManagementPolicy = v1alpha1.ManagementPolicyEnforce })
		waitForVersionCounts(ctx, e, "2/0")
		m = e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(m.Status.Plan).To(BeEmpty())
		Expect(listVersionStages(e)).To(Equal("3 4"))
	})
})

var _ = Describe("A retention of a class", func() {
	It("applies to its models, which can keep more versions and not fewer", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 6)
		e.CreateClass(ctx, e.NewClass().Retention(builder.KeepLatest(3).DeleteOthers().KeepTagged("legal")))
		Expect(e.User.SetVersionTag(ctx, env.ModelName, "1", "legal", "")).To(Succeed())
		Expect(e.User.SetVersionTag(ctx, env.ModelName, "2", "mine", "")).To(Succeed())
		e.CreateObject(ctx, e.NewClassifiedModel().Retention(builder.KeepLatest(1).KeepTagged("mine")))
		waitForVersionCounts(ctx, e, "6/1")
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(listVersionStages(e)).To(Equal("1 2 3:Archived 4 5 6"))

		By("removing the retention of the model, so that the class applies")
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.Retention = nil })
		waitForVersionCounts(ctx, e, "4/0")
		Expect(listVersionStages(e)).To(Equal("1 4 5 6"))

		By("editing the class, which reaches the model")
		env.EditObject(ctx, e.ClassObject(), func(c *v1alpha1.ModelClass) { c.Spec.Retention.KeepLatest = 1 })
		waitForVersionCounts(ctx, e, "2/0")
		Expect(listVersionStages(e)).To(Equal("1 6"))

		By("removing it from the class")
		env.EditObject(ctx, e.ClassObject(), func(c *v1alpha1.ModelClass) { c.Spec.Retention = nil })
		Eventually(func() any { return e.GetModel(ctx).Status.Versions }).WithContext(ctx).Should(BeNil())
	})
})
