// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// archivedEvent and deletedEvent tell what became of a version with its object.
const (
	archivedEvent = "Normal Archived: version 1 of model sentiment moved to MLflow's stage Archived, as deletionPolicy says"
	deletedEvent  = "Normal Deleted: version 1 of model sentiment deleted in MLflow, as deletionPolicy says"
)

var _ = Describe("A ModelVersion that is deleted", func() {
	It("leaves the version, also where MLflow is down", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		v := e.createRegisteredVersion(ctx, builder.ModelVersion(april))
		e.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		e.deleteObject(ctx, v)
		e.waitForDeleted(ctx, v)
		Expect(e.mlflow.Version(modelName, "1").CurrentStage).To(Equal("None"))
	})

	It("archives the version where it says so", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		v := e.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyArchive))
		Expect(v.Finalizers).To(Equal([]string{v1alpha1.CleanupFinalizer}))
		e.deleteObject(ctx, v)
		e.waitForDeleted(ctx, v)
		Expect(e.mlflow.Version(modelName, "1").CurrentStage).To(Equal("Archived"))
		e.waitForVersionEvents(ctx, april, registeredEvent("1", v.Status.Source), archivedEvent)
	})

	It("deletes the version where it says so, and no other", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		v := e.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		e.registerRunVersion(ctx, modelName, nil, nil)
		e.deleteObject(ctx, v)
		e.waitForDeleted(ctx, v)
		Expect(e.versionsBySource()).To(HaveLen(1))
		Expect(e.versionsBySource()).To(HaveKey("2"))
		e.waitForVersionEvents(ctx, april, registeredEvent("1", v.Status.Source), deletedEvent)
	})

	It("takes what it says at last: a policy may be edited", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		editObject(ctx, e.versionObject(april), func(v *v1alpha1.ModelVersion) { v.Spec.DeletionPolicy = v1alpha1.VersionDeletionPolicyRetain })
		v := waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		Expect(v.Finalizers).To(BeEmpty())
		e.deleteObject(ctx, v)
		e.waitForDeleted(ctx, v)
		Expect(e.versionsBySource()).To(HaveKey("1"))
	})

	It("never deletes a version that it only adopted", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.registerRunVersion(ctx, modelName, nil, nil)
		e.createObject(ctx, builder.ModelVersion(april).AdoptVersion("1").DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		v := waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		e.deleteObject(ctx, v)
		e.waitForDeleted(ctx, v)
		Expect(e.versionsBySource()).To(HaveKey("1"))
		e.waitForVersionEvents(ctx, april, "Normal Adopted: version 1 of model sentiment, registered from "+v.Status.Source+", is adopted",
			"Warning Orphaned: version 1 of model sentiment is left in MLflow as it is: "+
				"it does not carry the tag registry.mlflow-operator.io/registered-by of this object")
	})

	It("waits for a version that is in use", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		v := e.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		Expect(e.user.SetAlias(ctx, modelName, "shadow", "1")).To(Succeed())
		e.deleteObject(ctx, v)
		waitForConditions(ctx, e.versionObject(april), versionDeletionConditions("1", "VersionInUse", "version 1 of model sentiment holds alias shadow: "+
			"let another version take its place, or set deletionPolicy to Retain")...)
		Expect(e.user.DeleteAlias(ctx, modelName, "shadow")).To(Succeed())
		Expect(e.user.TransitionStage(ctx, modelName, "1", "Production", false)).To(Succeed())
		e.pollNow()
		waitForConditions(ctx, e.versionObject(april), versionDeletionConditions("1", "VersionInUse", "version 1 of model sentiment is in MLflow's stage Production: "+
			"let another version take its place, or set deletionPolicy to Retain")...)
		Expect(e.user.TransitionStage(ctx, modelName, "1", "None", false)).To(Succeed())
		e.pollNow()
		e.waitForDeleted(ctx, v)
		Expect(e.versionsBySource()).To(BeEmpty())
	})

	It("sees an alias that is set after the look at its model", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		v := e.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		rule := e.runOnceBefore(getVersionEndpoint, func() { Expect(e.user.SetAlias(ctx, modelName, "shadow", "1")).To(Succeed()) })
		e.deleteObject(ctx, v)
		waitForConditions(ctx, e.versionObject(april), versionDeletionConditions("1", "VersionInUse", "version 1 of model sentiment holds alias shadow: "+
			"let another version take its place, or set deletionPolicy to Retain")...)
		Expect(rule.Hits()).To(Equal(1))
		Expect(e.listDeletedVersions()).To(BeEmpty())
		Expect(e.user.DeleteAlias(ctx, modelName, "shadow")).To(Succeed())
		requestReconcile(ctx, e.versionObject(april))
		e.waitForDeleted(ctx, v)
		Expect(e.versionsBySource()).To(BeEmpty())
	})

	It("waits for a promotion that is moving its stage to it", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		v := e.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyArchive))
		e.createObject(ctx, builder.Promotion(toProduction).Suspend())
		p := waitForConditions(ctx, e.promotionObject(toProduction), suspendedConditions()...)
		p.Status.PendingTransition = &v1alpha1.PromotionRecord{
			Version: "1", Reason: v1alpha1.PromotionReasonPromoted, Time: metav1.Now(), ModelCreationTimestamp: v.Status.ModelCreationTimestamp,
		}
		Expect(controlPlane.Client.Status().Update(ctx, p)).To(Succeed())
		e.deleteObject(ctx, v)
		waitForConditions(ctx, e.versionObject(april), versionDeletionConditions("1", "VersionInUse", "version 1 of model sentiment is taking stage production by "+
			"ModelPromotion to-production: let another version take its place, or set deletionPolicy to Retain")...)
		Expect(e.mlflow.Version(modelName, "1").CurrentStage).To(Equal("None"))
		Expect(controlPlane.Client.Delete(ctx, p)).To(Succeed())
		requestReconcile(ctx, e.versionObject(april))
		e.waitForDeleted(ctx, v)
		Expect(e.mlflow.Version(modelName, "1").CurrentStage).To(Equal("Archived"))
	})

	It("waits for a server that is down, unless somebody lets it go", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		v := e.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyArchive))
		e.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		e.pollNow()
		message := listFailedPrefix + "the connection was closed before the whole answer was there"
		waitForConditions(ctx, e.modelObject(modelName), connectionNotReadyConditions("Unreachable", message)...)
		e.deleteObject(ctx, v)
		Eventually(func(g Gomega) {
			g.Expect(controlPlane.Client.Get(ctx, objectKey(v), v)).To(Succeed())
			g.Expect(conditionLines(v)[0]).To(Equal("Ready=False Unreachable: " + message + "; the deletion waits for it, the annotation " +
				`registry.mlflow-operator.io/orphan-on-delete: "true" ends the wait and leaves the version as it is`))
		}).WithContext(ctx).Should(Succeed())
		editObject(ctx, v, func(v *v1alpha1.ModelVersion) {
			v.Annotations = map[string]string{v1alpha1.OrphanOnDeleteAnnotation: "true"}
		})
		e.waitForDeleted(ctx, v)
		Expect(e.mlflow.Version(modelName, "1").CurrentStage).To(Equal("None"))
		e.waitForVersionEvents(ctx, april, registeredEvent("1", v.Status.Source),
			"Warning Orphaned: version 1 of model sentiment is left in MLflow as it is: the annotation registry.mlflow-operator.io/orphan-on-delete says so")
	})

	It("still archives where its RegisteredModel went first, and does not hold up a namespace of which all goes", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		v := e.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyArchive))
		second := builder.ModelVersion("may").URI("s3://models/may").DeletionPolicy(v1alpha1.VersionDeletionPolicyArchive)
		e.createObject(ctx, second)
		may := waitForConditions(ctx, e.versionObject("may"), registeredConditions("2")...)
		Expect(controlPlane.Client.Delete(ctx, e.modelObject(modelName))).To(Succeed())
		e.deleteObject(ctx, v)
		e.waitForDeleted(ctx, v)
		Expect(e.mlflow.Version(modelName, "1").CurrentStage).To(Equal("Archived"))

		By("deleting the connection, too")
		Expect(controlPlane.Client.Delete(ctx, e.connectionObject())).To(Succeed())
		Eventually(func() bool { return provider.State(e.connectionKey()).Known }).WithContext(ctx).Should(BeFalse())
		e.deleteObject(ctx, may)
		e.waitForDeleted(ctx, may)
		Expect(e.mlflow.Version(modelName, "2").CurrentStage).To(Equal("None"))
		e.waitForVersionEvents(ctx, "may", registeredEvent("2", "s3://models/may"),
			"Warning Orphaned: version 2 of model sentiment is left in MLflow as it is: there is no MLflowConnection mlflow any more")
	})

	It("deletes the version that nobody lived to tell of", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		rule := e.mlflow.InjectFault(mlflowtest.FromNthCall(2, mlflowtest.CallsTo(searchVersionsEndpoint)), mlflowtest.ServerError())
		e.injectRegistrationFault(mlflowtest.DropResponse())
		e.createObject(ctx, builder.ModelVersion(april).URI("s3://models/april").DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		Eventually(e.versionsBySource).WithContext(ctx).Should(HaveKey("1"))
		e.deleteObject(ctx, e.versionObject(april))
		rule.Remove()
		e.waitForDeleted(ctx, e.versionObject(april))
		Expect(e.versionsBySource()).To(BeEmpty())
	})

	It("says what it waits for where its model is suspended, and leaves all where it is only observed", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		v := e.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyArchive))
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Suspend = new(true) })
		waitForConditions(ctx, e.modelObject(modelName), suspendedModelConditions()...)
		e.deleteObject(ctx, v)
		Eventually(func(g Gomega) {
			g.Expect(controlPlane.Client.Get(ctx, objectKey(v), v)).To(Succeed())
			g.Expect(conditionLines(v)[0]).To(HavePrefix("Ready=False ModelNotReady: RegisteredModel sentiment is suspended; the deletion waits"))
		}).WithContext(ctx).Should(Succeed())
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Spec.Suspend, m.Spec.ManagementPolicy = nil, v1alpha1.ManagementPolicyObserve
		})
		e.waitForDeleted(ctx, v)
		Expect(e.mlflow.Version(modelName, "1").CurrentStage).To(Equal("None"))
	})
})

// versionDeletionConditions are the conditions of a registered version that waits with its deletion.
func versionDeletionConditions(number, reason, message string) []string {
	why := reason + ": " + message + `; the deletion waits for it, the annotation registry.mlflow-operator.io/orphan-on-delete: "true" ` +
		"ends the wait and leaves the version as it is"
	return append([]string{"Ready=False " + why, "Reconciling=True " + why}, registeredConditions(number)[1:]...)
}
