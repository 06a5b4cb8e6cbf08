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
		w := modeled(ctx)
		v := w.isRegistered(ctx, builder.ModelVersion(april))
		w.mlflow.Fail(mlflowtest.Any(), mlflowtest.Drop())
		w.remove(ctx, v)
		w.isGone(ctx, v)
		Expect(w.mlflow.Version(modelName, "1").CurrentStage).To(Equal("None"))
	})

	It("archives the version where it says so", func(ctx SpecContext) {
		w := modeled(ctx)
		v := w.isRegistered(ctx, builder.ModelVersion(april).Deletion(v1alpha1.VersionArchive))
		Expect(v.Finalizers).To(Equal([]string{v1alpha1.CleanupFinalizer}))
		w.remove(ctx, v)
		w.isGone(ctx, v)
		Expect(w.mlflow.Version(modelName, "1").CurrentStage).To(Equal("Archived"))
		w.tellsOfVersion(ctx, april, registeredFrom("1", v.Status.Source), archivedEvent)
	})

	It("deletes the version where it says so, and no other", func(ctx SpecContext) {
		w := modeled(ctx)
		v := w.isRegistered(ctx, builder.ModelVersion(april).Deletion(v1alpha1.VersionDelete))
		w.train(ctx, modelName, nil, nil)
		w.remove(ctx, v)
		w.isGone(ctx, v)
		Expect(w.numbers()).To(HaveLen(1))
		Expect(w.numbers()).To(HaveKey("2"))
		w.tellsOfVersion(ctx, april, registeredFrom("1", v.Status.Source), deletedEvent)
	})

	It("takes what it says at last: a policy may be edited", func(ctx SpecContext) {
		w := modeled(ctx)
		w.isRegistered(ctx, builder.ModelVersion(april).Deletion(v1alpha1.VersionDelete))
		edit(ctx, w.version(april), func(v *v1alpha1.ModelVersion) { v.Spec.DeletionPolicy = v1alpha1.VersionRetain })
		v := shows(ctx, w.version(april), registeredVersion("1")...)
		Expect(v.Finalizers).To(BeEmpty())
		w.remove(ctx, v)
		w.isGone(ctx, v)
		Expect(w.numbers()).To(HaveKey("1"))
	})

	It("never deletes a version that it only adopted", func(ctx SpecContext) {
		w := modeled(ctx)
		w.train(ctx, modelName, nil, nil)
		w.apply(ctx, builder.ModelVersion(april).Adopts("1").Deletion(v1alpha1.VersionDelete))
		v := shows(ctx, w.version(april), registeredVersion("1")...)
		w.remove(ctx, v)
		w.isGone(ctx, v)
		Expect(w.numbers()).To(HaveKey("1"))
		w.tellsOfVersion(ctx, april, "Normal Adopted: version 1 of model sentiment, registered from "+v.Status.Source+", is adopted",
			"Warning Left: version 1 of model sentiment is left in MLflow as it is: "+
				"it does not carry the tag registry.mlflow-operator.io/registered-by of this object")
	})

	It("waits for a version that is in use", func(ctx SpecContext) {
		w := modeled(ctx)
		v := w.isRegistered(ctx, builder.ModelVersion(april).Deletion(v1alpha1.VersionDelete))
		Expect(w.user.SetAlias(ctx, modelName, "shadow", "1")).To(Succeed())
		w.remove(ctx, v)
		shows(ctx, w.version(april), versionLeaving("1", "VersionInUse", "version 1 of model sentiment holds alias shadow: "+
			"let another version take its place, or set deletionPolicy to Retain")...)
		Expect(w.user.DeleteAlias(ctx, modelName, "shadow")).To(Succeed())
		Expect(w.user.TransitionStage(ctx, modelName, "1", "Production", false)).To(Succeed())
		w.poll()
		shows(ctx, w.version(april), versionLeaving("1", "VersionInUse", "version 1 of model sentiment is in MLflow's stage Production: "+
			"let another version take its place, or set deletionPolicy to Retain")...)
		Expect(w.user.TransitionStage(ctx, modelName, "1", "None", false)).To(Succeed())
		w.poll()
		w.isGone(ctx, v)
		Expect(w.numbers()).To(BeEmpty())
	})

	It("sees an alias that is set after the look at its model", func(ctx SpecContext) {
		w := modeled(ctx)
		v := w.isRegistered(ctx, builder.ModelVersion(april).Deletion(v1alpha1.VersionDelete))
		rule := w.once(getVersion, func() { Expect(w.user.SetAlias(ctx, modelName, "shadow", "1")).To(Succeed()) })
		w.remove(ctx, v)
		shows(ctx, w.version(april), versionLeaving("1", "VersionInUse", "version 1 of model sentiment holds alias shadow: "+
			"let another version take its place, or set deletionPolicy to Retain")...)
		Expect(rule.Hits()).To(Equal(1))
		Expect(w.deletedVersions()).To(BeEmpty())
		Expect(w.user.DeleteAlias(ctx, modelName, "shadow")).To(Succeed())
		lookNow(ctx, w.version(april))
		w.isGone(ctx, v)
		Expect(w.numbers()).To(BeEmpty())
	})

	It("waits for a promotion that is moving its stage to it", func(ctx SpecContext) {
		w := modeled(ctx)
		v := w.isRegistered(ctx, builder.ModelVersion(april).Deletion(v1alpha1.VersionArchive))
		w.apply(ctx, builder.Promotion(toProduction).Suspend())
		p := shows(ctx, w.promotion(toProduction), suspended()...)
		p.Status.Underway = &v1alpha1.PromotionRecord{
			Version: "1", Cause: v1alpha1.CausePromoted, Time: metav1.Now(), ModelCreationTimestamp: v.Status.ModelCreationTimestamp,
		}
		Expect(plane.Client.Status().Update(ctx, p)).To(Succeed())
		w.remove(ctx, v)
		shows(ctx, w.version(april), versionLeaving("1", "VersionInUse", "version 1 of model sentiment is taking stage production by "+
			"ModelPromotion to-production: let another version take its place, or set deletionPolicy to Retain")...)
		Expect(w.mlflow.Version(modelName, "1").CurrentStage).To(Equal("None"))
		Expect(plane.Client.Delete(ctx, p)).To(Succeed())
		lookNow(ctx, w.version(april))
		w.isGone(ctx, v)
		Expect(w.mlflow.Version(modelName, "1").CurrentStage).To(Equal("Archived"))
	})

	It("waits for a server that is down, unless somebody lets it go", func(ctx SpecContext) {
		w := modeled(ctx)
		v := w.isRegistered(ctx, builder.ModelVersion(april).Deletion(v1alpha1.VersionArchive))
		w.mlflow.Fail(mlflowtest.Any(), mlflowtest.Drop())
		w.poll()
		message := listFailed + "the connection was closed before the whole answer was there"
		shows(ctx, w.model(modelName), repeated("Unreachable", message)...)
		w.remove(ctx, v)
		Eventually(func(g Gomega) {
			g.Expect(plane.Client.Get(ctx, key(v), v)).To(Succeed())
			g.Expect(lines(v)[0]).To(Equal("Ready=False Unreachable: " + message + "; the deletion waits for it, the annotation " +
				`registry.mlflow-operator.io/abandon: "true" ends the wait and leaves the version as it is`))
		}).WithContext(ctx).Should(Succeed())
		edit(ctx, v, func(v *v1alpha1.ModelVersion) { v.Annotations = map[string]string{v1alpha1.AbandonAnnotation: "true"} })
		w.isGone(ctx, v)
		Expect(w.mlflow.Version(modelName, "1").CurrentStage).To(Equal("None"))
		w.tellsOfVersion(ctx, april, registeredFrom("1", v.Status.Source),
			"Warning Left: version 1 of model sentiment is left in MLflow as it is: the annotation registry.mlflow-operator.io/abandon says so")
	})

	It("still archives where its RegisteredModel went first, and does not hold up a namespace of which all goes", func(ctx SpecContext) {
		w := modeled(ctx)
		v := w.isRegistered(ctx, builder.ModelVersion(april).Deletion(v1alpha1.VersionArchive))
		second := builder.ModelVersion("may").URI("s3://models/may").Deletion(v1alpha1.VersionArchive)
		w.apply(ctx, second)
		may := shows(ctx, w.version("may"), registeredVersion("2")...)
		Expect(plane.Client.Delete(ctx, w.model(modelName))).To(Succeed())
		w.remove(ctx, v)
		w.isGone(ctx, v)
		Expect(w.mlflow.Version(modelName, "1").CurrentStage).To(Equal("Archived"))

		By("deleting the connection, too")
		Expect(plane.Client.Delete(ctx, w.theConnection())).To(Succeed())
		Eventually(func() bool { return provider.State(w.key()).Known }).WithContext(ctx).Should(BeFalse())
		w.remove(ctx, may)
		w.isGone(ctx, may)
		Expect(w.mlflow.Version(modelName, "2").CurrentStage).To(Equal("None"))
		w.tellsOfVersion(ctx, "may", registeredFrom("2", "s3://models/may"),
			"Warning Left: version 2 of model sentiment is left in MLflow as it is: there is no MLflowConnection mlflow any more")
	})

	It("deletes the version that nobody lived to tell of", func(ctx SpecContext) {
		w := modeled(ctx)
		rule := w.mlflow.Fail(mlflowtest.From(2, mlflowtest.Endpoint(searchVersion)), mlflowtest.ServerError())
		w.onRegistration(mlflowtest.LoseAnswer())
		w.apply(ctx, builder.ModelVersion(april).URI("s3://models/april").Deletion(v1alpha1.VersionDelete))
		Eventually(w.numbers).WithContext(ctx).Should(HaveKey("1"))
		w.remove(ctx, w.version(april))
		rule.Remove()
		w.isGone(ctx, w.version(april))
		Expect(w.numbers()).To(BeEmpty())
	})

	It("says what it waits for where its model is suspended, and leaves all where it is only observed", func(ctx SpecContext) {
		w := modeled(ctx)
		v := w.isRegistered(ctx, builder.ModelVersion(april).Deletion(v1alpha1.VersionArchive))
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Suspend = new(true) })
		shows(ctx, w.model(modelName), suspendedModel()...)
		w.remove(ctx, v)
		Eventually(func(g Gomega) {
			g.Expect(plane.Client.Get(ctx, key(v), v)).To(Succeed())
			g.Expect(lines(v)[0]).To(HavePrefix("Ready=False ModelNotReady: RegisteredModel sentiment is suspended; the deletion waits"))
		}).WithContext(ctx).Should(Succeed())
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Spec.Suspend, m.Spec.Management = nil, v1alpha1.ManagementObserve
		})
		w.isGone(ctx, v)
		Expect(w.mlflow.Version(modelName, "1").CurrentStage).To(Equal("None"))
	})
})
