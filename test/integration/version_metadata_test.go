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

// getVersionTags are the tags of a version without our mark.
func (w *env) getVersionTags(number string) map[string]string {
	tags := w.mlflow.Version(modelName, number).Tags
	delete(tags, v1alpha1.RegisteredByTag)
	return tags
}

var _ = Describe("The description and the tags of a version", func() {
	It("are kept in step, without those that others wrote", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		w.createRegisteredVersion(ctx, builder.ModelVersion(april).Description("Of April").Tag("a", "1").Tag("b", "2"))
		Expect(w.user.SetVersionTag(ctx, modelName, "1", "foreign", "kept")).To(Succeed())
		source := w.mlflow.Version(modelName, "1").Source

		By("editing them")
		editObject(ctx, w.versionObject(april), func(v *v1alpha1.ModelVersion) {
			v.Spec.Description, v.Spec.Tags = new("Of late April"), map[string]v1alpha1.TagValue{"b": "3", "c": ""}
		})
		v := waitForConditions(ctx, w.versionObject(april), registeredConditions("1")...)
		Expect(w.getVersionTags("1")).To(Equal(map[string]string{"b": "3", "c": "", "foreign": "kept"}))
		Expect(w.mlflow.Version(modelName, "1").Description).To(Equal("Of late April"))
		Expect(v.Status.ManagedTags).To(Equal([]string{"b", "c"}))
		w.waitForVersionEvents(ctx, april, registeredEvent("1", source),
			`Normal Updated: version 1 of model sentiment changed: tags/b from "2" to "3", tags/c from "" to "", tags/a from "1" to "", `+
				`description from "Of April" to "Of late April"`)

		By("changing one by hand, which the next poll shows")
		Expect(w.user.SetVersionTag(ctx, modelName, "1", "b", "by hand")).To(Succeed())
		w.pollNow()
		Eventually(func() map[string]string { return w.getVersionTags("1") }).WithContext(ctx).Should(HaveKeyWithValue("b", "3"))

		By("declaring nothing any more")
		editObject(ctx, w.versionObject(april), func(v *v1alpha1.ModelVersion) { v.Spec.Description, v.Spec.Tags = nil, nil })
		v = waitForConditions(ctx, w.versionObject(april), registeredConditions("1")...)
		Expect(w.getVersionTags("1")).To(Equal(map[string]string{"foreign": "kept"}))
		Expect(w.mlflow.Version(modelName, "1").Description).To(Equal("Of late April"))
		Expect(v.Status.ManagedTags).To(BeEmpty())
	})

	It("are not written on another version, which has the number since its model was created again", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		v := w.createRegisteredVersion(ctx, builder.ModelVersion(april).Tag("a", "1"))
		mark := w.mlflow.Model(modelName).Tags
		Expect(w.user.DeleteModel(ctx, modelName)).To(Succeed())
		Expect(w.user.CreateModel(ctx, modelName, mark)).To(Succeed())
		w.trainVersion(ctx, modelName, nil, nil)

		By("editing a tag before a poll shows it")
		editObject(ctx, v, func(v *v1alpha1.ModelVersion) { v.Spec.Tags["a"] = "2" })
		gone := "VersionNotFound: version 1 of model sentiment was deleted in MLflow: " +
			"it is not registered again, create another ModelVersion for another one"
		waitForConditions(ctx, v, "Ready=False "+gone, "Stalled=True "+gone, "Registered=False "+gone,
			"Synced=Unknown VersionNotFound: not known while Registered is False")
		Expect(w.getVersionTags("1")).To(BeEmpty())
	})

	It("are kept in step of a version that is not the newest any more", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		w.createRegisteredVersion(ctx, builder.ModelVersion(april).Tag("a", "1"))
		w.trainVersion(ctx, modelName, nil, nil)
		editObject(ctx, w.versionObject(april), func(v *v1alpha1.ModelVersion) { v.Spec.Tags["a"] = "2" })
		waitForConditions(ctx, w.versionObject(april), registeredConditions("1")...)
		Expect(w.getVersionTags("1")).To(Equal(map[string]string{"a": "2"}))
		Expect(w.mlflow.Version(modelName, "2").Tags).To(BeEmpty())
	})

	It("are only compared where the model is observed", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		w.createRegisteredVersion(ctx, builder.ModelVersion(april).Tag("a", "1"))
		editObject(ctx, w.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.ManagementPolicy = v1alpha1.ManagementPolicyObserve })
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		w.mlflow.ResetCalls()
		editObject(ctx, w.versionObject(april), func(v *v1alpha1.ModelVersion) {
			v.Spec.Tags, v.Spec.Description = map[string]v1alpha1.TagValue{"b": "2"}, new("x")
		})
		const would = "PlanPending: tags/b of version 1 differs, and 2 more; nothing is written while managementPolicy of the model is Observe"
		waitForConditions(ctx, w.versionObject(april), "Ready=True "+would, registeredConditions("1")[1], "Synced=False "+would)
		w.expectNoWrites()
	})

	It("are written to the end where a request fails", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		w.createRegisteredVersion(ctx, builder.ModelVersion(april))
		rule := w.mlflow.InjectFault(mlflowtest.NthCall(2, mlflowtest.CallsTo("model-versions/set-tag")), mlflowtest.Forbidden())
		editObject(ctx, w.versionObject(april), func(v *v1alpha1.ModelVersion) { v.Spec.Tags = map[string]v1alpha1.TagValue{"a": "1", "b": "2"} })
		const denied = "PermissionDenied: model-versions/set-tag: 403: permission denied"
		v := waitForConditions(ctx, w.versionObject(april), "Ready=False "+denied, "Stalled=True "+denied, registeredConditions("1")[1], "Synced=False "+denied)
		Expect(v.Status.ManagedTags).To(Equal([]string{"a", "b"}))
		rule.Remove()
		requestReconcile(ctx, w.versionObject(april))
		waitForConditions(ctx, w.versionObject(april), registeredConditions("1")...)
		Expect(w.getVersionTags("1")).To(Equal(map[string]string{"a": "1", "b": "2"}))
	})
})

var _ = Describe("A version that exists", func() {
	It("is adopted, and gets the tags that are declared", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		w.trainVersion(ctx, modelName, nil, map[string]string{"foreign": "kept"})
		w.createObject(ctx, builder.ModelVersion(april).AdoptVersion("1").Tag("status", "stable"))
		v := waitForConditions(ctx, w.versionObject(april), registeredConditions("1")...)
		live := w.mlflow.Version(modelName, "1")
		Expect(live.Tags).To(Equal(map[string]string{"foreign": "kept", "status": "stable"}))
		Expect(v.Status.RunID).To(Equal(live.RunID))
		Expect(v.Status.ManagedTags).To(Equal([]string{"status"}))
		Expect(w.countCreates()).To(BeZero())
		w.waitForVersionEvents(ctx, april,
			"Normal Adopted: version 1 of model sentiment, registered from "+live.Source+", is adopted",
			`Normal Updated: version 1 of model sentiment changed: tags/status from "" to "stable"`)
	})

	It("has one object that stands for it", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		w.createRegisteredVersion(ctx, builder.ModelVersion(april).Tag("from", "april"))
		w.createObject(ctx, builder.ModelVersion("may").AdoptVersion("1").Tag("from", "may"))
		waitForConditions(ctx, w.versionObject("may"), unregisteredConditions("Stalled", "Conflict",
			"ModelVersion april stands for version 1 of the same model already: delete one of the two")...)
		Expect(w.getVersionTags("1")).To(Equal(map[string]string{"from": "april"}))
		w.deleteObject(ctx, w.versionObject(april))
		w.waitForDeleted(ctx, w.versionObject(april))
		requestReconcile(ctx, w.versionObject("may"))
		waitForConditions(ctx, w.versionObject("may"), registeredConditions("1")...)
		Expect(w.getVersionTags("1")).To(Equal(map[string]string{"from": "may"}))
	})
})

var _ = Describe("A version that another hand deleted", func() {
	It("is told, and not registered again", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		w.createRegisteredVersion(ctx, builder.ModelVersion(april))
		Expect(w.user.DeleteVersion(ctx, modelName, "1")).To(Succeed())
		w.pollNow()
		gone := unregisteredConditions("Stalled", "VersionNotFound", "version 1 of model sentiment was deleted in MLflow: "+
			"it is not registered again, create another ModelVersion for another one")
		v := waitForConditions(ctx, w.versionObject(april), gone...)
		Expect(v.Status.Version).To(BeEquivalentTo("1"))

		By("something else that happens to the model, which costs nothing for it")
		w.mlflow.ResetCalls()
		w.trainVersion(ctx, modelName, nil, nil)
		w.pollTimes(ctx, 1)
		editObject(ctx, w.versionObject(april), func(v *v1alpha1.ModelVersion) { v.Spec.Tags = map[string]v1alpha1.TagValue{"a": "1"} })
		waitForConditions(ctx, w.versionObject(april), gone...)
		Expect(w.mlflow.CountCalls(getVersionEndpoint)).To(Equal(1))
		w.expectNoWrites()
	})

	It("is gone with its model, also where that is created again", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		w.createRegisteredVersion(ctx, builder.ModelVersion(april).Tag("a", "1"))
		w.recreateModel(ctx)
		w.trainVersion(ctx, modelName, nil, nil)
		w.pollNow()
		waitForConditions(ctx, w.versionObject(april), unregisteredConditions("Stalled", "VersionNotFound",
			"model sentiment was deleted in MLflow and created again, and version 1 with it: "+
				"it is not registered again, create another ModelVersion for another one")...)
		Expect(w.mlflow.Version(modelName, "1").Tags).To(BeEmpty())
		Expect(w.countCreates()).To(Equal(1))
	})
})
