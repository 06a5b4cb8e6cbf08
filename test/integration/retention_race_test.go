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

var _ = Describe("What changes while versions are gone through", func() {
	It("is an alias that is set in that moment: its version is spared", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 3)
		rule := e.mlflow.InjectFault(mlflowtest.CallsTo(searchVersionsEndpoint), mlflowtest.RunAfter(func(mlflowtest.Call) {
			defer GinkgoRecover()
			Expect(e.user.SetAlias(ctx, modelName, "shadow", "1")).To(Succeed())
		}).Times(1))
		e.createObject(ctx, newRetentionModel(builder.KeepLatest(1)))
		e.waitForVersionCounts(ctx, "3/1")
		Expect(rule.Hits()).To(Equal(1))
		Expect(e.listVersionStages()).To(Equal("1 2:Archived 3"))
		Expect(e.mlflow.Version(modelName, "1").Tags).To(BeEmpty())
	})

	It("is an alias that is set right before a version would be deleted", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 3)
		rule := e.runOnceBefore(getVersionEndpoint, func() { Expect(e.user.SetAlias(ctx, modelName, "shadow", "1")).To(Succeed()) })
		e.createObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		e.waitForVersionCounts(ctx, "2/0")
		Expect(rule.Hits()).To(Equal(1))
		Expect(e.listVersionStages()).To(Equal("1 3"))
		Expect(e.listDeletedVersions()).To(Equal([]string{"2"}))
	})

	It("is the stage of a version right before it would be archived", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 3)
		rule := e.runOnceBefore(getVersionEndpoint, func() { e.setLegacyStage(ctx, "1", "Production") })
		e.createObject(ctx, newRetentionModel(builder.KeepLatest(1)))
		e.waitForVersionCounts(ctx, "3/1")
		Expect(rule.Hits()).To(Equal(1))
		Expect(e.listVersionStages()).To(Equal("1:Production 2:Archived 3"))
		Expect(e.mlflow.Version(modelName, "1").Tags).To(BeEmpty())
	})

	It("is a promotion that wants a version in that moment", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 3)
		e.runOnceBefore(searchVersionsEndpoint, func() { e.createObject(ctx, builder.Promotion(toProduction).Version("1")) })
		e.createObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		e.waitForVersionCounts(ctx, "2/0")
		Expect(e.listVersionStages()).To(Equal("1 3"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
	})

	It("is a promotion that names the ModelVersion of one", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		e.createObject(ctx, builder.ModelVersion(april).URI("s3://models/april"))
		waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		e.waitForVersionCounts(ctx, "1/0")
		rule := e.runOnceBefore(searchVersionsEndpoint, func() { e.createObject(ctx, builder.Promotion(toProduction).FromModelVersion(april).Suspend()) })
		e.registerVersions(ctx, 2)
		e.pollNow()
		e.waitForVersionCounts(ctx, "2/0")
		Expect(rule.Hits()).To(Equal(1))
		Expect(e.listVersionStages()).To(Equal("1 3"))
	})

	It("is the policy, which then counts", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 4)
		e.runOnceBefore(searchVersionsEndpoint, func() {
			editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Retention.KeepLatest = 3 })
		})
		e.createObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		e.waitForVersionCounts(ctx, "3/0")
		Expect(e.listDeletedVersions()).To(Equal([]string{"1"}))
	})

	It("is the model's owner: its versions are left alone", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 3)
		const owner = "other-cluster/news/sentiment"
		e.runOnceBefore(searchVersionsEndpoint, func() { Expect(e.user.SetModelTag(ctx, modelName, v1alpha1.ManagedByTag, owner)).To(Succeed()) })
		e.createObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "AlreadyManaged", alreadyManagedMessage(owner))...)
		Expect(e.listVersionStages()).To(Equal("1 2 3"))
	})
})

// retentionFailedConditions are the conditions of a model that is as declared, but for what its retention has
// to do.
func retentionFailedConditions(state, why string) []string {
	all := syncedConditions(modelName)
	return append([]string{"Ready=False " + why, state + "=True " + why}, all[1:]...)
}

var _ = Describe("A retention that can't be carried out", func() {
	It("says so, and keeps no version from being promoted", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 3)
		e.mlflow.InjectFault(mlflowtest.CallsTo(transitionStageEndpoint), mlflowtest.Forbidden())
		e.createObject(ctx, newRetentionModel(builder.KeepLatest(1)))
		waitForConditions(ctx, e.modelObject(modelName), retentionFailedConditions("Stalled", "PermissionDenied: "+transitionStageEndpoint+": 403: permission denied")...)
		e.createObject(ctx, builder.Promotion(toProduction).Version("3"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "3"}.promotedConditions()...)
		Expect(e.listVersionStages()).To(Equal("1 2 3"))

		By("granting the permission")
		e.mlflow.ClearFaults()
		requestReconcile(ctx, e.modelObject(modelName))
		e.waitForVersionCounts(ctx, "3/2")
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
	})

	It("does not believe that a version was archived that is not", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 2)
		answer := `{"model_version":{"name":"sentiment","version":"1"}}`
		e.mlflow.InjectFault(mlflowtest.CallsTo(transitionStageEndpoint), mlflowtest.RespondWith(200, "application/json", answer))
		e.createObject(ctx, newRetentionModel(builder.KeepLatest(1)))
		waitForConditions(ctx, e.modelObject(modelName), retentionFailedConditions("Reconciling",
			"MLflowError: MLflow accepted to archive version 1 and still shows it in stage None")...)
		e.mlflow.ClearFaults()
		e.waitForVersionCounts(ctx, "2/1")
	})
})
