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
		w := newModelEnv(ctx)
		v := w.createRegisteredVersion(ctx, builder.ModelVersion(april))
		w.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		w.deleteObject(ctx, v)
		w.waitForDeleted(ctx, v)
		Expect(w.mlflow.Version(modelName, "1").CurrentStage).To(Equal("None"))
	})

	It("archives the version where it says so", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		v := w.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyArchive))
		Expect(v.Finalizers).To(Equal([]string{v1alpha1.CleanupFinalizer}))
		w.deleteObject(ctx, v)
		w.waitForDeleted(ctx, v)
		Expect(w.mlflow.Version(modelName, "1").CurrentStage).To(Equal("Archived"))
		w.waitForVersionEvents(ctx, april, registeredEvent("1", v.Status.Source), archivedEvent)
	})

	It("deletes the version where it says so, and no other", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		v := w.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		w.trainVersion(ctx, modelName, nil, nil)
		w.deleteObject(ctx, v)
		w.waitForDeleted(ctx, v)
		Expect(w.versionsBySource()).To(HaveLen(1))
		Expect(w.versionsBySource()).To(HaveKey("2"))
		w.waitForVersionEvents(ctx, april, registeredEvent("1", v.Status.Source), deletedEvent)
	})

	It("takes what it says at last: a policy may be edited", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		w.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		editObject(ctx, w.versionObject(april), func(v *v1alpha1.ModelVersion) { v.Spec.DeletionPolicy = v1alpha1.VersionDeletionPolicyRetain })
		v := waitForConditions(ctx, w.versionObject(april), registeredConditions("1")...)
		Expect(v.Finalizers).To(BeEmpty())
		w.deleteObject(ctx, v)
		w.waitForDeleted(ctx, v)
		Expect(w.versionsBySource()).To(HaveKey("1"))
	})

	It("never deletes a version that it only adopted", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		w.trainVersion(ctx, modelName, nil, nil)
		w.createObject(ctx, builder.ModelVersion(april).AdoptVersion("1").DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		v := waitForConditions(ctx, w.versionObject(april), registeredConditions("1")...)
		w.deleteObject(ctx, v)
		w.waitForDeleted(ctx, v)
		Expect(w.versionsBySource()).To(HaveKey("1"))
		w.waitForVersionEvents(ctx, april, "Normal Adopted: version 1 of model sentiment, registered from "+v.Status.Source+", is adopted",
			"Warning Orphaned: version 1 of model sentiment is left in MLflow as it is: "+
				"it does not carry the tag registry.mlflow-operator.io/registered-by of this object")
	})

	It("waits for a version that is in use", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		v := w.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		Expect(w.user.SetAlias(ctx, modelName, "shadow", "1")).To(Succeed())
		w.deleteObject(ctx, v)
		waitForConditions(ctx, w.versionObject(april), versionDeletionConditions("1", "VersionInUse", "version 1 of model sentiment holds alias shadow: "+
			"let another version take its place, or set deletionPolicy to Retain")...)
		Expect(w.user.DeleteAlias(ctx, modelName, "shadow")).To(Succeed())
		Expect(w.user.TransitionStage(ctx, modelName, "1", "Production", false)).To(Succeed())
		w.pollNow()
		waitForConditions(ctx, w.versionObject(april), versionDeletionConditions("1", "VersionInUse", "version 1 of model sentiment is in MLflow's stage Production: "+
			"let another version take its place, or set deletionPolicy to Retain")...)
		Expect(w.user.TransitionStage(ctx, modelName, "1", "None", false)).To(Succeed())
		w.pollNow()
		w.waitForDeleted(ctx, v)
		Expect(w.versionsBySource()).To(BeEmpty())
	})

	It("sees an alias that is set after the look at its model", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		v := w.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		rule := w.runOnceBefore(getVersionEndpoint, func() { Expect(w.user.SetAlias(ctx, modelName, "shadow", "1")).To(Succeed()) })
		w.deleteObject(ctx, v)
		waitForConditions(ctx, w.versionObject(april), versionDeletionConditions("1", "VersionInUse", "version 1 of model sentiment holds alias shadow: "+
			"let another version take its place, or set deletionPolicy to Retain")...)
		Expect(rule.Hits()).To(Equal(1))
		Expect(w.listDeletedVersions()).To(BeEmpty())
		Expect(w.user.DeleteAlias(ctx, modelName, "shadow")).To(Succeed())
		requestReconcile(ctx, w.versionObject(april))
		w.waitForDeleted(ctx, v)
		Expect(w.versionsBySource()).To(BeEmpty())
	})

	It("waits for a promotion that is moving its stage to it", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		v := w.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyArchive))
		w.createObject(ctx, builder.Promotion(toProduction).Suspend())
		p := waitForConditions(ctx, w.promotionObject(toProduction), suspendedConditions()...)
		p.Status.PendingTransition = &v1alpha1.PromotionRecord{
			Version: "1", Reason: v1alpha1.PromotionReasonPromoted, Time: metav1.Now(), ModelCreationTimestamp: v.Status.ModelCreationTimestamp,
		}
		Expect(controlPlane.Client.Status().Update(ctx, p)).To(Succeed())
		w.deleteObject(ctx, v)
		waitForConditions(ctx, w.versionObject(april), versionDeletionConditions("1", "VersionInUse", "version 1 of model sentiment is taking stage production by "+
			"ModelPromotion to-production: let another version take its place, or set deletionPolicy to Retain")...)
		Expect(w.mlflow.Version(modelName, "1").CurrentStage).To(Equal("None"))
		Expect(controlPlane.Client.Delete(ctx, p)).To(Succeed())
		requestReconcile(ctx, w.versionObject(april))
		w.waitForDeleted(ctx, v)
		Expect(w.mlflow.Version(modelName, "1").CurrentStage).To(Equal("Archived"))
	})

	It("waits for a server that is down, unless somebody lets it go", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		v := w.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyArchive))
		w.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		w.pollNow()
		message := listFailed + "the connection was closed before the whole answer was there"
		waitForConditions(ctx, w.modelObject(modelName), connectionNotReadyConditions("Unreachable", message)...)
		w.deleteObject(ctx, v)
		Eventually(func(g Gomega) {
			g.Expect(controlPlane.Client.Get(ctx, keyOf(v), v)).To(Succeed())
			g.Expect(conditionLines(v)[0]).To(Equal("Ready=False Unreachable: " + message + "; the deletion waits for it, the annotation " +
				`registry.mlflow-operator.io/orphan-on-delete: "true" ends the wait and leaves the version as it is`))
		}).WithContext(ctx).Should(Succeed())
		editObject(ctx, v, func(v *v1alpha1.ModelVersion) {
			v.Annotations = map[string]string{v1alpha1.OrphanOnDeleteAnnotation: "true"}
		})
		w.waitForDeleted(ctx, v)
		Expect(w.mlflow.Version(modelName, "1").CurrentStage).To(Equal("None"))
		w.waitForVersionEvents(ctx, april, registeredEvent("1", v.Status.Source),
			"Warning Orphaned: version 1 of model sentiment is left in MLflow as it is: the annotation registry.mlflow-operator.io/orphan-on-delete says so")
	})

	It("still archives where its RegisteredModel went first, and does not hold up a namespace of which all goes", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		v := w.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyArchive))
		second := builder.ModelVersion("may").URI("s3://models/may").DeletionPolicy(v1alpha1.VersionDeletionPolicyArchive)
		w.createObject(ctx, second)
		may := waitForConditions(ctx, w.versionObject("may"), registeredConditions("2")...)
		Expect(controlPlane.Client.Delete(ctx, w.modelObject(modelName))).To(Succeed())
		w.deleteObject(ctx, v)
		w.waitForDeleted(ctx, v)
		Expect(w.mlflow.Version(modelName, "1").CurrentStage).To(Equal("Archived"))

		By("deleting the connection, too")
		Expect(controlPlane.Client.Delete(ctx, w.connectionObject())).To(Succeed())
		Eventually(func() bool { return provider.State(w.connectionKey()).Known }).WithContext(ctx).Should(BeFalse())
		w.deleteObject(ctx, may)
		w.waitForDeleted(ctx, may)
		Expect(w.mlflow.Version(modelName, "2").CurrentStage).To(Equal("None"))
		w.waitForVersionEvents(ctx, "may", registeredEvent("2", "s3://models/may"),
			"Warning Orphaned: version 2 of model sentiment is left in MLflow as it is: there is no MLflowConnection mlflow any more")
	})

	It("deletes the version that nobody lived to tell of", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		rule := w.mlflow.InjectFault(mlflowtest.FromNthCall(2, mlflowtest.CallsTo(searchVersionsEndpoint)), mlflowtest.ServerError())
		w.injectRegistrationFault(mlflowtest.DropResponse())
		w.createObject(ctx, builder.ModelVersion(april).URI("s3://models/april").DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		Eventually(w.versionsBySource).WithContext(ctx).Should(HaveKey("1"))
		w.deleteObject(ctx, w.versionObject(april))
		rule.Remove()
		w.waitForDeleted(ctx, w.versionObject(april))
		Expect(w.versionsBySource()).To(BeEmpty())
	})

	It("says what it waits for where its model is suspended, and leaves all where it is only observed", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		v := w.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyArchive))
		editObject(ctx, w.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Suspend = new(true) })
		waitForConditions(ctx, w.modelObject(modelName), suspendedModelConditions()...)
		w.deleteObject(ctx, v)
		Eventually(func(g Gomega) {
			g.Expect(controlPlane.Client.Get(ctx, keyOf(v), v)).To(Succeed())
			g.Expect(conditionLines(v)[0]).To(HavePrefix("Ready=False ModelNotReady: RegisteredModel sentiment is suspended; the deletion waits"))
		}).WithContext(ctx).Should(Succeed())
		editObject(ctx, w.modelObject(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Spec.Suspend, m.Spec.ManagementPolicy = nil, v1alpha1.ManagementPolicyObserve
		})
		w.waitForDeleted(ctx, v)
		Expect(w.mlflow.Version(modelName, "1").CurrentStage).To(Equal("None"))
	})
})
