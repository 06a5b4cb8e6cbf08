// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package version

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// archivedEvent and deletedEvent are the events of a version whose object is deleted.
const (
	archivedEvent = "Normal Archived: version 1 of model sentiment moved to MLflow's stage Archived, as deletionPolicy says"
	deletedEvent  = "Normal Deleted: version 1 of model sentiment deleted in MLflow, as deletionPolicy says"
)

// aliasInUseMessage is the message of a version that has an alias when its object is deleted.
const aliasInUseMessage = "version 1 of model sentiment holds alias shadow: " +
	"let another version take its place, or set deletionPolicy to Retain"

var _ = Describe("A ModelVersion that is deleted", func() {
	It("orphans the version, even if MLflow is down", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		v := e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April))
		e.MLflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		e.DeleteObject(ctx, v)
		e.WaitForDeleted(ctx, v)
		Expect(e.MLflow.Version(env.ModelName, "1").CurrentStage).To(Equal("None"))
	})

	It("archives the version if deletionPolicy is Archive", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		v := e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April).DeletionPolicy(v1alpha1.VersionDeletionPolicyArchive))
		Expect(v.Finalizers).To(Equal([]string{v1alpha1.CleanupFinalizer}))
		e.DeleteObject(ctx, v)
		e.WaitForDeleted(ctx, v)
		Expect(e.MLflow.Version(env.ModelName, "1").CurrentStage).To(Equal("Archived"))
		e.WaitForVersionEvents(ctx, env.April, env.RegisteredEvent("1", v.Status.Source), archivedEvent)
	})

	It("deletes only its version if deletionPolicy is Delete", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		v := e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		e.RegisterRunVersion(ctx, env.ModelName, nil, nil)
		e.DeleteObject(ctx, v)
		e.WaitForDeleted(ctx, v)
		Expect(e.VersionsBySource()).To(HaveLen(1))
		Expect(e.VersionsBySource()).To(HaveKey("2"))
		e.WaitForVersionEvents(ctx, env.April, env.RegisteredEvent("1", v.Status.Source), deletedEvent)
	})

	It("follows a deletionPolicy that is edited during the deletion", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		e.EditVersion(ctx, func(v *v1alpha1.ModelVersion) { v.Spec.DeletionPolicy = v1alpha1.VersionDeletionPolicyRetain })
		v := e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		Expect(v.Finalizers).To(BeEmpty())
		e.DeleteObject(ctx, v)
		e.WaitForDeleted(ctx, v)
		Expect(e.VersionsBySource()).To(HaveKey("1"))
	})

	It("never deletes a version that it only adopted", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.RegisterRunVersion(ctx, env.ModelName, nil, nil)
		e.CreateObject(ctx, builder.ModelVersion(env.April).AdoptVersion("1").DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		v := e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		e.DeleteObject(ctx, v)
		e.WaitForDeleted(ctx, v)
		Expect(e.VersionsBySource()).To(HaveKey("1"))
		e.WaitForVersionEvents(ctx, env.April, "Normal Adopted: version 1 of model sentiment, registered from "+v.Status.Source+", is adopted",
			"Warning Orphaned: version 1 of model sentiment is left in MLflow as it is: "+
				"it does not carry the tag registry.mlflow-operator.io/registered-by of this object")
	})

	It("waits while the version is in use", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		v := e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		Expect(e.User.SetAlias(ctx, env.ModelName, "shadow", "1")).To(Succeed())
		e.DeleteObject(ctx, v)
		e.WaitForVersion(ctx, versionDeletionConditions("1", "VersionInUse", aliasInUseMessage)...)
		Expect(e.User.DeleteAlias(ctx, env.ModelName, "shadow")).To(Succeed())
		Expect(e.User.TransitionStage(ctx, env.ModelName, "1", "Production", false)).To(Succeed())
		e.PollNow()
		e.WaitForVersion(ctx, versionDeletionConditions("1", "VersionInUse", "version 1 of model sentiment is in MLflow's stage Production: "+
			"let another version take its place, or set deletionPolicy to Retain")...)
		Expect(e.User.TransitionStage(ctx, env.ModelName, "1", "None", false)).To(Succeed())
		e.PollNow()
		e.WaitForDeleted(ctx, v)
		Expect(e.VersionsBySource()).To(BeEmpty())
	})

	It("detects an alias that is set after the model was read", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		v := e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		rule := e.RunOnceBefore(env.GetVersionEndpoint, func() { Expect(e.User.SetAlias(ctx, env.ModelName, "shadow", "1")).To(Succeed()) })
		e.DeleteObject(ctx, v)
		e.WaitForVersion(ctx, versionDeletionConditions("1", "VersionInUse", aliasInUseMessage)...)
		Expect(rule.Hits()).To(Equal(1))
		Expect(e.ListDeletedVersions()).To(BeEmpty())
		Expect(e.User.DeleteAlias(ctx, env.ModelName, "shadow")).To(Succeed())
		env.RequestReconcile(ctx, e.VersionObject(env.April))
		e.WaitForDeleted(ctx, v)
		Expect(e.VersionsBySource()).To(BeEmpty())
	})

	It("waits for a promotion with a pending transition to its version", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		v := e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April).DeletionPolicy(v1alpha1.VersionDeletionPolicyArchive))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Suspend())
		p := e.WaitForPromotion(ctx, env.SuspendedConditions()...)
		p.Status.PendingTransition = &v1alpha1.PromotionRecord{
			Version: "1", Reason: v1alpha1.PromotionReasonPromoted, Time: metav1.Now(), ModelCreationTimestamp: v.Status.ModelCreationTimestamp,
		}
		Expect(env.ControlPlane.Client.Status().Update(ctx, p)).To(Succeed())
		e.DeleteObject(ctx, v)
		e.WaitForVersion(ctx, versionDeletionConditions("1", "VersionInUse",
			"version 1 of model sentiment is being promoted to stage production by ModelPromotion to-production: "+
				"let another version take its place, or set deletionPolicy to Retain")...)
		Expect(e.MLflow.Version(env.ModelName, "1").CurrentStage).To(Equal("None"))
		Expect(env.ControlPlane.Client.Delete(ctx, p)).To(Succeed())
		env.RequestReconcile(ctx, e.VersionObject(env.April))
		e.WaitForDeleted(ctx, v)
		Expect(e.MLflow.Version(env.ModelName, "1").CurrentStage).To(Equal("Archived"))
	})

	It("waits for a server that is down, unless it has the annotation", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		v := e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April).DeletionPolicy(v1alpha1.VersionDeletionPolicyArchive))
		e.MLflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		e.PollNow()
		message := env.ListFailedPrefix + env.ConnectionClosedMessage
		e.WaitForModel(ctx, env.ConnectionNotReadyConditions("Unreachable", message)...)
		e.DeleteObject(ctx, v)
		Eventually(func(g Gomega) {
			g.Expect(env.ControlPlane.Client.Get(ctx, env.ObjectKey(v), v)).To(Succeed())
			g.Expect(env.ConditionLines(v)[0]).To(Equal("Ready=False Unreachable: " + message + "; the deletion waits for it, the annotation " +
				`registry.mlflow-operator.io/orphan-on-delete: "true" ends the wait and leaves the version as it is`))
		}).WithContext(ctx).Should(Succeed())
		env.EditObject(ctx, v, func(v *v1alpha1.ModelVersion) {
			v.Annotations = map[string]string{v1alpha1.OrphanOnDeleteAnnotation: "true"}
		})
		e.WaitForDeleted(ctx, v)
		Expect(e.MLflow.Version(env.ModelName, "1").CurrentStage).To(Equal("None"))
		e.WaitForVersionEvents(ctx, env.April, env.RegisteredEvent("1", v.Status.Source),
			"Warning Orphaned: version 1 of model sentiment is left in MLflow as it is: "+
				"the annotation registry.mlflow-operator.io/orphan-on-delete says so")
	})

	It("archives its version after its RegisteredModel was deleted, and does not block the deletion of a namespace", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		v := e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April).DeletionPolicy(v1alpha1.VersionDeletionPolicyArchive))
		second := builder.ModelVersion("may").URI("s3://models/may").DeletionPolicy(v1alpha1.VersionDeletionPolicyArchive)
		e.CreateObject(ctx, second)
		may := env.WaitForConditions(ctx, e.VersionObject("may"), env.RegisteredConditions("2")...)
		Expect(env.ControlPlane.Client.Delete(ctx, e.ModelObject(env.ModelName))).To(Succeed())
		e.DeleteObject(ctx, v)
		e.WaitForDeleted(ctx, v)
		Expect(e.MLflow.Version(env.ModelName, "1").CurrentStage).To(Equal("Archived"))

		By("deleting the connection, too")
		Expect(env.ControlPlane.Client.Delete(ctx, e.ConnectionObject())).To(Succeed())
		Eventually(func() bool { return env.Provider.State(e.ConnectionKey()).Known }).WithContext(ctx).Should(BeFalse())
		e.DeleteObject(ctx, may)
		e.WaitForDeleted(ctx, may)
		Expect(e.MLflow.Version(env.ModelName, "2").CurrentStage).To(Equal("None"))
		e.WaitForVersionEvents(ctx, "may", env.RegisteredEvent("2", "s3://models/may"),
			"Warning Orphaned: version 2 of model sentiment is left in MLflow as it is: there is no MLflowConnection mlflow any more")
	})

	It("deletes the version of a registration that was not recorded", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		rule := e.MLflow.InjectFault(mlflowtest.FromNthCall(2, mlflowtest.CallsTo(env.SearchVersionsEndpoint)), mlflowtest.ServerError())
		injectRegistrationFault(e, mlflowtest.DropResponse())
		e.CreateObject(ctx, builder.ModelVersion(env.April).URI("s3://models/april").DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		Eventually(e.VersionsBySource).WithContext(ctx).Should(HaveKey("1"))
		e.DeleteObject(ctx, e.VersionObject(env.April))
		rule.Remove()
		e.WaitForDeleted(ctx, e.VersionObject(env.April))
		Expect(e.VersionsBySource()).To(BeEmpty())
	})

	It("waits while its model is suspended, and orphans the version if the model is only observed", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		v := e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April).DeletionPolicy(v1alpha1.VersionDeletionPolicyArchive))
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.Suspend = new(true) })
		e.WaitForModel(ctx, env.SuspendedModelConditions()...)
		e.DeleteObject(ctx, v)
		Eventually(func(g Gomega) {
			g.Expect(env.ControlPlane.Client.Get(ctx, env.ObjectKey(v), v)).To(Succeed())
			g.Expect(env.ConditionLines(v)[0]).To(HavePrefix(
				"Ready=False ModelNotReady: RegisteredModel sentiment is suspended; the deletion waits"))
		}).WithContext(ctx).Should(Succeed())
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) {
			m.Spec.Suspend, m.Spec.ManagementPolicy = nil, v1alpha1.ManagementPolicyObserve
		})
		e.WaitForDeleted(ctx, v)
		Expect(e.MLflow.Version(env.ModelName, "1").CurrentStage).To(Equal("None"))
	})
})

// versionDeletionConditions are the conditions of a registered version whose deletion waits.
func versionDeletionConditions(number, reason, message string) []string {
	why := reason + ": " + message + `; the deletion waits for it, the annotation registry.mlflow-operator.io/orphan-on-delete: "true" ` +
		"ends the wait and leaves the version as it is"
	return append([]string{"Ready=False " + why, "Reconciling=True " + why}, env.RegisteredConditions(number)[1:]...)
}
