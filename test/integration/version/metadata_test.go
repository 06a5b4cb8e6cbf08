// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package version

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// getVersionTags returns the tags of a version without the operator's own.
func getVersionTags(e *env.Env, number string) map[string]string {
	tags := e.MLflow.Version(env.ModelName, number).Tags
	delete(tags, v1alpha1.RegisteredByTag)
	return tags
}

var _ = Describe("The description and the tags of a version", func() {
	It("are synced without a change of other tags", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April).Description("Of April").Tag("a", "1").Tag("b", "2"))
		Expect(e.User.SetVersionTag(ctx, env.ModelName, "1", "foreign", "kept")).To(Succeed())
		source := e.MLflow.Version(env.ModelName, "1").Source

		By("editing them")
		e.EditVersion(ctx, func(v *v1alpha1.ModelVersion) {
			v.Spec.Description, v.Spec.Tags = new("Of late April"), map[string]v1alpha1.TagValue{"b": "3", "c": ""}
		})
		v := e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		Expect(getVersionTags(e, "1")).To(Equal(map[string]string{"b": "3", "c": "", "foreign": "kept"}))
		Expect(e.MLflow.Version(env.ModelName, "1").Description).To(Equal("Of late April"))
		Expect(v.Status.ManagedTags).To(Equal([]string{"b", "c"}))
		e.WaitForVersionEvents(ctx, env.April, env.RegisteredEvent("1", source),
			`Normal Updated: version 1 of model sentiment changed: tags/b from "2" to "3", tags/c from "" to "", tags/a from "1" to "", `+
				`description from "Of April" to "Of late April"`)

		By("changing one as a user, which the next poll shows")
		Expect(e.User.SetVersionTag(ctx, env.ModelName, "1", "b", "by hand")).To(Succeed())
		e.PollNow()
		Eventually(func() map[string]string { return getVersionTags(e, "1") }).WithContext(ctx).Should(HaveKeyWithValue("b", "3"))

		By("removing all declarations")
		e.EditVersion(ctx, func(v *v1alpha1.ModelVersion) { v.Spec.Description, v.Spec.Tags = nil, nil })
		v = e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		Expect(getVersionTags(e, "1")).To(Equal(map[string]string{"foreign": "kept"}))
		Expect(e.MLflow.Version(env.ModelName, "1").Description).To(Equal("Of late April"))
		Expect(v.Status.ManagedTags).To(BeEmpty())
	})

	It("are not written to the version of a model that was created again", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		v := e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April).Tag("a", "1"))
		ownerTags := e.MLflow.Model(env.ModelName).Tags
		Expect(e.User.DeleteModel(ctx, env.ModelName)).To(Succeed())
		Expect(e.User.CreateModel(ctx, env.ModelName, ownerTags)).To(Succeed())
		e.RegisterRunVersion(ctx, env.ModelName, nil, nil)

		By("editing a tag before a poll shows it")
		env.EditObject(ctx, v, func(v *v1alpha1.ModelVersion) { v.Spec.Tags["a"] = "2" })
		gone := "VersionNotFound: version 1 of model sentiment was deleted in MLflow: " +
			"it is not registered again, create another ModelVersion for a new one"
		env.WaitForConditions(ctx, v, "Ready=False "+gone, "Stalled=True "+gone, "Registered=False "+gone,
			"Synced=Unknown VersionNotFound: not known while Registered is False")
		Expect(getVersionTags(e, "1")).To(BeEmpty())
	})

	It("are synced if the version is not the newest any more", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April).Tag("a", "1"))
		e.RegisterRunVersion(ctx, env.ModelName, nil, nil)
		e.EditVersion(ctx, func(v *v1alpha1.ModelVersion) { v.Spec.Tags["a"] = "2" })
		e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		Expect(getVersionTags(e, "1")).To(Equal(map[string]string{"a": "2"}))
		Expect(e.MLflow.Version(env.ModelName, "2").Tags).To(BeEmpty())
	})

	It("are only compared if the model is observed", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April).Tag("a", "1"))
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.ManagementPolicy = v1alpha1.ManagementPolicyObserve })
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.MLflow.ResetCalls()
		e.EditVersion(ctx, func(v *v1alpha1.ModelVersion) {
			v.Spec.Tags, v.Spec.Description = map[string]v1alpha1.TagValue{"b": "2"}, new("x")
		})
		const would = "PlanPending: tags/b of version 1 differs, and 2 more; nothing is written while managementPolicy of the model is Observe"
		e.WaitForVersion(ctx, "Ready=True "+would, env.RegisteredConditions("1")[1], "Synced=False "+would)
		e.ExpectNoWrites()
	})

	It("are written completely if a request fails", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April))
		rule := e.MLflow.InjectFault(mlflowtest.NthCall(2, mlflowtest.CallsTo("model-versions/set-tag")), mlflowtest.Forbidden())
		e.EditVersion(ctx, func(v *v1alpha1.ModelVersion) { v.Spec.Tags = map[string]v1alpha1.TagValue{"a": "1", "b": "2"} })
		const denied = "PermissionDenied: model-versions/set-tag: 403: permission denied"
		v := e.WaitForVersion(ctx, "Ready=False "+denied, "Stalled=True "+denied, env.RegisteredConditions("1")[1], "Synced=False "+denied)
		Expect(v.Status.ManagedTags).To(Equal([]string{"a", "b"}))
		rule.Remove()
		env.RequestReconcile(ctx, e.VersionObject(env.April))
		e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		Expect(getVersionTags(e, "1")).To(Equal(map[string]string{"a": "1", "b": "2"}))
	})
})

var _ = Describe("A version that exists", func() {
	It("is adopted, and gets the declared tags", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.RegisterRunVersion(ctx, env.ModelName, nil, map[string]string{"foreign": "kept"})
		e.CreateObject(ctx, builder.ModelVersion(env.April).AdoptVersion("1").Tag("status", "stable"))
		v := e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		registered := e.MLflow.Version(env.ModelName, "1")
		Expect(registered.Tags).To(Equal(map[string]string{"foreign": "kept", "status": "stable"}))
		Expect(v.Status.RunID).To(Equal(registered.RunID))
		Expect(v.Status.ManagedTags).To(Equal([]string{"status"}))
		Expect(e.CountVersionCreates()).To(BeZero())
		e.WaitForVersionEvents(ctx, env.April,
			"Normal Adopted: version 1 of model sentiment, registered from "+registered.Source+", is adopted",
			`Normal Updated: version 1 of model sentiment changed: tags/status from "" to "stable"`)
	})

	It("has only one object", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April).Tag("from", "april"))
		e.CreateObject(ctx, builder.ModelVersion("may").AdoptVersion("1").Tag("from", "may"))
		env.WaitForConditions(ctx, e.VersionObject("may"), env.UnregisteredConditions("Stalled", "Conflict",
			"ModelVersion april already manages version 1 of the same model: delete one of the two")...)
		Expect(getVersionTags(e, "1")).To(Equal(map[string]string{"from": "april"}))
		e.DeleteObject(ctx, e.VersionObject(env.April))
		e.WaitForDeleted(ctx, e.VersionObject(env.April))
		env.RequestReconcile(ctx, e.VersionObject("may"))
		env.WaitForConditions(ctx, e.VersionObject("may"), env.RegisteredConditions("1")...)
		Expect(getVersionTags(e, "1")).To(Equal(map[string]string{"from": "may"}))
	})
})

var _ = Describe("A version that a user deleted", func() {
	It("is reported, and not registered again", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April))
		Expect(e.User.DeleteVersion(ctx, env.ModelName, "1")).To(Succeed())
		e.PollNow()
		gone := env.UnregisteredConditions("Stalled", "VersionNotFound", "version 1 of model sentiment was deleted in MLflow: "+
			"it is not registered again, create another ModelVersion for a new one")
		v := e.WaitForVersion(ctx, gone...)
		Expect(v.Status.Version).To(BeEquivalentTo("1"))

		By("changing something else of the model, which causes no request for the version")
		e.MLflow.ResetCalls()
		e.RegisterRunVersion(ctx, env.ModelName, nil, nil)
		e.PollRepeatedly(ctx, 1)
		e.EditVersion(ctx, func(v *v1alpha1.ModelVersion) { v.Spec.Tags = map[string]v1alpha1.TagValue{"a": "1"} })
		e.WaitForVersion(ctx, gone...)
		Expect(e.MLflow.CountCalls(env.GetVersionEndpoint)).To(Equal(1))
		e.ExpectNoWrites()
	})

	It("is reported with its model, even if the model is created again", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April).Tag("a", "1"))
		e.RecreateModel(ctx)
		e.RegisterRunVersion(ctx, env.ModelName, nil, nil)
		e.PollNow()
		e.WaitForVersion(ctx, env.UnregisteredConditions("Stalled", "VersionNotFound",
			"model sentiment was deleted in MLflow and created again, and version 1 with it: "+
				"it is not registered again, create another ModelVersion for a new one")...)
		Expect(e.MLflow.Version(env.ModelName, "1").Tags).To(BeEmpty())
		Expect(e.CountVersionCreates()).To(Equal(1))
	})
})
