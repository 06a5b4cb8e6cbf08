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
func (e *env) getVersionTags(number string) map[string]string {
	tags := e.mlflow.Version(modelName, number).Tags
	delete(tags, v1alpha1.RegisteredByTag)
	return tags
}

var _ = Describe("The description and the tags of a version", func() {
	It("are kept in step, without those that others wrote", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.createRegisteredVersion(ctx, builder.ModelVersion(april).Description("Of April").Tag("a", "1").Tag("b", "2"))
		Expect(e.user.SetVersionTag(ctx, modelName, "1", "foreign", "kept")).To(Succeed())
		source := e.mlflow.Version(modelName, "1").Source

		By("editing them")
		editObject(ctx, e.versionObject(april), func(v *v1alpha1.ModelVersion) {
			v.Spec.Description, v.Spec.Tags = new("Of late April"), map[string]v1alpha1.TagValue{"b": "3", "c": ""}
		})
		v := waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		Expect(e.getVersionTags("1")).To(Equal(map[string]string{"b": "3", "c": "", "foreign": "kept"}))
		Expect(e.mlflow.Version(modelName, "1").Description).To(Equal("Of late April"))
		Expect(v.Status.ManagedTags).To(Equal([]string{"b", "c"}))
		e.waitForVersionEvents(ctx, april, registeredEvent("1", source),
			`Normal Updated: version 1 of model sentiment changed: tags/b from "2" to "3", tags/c from "" to "", tags/a from "1" to "", `+
				`description from "Of April" to "Of late April"`)

		By("changing one by hand, which the next poll shows")
		Expect(e.user.SetVersionTag(ctx, modelName, "1", "b", "by hand")).To(Succeed())
		e.pollNow()
		Eventually(func() map[string]string { return e.getVersionTags("1") }).WithContext(ctx).Should(HaveKeyWithValue("b", "3"))

		By("declaring nothing any more")
		editObject(ctx, e.versionObject(april), func(v *v1alpha1.ModelVersion) { v.Spec.Description, v.Spec.Tags = nil, nil })
		v = waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		Expect(e.getVersionTags("1")).To(Equal(map[string]string{"foreign": "kept"}))
		Expect(e.mlflow.Version(modelName, "1").Description).To(Equal("Of late April"))
		Expect(v.Status.ManagedTags).To(BeEmpty())
	})

	It("are not written on another version, which has the number since its model was created again", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		v := e.createRegisteredVersion(ctx, builder.ModelVersion(april).Tag("a", "1"))
		mark := e.mlflow.Model(modelName).Tags
		Expect(e.user.DeleteModel(ctx, modelName)).To(Succeed())
		Expect(e.user.CreateModel(ctx, modelName, mark)).To(Succeed())
		e.registerRunVersion(ctx, modelName, nil, nil)

		By("editing a tag before a poll shows it")
		editObject(ctx, v, func(v *v1alpha1.ModelVersion) { v.Spec.Tags["a"] = "2" })
		gone := "VersionNotFound: version 1 of model sentiment was deleted in MLflow: " +
			"it is not registered again, create another ModelVersion for another one"
		waitForConditions(ctx, v, "Ready=False "+gone, "Stalled=True "+gone, "Registered=False "+gone,
			"Synced=Unknown VersionNotFound: not known while Registered is False")
		Expect(e.getVersionTags("1")).To(BeEmpty())
	})

	It("are kept in step of a version that is not the newest any more", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.createRegisteredVersion(ctx, builder.ModelVersion(april).Tag("a", "1"))
		e.registerRunVersion(ctx, modelName, nil, nil)
		editObject(ctx, e.versionObject(april), func(v *v1alpha1.ModelVersion) { v.Spec.Tags["a"] = "2" })
		waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		Expect(e.getVersionTags("1")).To(Equal(map[string]string{"a": "2"}))
		Expect(e.mlflow.Version(modelName, "2").Tags).To(BeEmpty())
	})

	It("are only compared where the model is observed", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.createRegisteredVersion(ctx, builder.ModelVersion(april).Tag("a", "1"))
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.ManagementPolicy = v1alpha1.ManagementPolicyObserve })
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		e.mlflow.ResetCalls()
		editObject(ctx, e.versionObject(april), func(v *v1alpha1.ModelVersion) {
			v.Spec.Tags, v.Spec.Description = map[string]v1alpha1.TagValue{"b": "2"}, new("x")
		})
		const would = "PlanPending: tags/b of version 1 differs, and 2 more; nothing is written while managementPolicy of the model is Observe"
		waitForConditions(ctx, e.versionObject(april), "Ready=True "+would, registeredConditions("1")[1], "Synced=False "+would)
		e.expectNoWrites()
	})

	It("are written to the end where a request fails", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.createRegisteredVersion(ctx, builder.ModelVersion(april))
		rule := e.mlflow.InjectFault(mlflowtest.NthCall(2, mlflowtest.CallsTo("model-versions/set-tag")), mlflowtest.Forbidden())
		editObject(ctx, e.versionObject(april), func(v *v1alpha1.ModelVersion) { v.Spec.Tags = map[string]v1alpha1.TagValue{"a": "1", "b": "2"} })
		const denied = "PermissionDenied: model-versions/set-tag: 403: permission denied"
		v := waitForConditions(ctx, e.versionObject(april), "Ready=False "+denied, "Stalled=True "+denied, registeredConditions("1")[1], "Synced=False "+denied)
		Expect(v.Status.ManagedTags).To(Equal([]string{"a", "b"}))
		rule.Remove()
		requestReconcile(ctx, e.versionObject(april))
		waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		Expect(e.getVersionTags("1")).To(Equal(map[string]string{"a": "1", "b": "2"}))
	})
})

var _ = Describe("A version that exists", func() {
	It("is adopted, and gets the tags that are declared", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.registerRunVersion(ctx, modelName, nil, map[string]string{"foreign": "kept"})
		e.createObject(ctx, builder.ModelVersion(april).AdoptVersion("1").Tag("status", "stable"))
		v := waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		live := e.mlflow.Version(modelName, "1")
		Expect(live.Tags).To(Equal(map[string]string{"foreign": "kept", "status": "stable"}))
		Expect(v.Status.RunID).To(Equal(live.RunID))
		Expect(v.Status.ManagedTags).To(Equal([]string{"status"}))
		Expect(e.countVersionCreates()).To(BeZero())
		e.waitForVersionEvents(ctx, april,
			"Normal Adopted: version 1 of model sentiment, registered from "+live.Source+", is adopted",
			`Normal Updated: version 1 of model sentiment changed: tags/status from "" to "stable"`)
	})

	It("has one object that stands for it", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.createRegisteredVersion(ctx, builder.ModelVersion(april).Tag("from", "april"))
		e.createObject(ctx, builder.ModelVersion("may").AdoptVersion("1").Tag("from", "may"))
		waitForConditions(ctx, e.versionObject("may"), unregisteredConditions("Stalled", "Conflict",
			"ModelVersion april stands for version 1 of the same model already: delete one of the two")...)
		Expect(e.getVersionTags("1")).To(Equal(map[string]string{"from": "april"}))
		e.deleteObject(ctx, e.versionObject(april))
		e.waitForDeleted(ctx, e.versionObject(april))
		requestReconcile(ctx, e.versionObject("may"))
		waitForConditions(ctx, e.versionObject("may"), registeredConditions("1")...)
		Expect(e.getVersionTags("1")).To(Equal(map[string]string{"from": "may"}))
	})
})

var _ = Describe("A version that another hand deleted", func() {
	It("is told, and not registered again", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.createRegisteredVersion(ctx, builder.ModelVersion(april))
		Expect(e.user.DeleteVersion(ctx, modelName, "1")).To(Succeed())
		e.pollNow()
		gone := unregisteredConditions("Stalled", "VersionNotFound", "version 1 of model sentiment was deleted in MLflow: "+
			"it is not registered again, create another ModelVersion for another one")
		v := waitForConditions(ctx, e.versionObject(april), gone...)
		Expect(v.Status.Version).To(BeEquivalentTo("1"))

		By("something else that happens to the model, which costs nothing for it")
		e.mlflow.ResetCalls()
		e.registerRunVersion(ctx, modelName, nil, nil)
		e.pollRepeatedly(ctx, 1)
		editObject(ctx, e.versionObject(april), func(v *v1alpha1.ModelVersion) { v.Spec.Tags = map[string]v1alpha1.TagValue{"a": "1"} })
		waitForConditions(ctx, e.versionObject(april), gone...)
		Expect(e.mlflow.CountCalls(getVersionEndpoint)).To(Equal(1))
		e.expectNoWrites()
	})

	It("is gone with its model, also where that is created again", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.createRegisteredVersion(ctx, builder.ModelVersion(april).Tag("a", "1"))
		e.recreateModel(ctx)
		e.registerRunVersion(ctx, modelName, nil, nil)
		e.pollNow()
		waitForConditions(ctx, e.versionObject(april), unregisteredConditions("Stalled", "VersionNotFound",
			"model sentiment was deleted in MLflow and created again, and version 1 with it: "+
				"it is not registered again, create another ModelVersion for another one")...)
		Expect(e.mlflow.Version(modelName, "1").Tags).To(BeEmpty())
		Expect(e.countVersionCreates()).To(Equal(1))
	})
})
