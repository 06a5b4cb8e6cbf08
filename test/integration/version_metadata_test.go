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

// tagsOf are the tags of a version without our mark.
func (w *world) tagsOf(number string) map[string]string {
	tags := w.mlflow.Version(modelName, number).Tags
	delete(tags, v1alpha1.RegisteredByTag)
	return tags
}

var _ = Describe("The description and the tags of a version", func() {
	It("are kept in step, without those that others wrote", func(ctx SpecContext) {
		w := modeled(ctx)
		w.isRegistered(ctx, builder.ModelVersion(april).Description("Of April").Tag("a", "1").Tag("b", "2"))
		Expect(w.user.SetVersionTag(ctx, modelName, "1", "foreign", "kept")).To(Succeed())
		source := w.mlflow.Version(modelName, "1").Source

		By("editing them")
		edit(ctx, w.version(april), func(v *v1alpha1.ModelVersion) {
			v.Spec.Description, v.Spec.Tags = new("Of late April"), map[string]v1alpha1.TagValue{"b": "3", "c": ""}
		})
		v := shows(ctx, w.version(april), registeredVersion("1")...)
		Expect(w.tagsOf("1")).To(Equal(map[string]string{"b": "3", "c": "", "foreign": "kept"}))
		Expect(w.mlflow.Version(modelName, "1").Description).To(Equal("Of late April"))
		Expect(v.Status.ManagedTags).To(Equal([]string{"b", "c"}))
		w.tellsOfVersion(ctx, april, registeredFrom("1", source),
			`Normal Updated: version 1 of model sentiment changed: tags/b from "2" to "3", tags/c from "" to "", tags/a from "1" to "", `+
				`description from "Of April" to "Of late April"`)

		By("changing one by hand, which the next poll shows")
		Expect(w.user.SetVersionTag(ctx, modelName, "1", "b", "by hand")).To(Succeed())
		w.poll()
		Eventually(func() map[string]string { return w.tagsOf("1") }).WithContext(ctx).Should(HaveKeyWithValue("b", "3"))

		By("declaring nothing any more")
		edit(ctx, w.version(april), func(v *v1alpha1.ModelVersion) { v.Spec.Description, v.Spec.Tags = nil, nil })
		v = shows(ctx, w.version(april), registeredVersion("1")...)
		Expect(w.tagsOf("1")).To(Equal(map[string]string{"foreign": "kept"}))
		Expect(w.mlflow.Version(modelName, "1").Description).To(Equal("Of late April"))
		Expect(v.Status.ManagedTags).To(BeEmpty())
	})

	It("are not written on another version, which has the number since its model was created again", func(ctx SpecContext) {
		w := modeled(ctx)
		v := w.isRegistered(ctx, builder.ModelVersion(april).Tag("a", "1"))
		mark := w.mlflow.Model(modelName).Tags
		Expect(w.user.DeleteModel(ctx, modelName)).To(Succeed())
		Expect(w.user.CreateModel(ctx, modelName, mark)).To(Succeed())
		w.train(ctx, modelName, nil, nil)

		By("editing a tag before a poll shows it")
		edit(ctx, v, func(v *v1alpha1.ModelVersion) { v.Spec.Tags["a"] = "2" })
		gone := "VersionDeleted: version 1 of model sentiment was deleted in MLflow: " +
			"it is not registered again, create another ModelVersion for another one"
		shows(ctx, v, "Ready=False "+gone, "Stalled=True "+gone, "Registered=False "+gone,
			"Synced=Unknown VersionDeleted: not known while Registered is False")
		Expect(w.tagsOf("1")).To(BeEmpty())
	})

	It("are kept in step of a version that is not the newest any more", func(ctx SpecContext) {
		w := modeled(ctx)
		w.isRegistered(ctx, builder.ModelVersion(april).Tag("a", "1"))
		w.train(ctx, modelName, nil, nil)
		edit(ctx, w.version(april), func(v *v1alpha1.ModelVersion) { v.Spec.Tags["a"] = "2" })
		shows(ctx, w.version(april), registeredVersion("1")...)
		Expect(w.tagsOf("1")).To(Equal(map[string]string{"a": "2"}))
		Expect(w.mlflow.Version(modelName, "2").Tags).To(BeEmpty())
	})

	It("are only compared where the model is observed", func(ctx SpecContext) {
		w := modeled(ctx)
		w.isRegistered(ctx, builder.ModelVersion(april).Tag("a", "1"))
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Management = v1alpha1.ManagementObserve })
		shows(ctx, w.model(modelName), synced(modelName)...)
		w.mlflow.Reset()
		edit(ctx, w.version(april), func(v *v1alpha1.ModelVersion) {
			v.Spec.Tags, v.Spec.Description = map[string]v1alpha1.TagValue{"b": "2"}, new("x")
		})
		const would = "PlanPending: tags/b of version 1 differs, and 2 more; nothing is written while management of the model is Observe"
		shows(ctx, w.version(april), "Ready=True "+would, registeredVersion("1")[1], "Synced=False "+would)
		w.wroteNothing()
	})

	It("are written to the end where a request fails", func(ctx SpecContext) {
		w := modeled(ctx)
		w.isRegistered(ctx, builder.ModelVersion(april))
		rule := w.mlflow.Fail(mlflowtest.Nth(2, mlflowtest.Endpoint("model-versions/set-tag")), mlflowtest.Forbidden())
		edit(ctx, w.version(april), func(v *v1alpha1.ModelVersion) { v.Spec.Tags = map[string]v1alpha1.TagValue{"a": "1", "b": "2"} })
		const denied = "PermissionDenied: model-versions/set-tag: 403: permission denied"
		v := shows(ctx, w.version(april), "Ready=False "+denied, "Stalled=True "+denied, registeredVersion("1")[1], "Synced=False "+denied)
		Expect(v.Status.ManagedTags).To(Equal([]string{"a", "b"}))
		rule.Remove()
		lookNow(ctx, w.version(april))
		shows(ctx, w.version(april), registeredVersion("1")...)
		Expect(w.tagsOf("1")).To(Equal(map[string]string{"a": "1", "b": "2"}))
	})
})

var _ = Describe("A version that exists", func() {
	It("is adopted, and gets the tags that are declared", func(ctx SpecContext) {
		w := modeled(ctx)
		w.train(ctx, modelName, nil, map[string]string{"foreign": "kept"})
		w.apply(ctx, builder.ModelVersion(april).Adopts("1").Tag("status", "stable"))
		v := shows(ctx, w.version(april), registeredVersion("1")...)
		live := w.mlflow.Version(modelName, "1")
		Expect(live.Tags).To(Equal(map[string]string{"foreign": "kept", "status": "stable"}))
		Expect(v.Status.RunID).To(Equal(live.RunID))
		Expect(v.Status.ManagedTags).To(Equal([]string{"status"}))
		Expect(w.creates()).To(BeZero())
		w.tellsOfVersion(ctx, april,
			"Normal Adopted: version 1 of model sentiment, registered from "+live.Source+", is adopted",
			`Normal Updated: version 1 of model sentiment changed: tags/status from "" to "stable"`)
	})

	It("has one object that stands for it", func(ctx SpecContext) {
		w := modeled(ctx)
		w.isRegistered(ctx, builder.ModelVersion(april).Tag("from", "april"))
		w.apply(ctx, builder.ModelVersion("may").Adopts("1").Tag("from", "may"))
		shows(ctx, w.version("may"), unregistered("Stalled", "Conflict",
			"ModelVersion april stands for version 1 of the same model already: delete one of the two")...)
		Expect(w.tagsOf("1")).To(Equal(map[string]string{"from": "april"}))
		w.remove(ctx, w.version(april))
		w.isGone(ctx, w.version(april))
		lookNow(ctx, w.version("may"))
		shows(ctx, w.version("may"), registeredVersion("1")...)
		Expect(w.tagsOf("1")).To(Equal(map[string]string{"from": "may"}))
	})
})

var _ = Describe("A version that another hand deleted", func() {
	It("is told, and not registered again", func(ctx SpecContext) {
		w := modeled(ctx)
		w.isRegistered(ctx, builder.ModelVersion(april))
		Expect(w.user.DeleteVersion(ctx, modelName, "1")).To(Succeed())
		w.poll()
		gone := unregistered("Stalled", "VersionDeleted", "version 1 of model sentiment was deleted in MLflow: "+
			"it is not registered again, create another ModelVersion for another one")
		v := shows(ctx, w.version(april), gone...)
		Expect(v.Status.Version).To(BeEquivalentTo("1"))

		By("something else that happens to the model, which costs nothing for it")
		w.mlflow.Reset()
		w.train(ctx, modelName, nil, nil)
		w.lists(ctx, 1)
		edit(ctx, w.version(april), func(v *v1alpha1.ModelVersion) { v.Spec.Tags = map[string]v1alpha1.TagValue{"a": "1"} })
		shows(ctx, w.version(april), gone...)
		Expect(w.mlflow.Count(getVersion)).To(Equal(1))
		w.wroteNothing()
	})

	It("is gone with its model, also where that is created again", func(ctx SpecContext) {
		w := modeled(ctx)
		w.isRegistered(ctx, builder.ModelVersion(april).Tag("a", "1"))
		w.recreate(ctx)
		w.train(ctx, modelName, nil, nil)
		w.poll()
		shows(ctx, w.version(april), unregistered("Stalled", "VersionDeleted",
			"model sentiment was deleted in MLflow and created again, and version 1 with it: "+
				"it is not registered again, create another ModelVersion for another one")...)
		Expect(w.mlflow.Version(modelName, "1").Tags).To(BeEmpty())
		Expect(w.creates()).To(Equal(1))
	})
})
