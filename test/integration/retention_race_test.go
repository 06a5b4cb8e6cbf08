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
		w := grown(ctx, 3)
		rule := w.mlflow.Fail(mlflowtest.Endpoint(listVersions), mlflowtest.After(func(mlflowtest.Call) {
			defer GinkgoRecover()
			Expect(w.user.SetAlias(ctx, modelName, "shadow", "1")).To(Succeed())
		}).Times(1))
		w.apply(ctx, keeping(builder.Newest(1)))
		w.counts(ctx, "3/1")
		Expect(rule.Hits()).To(Equal(1))
		Expect(w.stages()).To(Equal("1 2:Archived 3"))
		Expect(w.mlflow.Version(modelName, "1").Tags).To(BeEmpty())
	})

	It("is an alias that is set right before a version would be deleted", func(ctx SpecContext) {
		w := grown(ctx, 3)
		rule := w.once(readVersion, func() { Expect(w.user.SetAlias(ctx, modelName, "shadow", "1")).To(Succeed()) })
		w.apply(ctx, keeping(builder.Newest(1).Delete()))
		w.counts(ctx, "2/0")
		Expect(rule.Hits()).To(Equal(1))
		Expect(w.stages()).To(Equal("1 3"))
		Expect(w.deletedVersions()).To(Equal([]string{"2"}))
	})

	It("is the stage of a version right before it would be archived", func(ctx SpecContext) {
		w := grown(ctx, 3)
		rule := w.once(readVersion, func() { w.shifts(ctx, "1", "Production") })
		w.apply(ctx, keeping(builder.Newest(1)))
		w.counts(ctx, "3/1")
		Expect(rule.Hits()).To(Equal(1))
		Expect(w.stages()).To(Equal("1:Production 2:Archived 3"))
		Expect(w.mlflow.Version(modelName, "1").Tags).To(BeEmpty())
	})

	It("is a promotion that wants a version in that moment", func(ctx SpecContext) {
		w := grown(ctx, 3)
		w.once(listVersions, func() { w.apply(ctx, builder.Promotion(toProduction).Version("1")) })
		w.apply(ctx, keeping(builder.Newest(1).Delete()))
		w.counts(ctx, "2/0")
		Expect(w.stages()).To(Equal("1 3"))
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
	})

	It("is a promotion that names the ModelVersion of one", func(ctx SpecContext) {
		w := connected(ctx)
		w.apply(ctx, keeping(builder.Newest(1).Delete()))
		w.apply(ctx, builder.ModelVersion(april).URI("s3://models/april"))
		shows(ctx, w.version(april), registeredVersion("1")...)
		w.counts(ctx, "1/0")
		rule := w.once(listVersions, func() { w.apply(ctx, builder.Promotion(toProduction).FromModelVersion(april).Suspend()) })
		w.grows(ctx, 2)
		w.poll()
		w.counts(ctx, "2/0")
		Expect(rule.Hits()).To(Equal(1))
		Expect(w.stages()).To(Equal("1 3"))
	})

	It("is the policy, which then counts", func(ctx SpecContext) {
		w := grown(ctx, 4)
		w.once(listVersions, func() {
			edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Retention.KeepLatest = 3 })
		})
		w.apply(ctx, keeping(builder.Newest(1).Delete()))
		w.counts(ctx, "3/0")
		Expect(w.deletedVersions()).To(Equal([]string{"1"}))
	})

	It("is the model's owner: its versions are left alone", func(ctx SpecContext) {
		w := grown(ctx, 3)
		const owner = "other-cluster/news/sentiment"
		w.once(listVersions, func() { Expect(w.user.SetModelTag(ctx, modelName, v1alpha1.ManagedByTag, owner)).To(Succeed()) })
		w.apply(ctx, keeping(builder.Newest(1).Delete()))
		shows(ctx, w.model(modelName), unsynced("Stalled", "OwnedByAnother", owned(owner))...)
		Expect(w.stages()).To(Equal("1 2 3"))
	})
})

// retainingFailed are the conditions of a model that is as declared, but for what its retention has
// to do.
func retainingFailed(state, why string) []string {
	all := synced(modelName)
	return append([]string{"Ready=False " + why, state + "=True " + why}, all[1:]...)
}

var _ = Describe("A retention that can't be carried out", func() {
	It("says so, and keeps no version from being promoted", func(ctx SpecContext) {
		w := grown(ctx, 3)
		w.mlflow.Fail(mlflowtest.Endpoint(transition), mlflowtest.Forbidden())
		w.apply(ctx, keeping(builder.Newest(1)))
		shows(ctx, w.model(modelName), retainingFailed("Stalled", "PermissionDenied: "+transition+": 403: permission denied")...)
		w.apply(ctx, builder.Promotion(toProduction).Version("3"))
		shows(ctx, w.promotion(toProduction), verdict{version: "3"}.holds()...)
		Expect(w.stages()).To(Equal("1 2 3"))

		By("granting the permission")
		w.mlflow.Heal()
		lookNow(ctx, w.model(modelName))
		w.counts(ctx, "3/2")
		shows(ctx, w.model(modelName), synced(modelName)...)
	})

	It("does not believe that a version was archived that is not", func(ctx SpecContext) {
		w := grown(ctx, 2)
		answer := `{"model_version":{"name":"sentiment","version":"1"}}`
		w.mlflow.Fail(mlflowtest.Endpoint(transition), mlflowtest.Respond(200, "application/json", answer))
		w.apply(ctx, keeping(builder.Newest(1)))
		shows(ctx, w.model(modelName), retainingFailed("Reconciling",
			"RequestFailed: MLflow accepted to archive version 1 and still shows it in stage None")...)
		w.mlflow.Heal()
		w.counts(ctx, "2/1")
	})
})
