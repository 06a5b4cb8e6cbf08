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

var _ = Describe("A change during retention", func() {
	It("protects a version whose alias is set", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 3)
		rule := e.MLflow.InjectFault(mlflowtest.CallsTo(env.SearchVersionsEndpoint), mlflowtest.RunAfter(func(mlflowtest.Call) {
			defer GinkgoRecover()
			Expect(e.User.SetAlias(ctx, env.ModelName, "shadow", "1")).To(Succeed())
		}).Times(1))
		e.CreateObject(ctx, newRetentionModel(builder.KeepLatest(1)))
		waitForVersionCounts(ctx, e, "3/1")
		Expect(rule.Hits()).To(Equal(1))
		Expect(listVersionStages(e)).To(Equal("1 2:Archived 3"))
		Expect(e.MLflow.Version(env.ModelName, "1").Tags).To(BeEmpty())
	})

	It("protects a version whose alias is set right before its deletion", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 3)
		rule := e.RunOnceBefore(env.GetVersionEndpoint, func() { Expect(e.User.SetAlias(ctx, env.ModelName, "shadow", "1")).To(Succeed()) })
		e.CreateObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		waitForVersionCounts(ctx, e, "2/0")
		Expect(rule.Hits()).To(Equal(1))
		Expect(listVersionStages(e)).To(Equal("1 3"))
		Expect(e.ListDeletedVersions()).To(Equal([]string{"2"}))
	})

	It("protects a version whose legacy stage is set right before it is archived", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 3)
		rule := e.RunOnceBefore(env.GetVersionEndpoint, func() { setLegacyStage(ctx, e, "1", "Production") })
		e.CreateObject(ctx, newRetentionModel(builder.KeepLatest(1)))
		waitForVersionCounts(ctx, e, "3/1")
		Expect(rule.Hits()).To(Equal(1))
		Expect(listVersionStages(e)).To(Equal("1:Production 2:Archived 3"))
		Expect(e.MLflow.Version(env.ModelName, "1").Tags).To(BeEmpty())
	})

	It("protects the version of a new promotion", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 3)
		e.RunOnceBefore(env.SearchVersionsEndpoint, func() { e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1")) })
		e.CreateObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		waitForVersionCounts(ctx, e, "2/0")
		Expect(listVersionStages(e)).To(Equal("1 3"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
	})

	It("protects the version of a ModelVersion that a promotion names", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		e.CreateObject(ctx, builder.ModelVersion(env.April).URI("s3://models/april"))
		e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		waitForVersionCounts(ctx, e, "1/0")
		rule := e.RunOnceBefore(env.SearchVersionsEndpoint,
			func() { e.CreateObject(ctx, builder.Promotion(env.ToProduction).FromModelVersion(env.April).Suspend()) })
		registerVersions(ctx, e, 2)
		e.PollNow()
		waitForVersionCounts(ctx, e, "2/0")
		Expect(rule.Hits()).To(Equal(1))
		Expect(listVersionStages(e)).To(Equal("1 3"))
	})

	It("applies an edited policy", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 4)
		e.RunOnceBefore(env.SearchVersionsEndpoint, func() {
			e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.Retention.KeepLatest = 3 })
		})
		e.CreateObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		waitForVersionCounts(ctx, e, "3/0")
		Expect(e.ListDeletedVersions()).To(Equal([]string{"1"}))
	})

	It("leaves the versions of a model with another owner", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 3)
		const owner = "other-cluster/news/sentiment"
		e.RunOnceBefore(env.SearchVersionsEndpoint, func() {
			Expect(e.User.SetModelTag(ctx, env.ModelName, v1alpha1.ManagedByTag,
				owner)).To(Succeed())
		})
		e.CreateObject(ctx, newRetentionModel(builder.KeepLatest(1).DeleteOthers()))
		e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "AlreadyManaged", env.AlreadyManagedMessage(owner))...)
		Expect(listVersionStages(e)).To(Equal("1 2 3"))
	})
})

// retentionFailedConditions are the conditions of a model that is as declared except for its retention.
func retentionFailedConditions(state, why string) []string {
	all := env.SyncedConditions(env.ModelName)
	return append([]string{"Ready=False " + why, state + "=True " + why}, all[1:]...)
}

var _ = Describe("A retention that fails", func() {
	It("is reported, and blocks no promotion", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 3)
		e.MLflow.InjectFault(mlflowtest.CallsTo(env.TransitionStageEndpoint), mlflowtest.Forbidden())
		e.CreateObject(ctx, newRetentionModel(builder.KeepLatest(1)))
		e.WaitForModel(ctx, retentionFailedConditions("Stalled", "PermissionDenied: "+env.TransitionStageEndpoint+": 403: permission denied")...)
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("3"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "3"}.PromotedConditions()...)
		Expect(listVersionStages(e)).To(Equal("1 2 3"))

		By("granting the permission")
		e.MLflow.ClearFaults()
		env.RequestReconcile(ctx, e.ModelObject(env.ModelName))
		waitForVersionCounts(ctx, e, "3/2")
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
	})

	It("reports a version that MLflow did not archive", func(ctx SpecContext) {
		e := newRetentionEnv(ctx, 2)
		answer := `{"model_version":{"name":"sentiment","version":"1"}}`
		e.MLflow.InjectFault(mlflowtest.CallsTo(env.TransitionStageEndpoint), mlflowtest.RespondWith(200, "application/json", answer))
		e.CreateObject(ctx, newRetentionModel(builder.KeepLatest(1)))
		e.WaitForModel(ctx, retentionFailedConditions("Reconciling",
			"MLflowError: MLflow accepted to archive version 1 and still shows it in stage None")...)
		e.MLflow.ClearFaults()
		waitForVersionCounts(ctx, e, "2/1")
	})
})
