// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("A version that is declared", func() {
	It("is registered from a run, with all that is said of it", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		run := e.createRun(ctx, nil)
		e.createObject(ctx, builder.ModelVersion(april).Run(run).Description("Of April").Tag("trained_on", "news").Metric("human_rating", "4.20"))
		v := waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		live := e.mlflow.Version(modelName, "1")
		Expect(live.Source).To(Equal("runs:/" + run + "/model"))
		Expect(live.RunID).To(Equal(run))
		Expect(live.Description).To(Equal("Of April"))
		Expect(live.Tags).To(Equal(map[string]string{
			"trained_on": "news", "human_rating": "4.20",
			v1alpha1.RegisteredByTag: e.ownerTag(april) + "/" + string(v.UID),
		}))
		Expect(v.Status).To(And(
			HaveField("Version", v1alpha1.Version("1")), HaveField("URI", "models:/sentiment/1"), HaveField("RunID", run),
			HaveField("Source", live.Source), HaveField("ModelName", modelName),
			HaveField("Connection", HaveValue(Equal(v1alpha1.ConnectionReference{
				Kind: v1alpha1.ConnectionKindNamespaced, Name: "mlflow",
			}))),
			HaveField("ModelCreationTimestamp", int64(e.mlflow.Model(modelName).CreationTimestamp)),
			HaveField("VersionCreationTimestamp", int64(live.CreationTimestamp)),
			HaveField("ManagedTags", []string{"human_rating", "trained_on"}),
			HaveField("PendingRegistration", BeNil()), HaveField("Stages", BeEmpty()),
		))
		Expect(v.Finalizers).To(BeEmpty())
		e.waitForVersionEvents(ctx, april, registeredEvent("1", live.Source))
		Expect(e.mlflow.Writes()).To(HaveLen(1))
		Eventually(func() v1alpha1.Version { return e.getModel(ctx).Status.LatestVersion }).WithContext(ctx).Should(BeEquivalentTo("1"))
	})

	It("is registered from a path of a run, from a logged model, and from a bucket", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		run := e.createRun(ctx, nil)
		logged, err := e.user.CreateLoggedModel(ctx, "0", run)
		Expect(err).NotTo(HaveOccurred())
		e.createObject(ctx, builder.ModelVersion("path").Run(run).Path("models/best"))
		waitForConditions(ctx, e.versionObject("path"), registeredConditions("1")...)
		e.createObject(ctx, builder.ModelVersion("logged").LoggedModel(logged.ModelID))
		v := waitForConditions(ctx, e.versionObject("logged"), registeredConditions("2")...)
		Expect(v.Status.LoggedModelID).To(Equal(logged.ModelID))
		Expect(v.Status.RunID).To(Equal(run))
		e.createObject(ctx, builder.ModelVersion("bucket").URI("s3://user:pa55word@models/sentiment?sig=5ecret"))
		v = waitForConditions(ctx, e.versionObject("bucket"), registeredConditions("3")...)
		Expect(v.Status.Source).To(Equal("s3://models/sentiment"))
		Expect(e.versionsBySource()).To(Equal(map[string]string{
			"1": "runs:/" + run + "/models/best", "2": "models:/" + logged.ModelID, "3": "s3://user:pa55word@models/sentiment?sig=5ecret",
		}))
		e.waitForVersionEvents(ctx, "bucket", registeredEvent("3", "s3://models/sentiment"))
	})

	It("is the logged model that the run put out under the path, where it did", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		run, err := e.user.CreateRun(ctx, "0", nil)
		Expect(err).NotTo(HaveOccurred())
		var logged []string
		for step, name := range []string{"model", "model", "model", "best"} {
			id, err := e.user.LogModel(ctx, run, name, int64(step))
			Expect(err).NotTo(HaveOccurred())
			logged = append(logged, id)
		}
		Expect(e.user.DeleteLoggedModel(ctx, logged[2])).To(Succeed())

		e.createObject(ctx, builder.ModelVersion(april).Run(run.RunID))
		v := waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		Expect(v.Status).To(And(
			HaveField("RunID", run.RunID), HaveField("LoggedModelID", logged[1]), HaveField("Source", "models:/"+logged[1])))
		e.waitForVersionEvents(ctx, april, registeredEvent("1", "runs:/"+run.RunID+"/model, which is logged model "+logged[1]))

		By("naming another path")
		e.createObject(ctx, builder.ModelVersion("best").Run(run.RunID).Path("best"))
		waitForConditions(ctx, e.versionObject("best"), registeredConditions("2")...)
		e.createObject(ctx, builder.ModelVersion("plain").Run(run.RunID).Path("plain"))
		waitForConditions(ctx, e.versionObject("plain"), registeredConditions("3")...)
		Expect(e.versionsBySource()).To(Equal(map[string]string{
			"1": "models:/" + logged[1], "2": "models:/" + logged[3], "3": "runs:/" + run.RunID + "/plain",
		}))
	})

	It("says how to name one of very many logged models", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		run, err := e.user.CreateRun(ctx, "0", nil)
		Expect(err).NotTo(HaveOccurred())
		for step := range 101 {
			_, err := e.user.LogModel(ctx, run, "model", int64(step))
			Expect(err).NotTo(HaveOccurred())
		}
		e.createObject(ctx, builder.ModelVersion(april).Run(run.RunID))
		waitForConditions(ctx, e.versionObject(april), unregisteredConditions("Stalled", "RegistrationFailed", "run "+run.RunID+" put out 101 logged models, "+
			"too many to look for the one that is meant: name its loggedModelID in another ModelVersion")...)
		e.expectNoWrites()
	})

	It("waits for its model, and tells the stages that it holds", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createObject(ctx, builder.ModelVersion(april).Run(e.createRun(ctx, nil)))
		waitForConditions(ctx, e.versionObject(april), unregisteredConditions("Reconciling", "ModelNotReady", "there is no RegisteredModel sentiment: create it")...)
		e.createObject(ctx, newModelWithGates().Suspend())
		waitForConditions(ctx, e.versionObject(april), unregisteredConditions("Reconciling", "ModelNotReady", "RegisteredModel sentiment is suspended")...)
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Suspend = nil })
		waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Eventually(func(g Gomega) {
			v := e.versionObject(april)
			g.Expect(controlPlane.Client.Get(ctx, objectKey(v), v)).To(Succeed())
			g.Expect(v.Status.Stages).To(Equal([]v1alpha1.StageName{"production"}))
		}).WithContext(ctx).Should(Succeed())
		Expect(e.countVersionCreates()).To(Equal(1))
	})

	It("is not registered where the model is only observed", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx)
		e.createObject(ctx, newModelWithGates().ObserveOnly())
		run := e.createRun(ctx, nil)
		e.createObject(ctx, builder.ModelVersion(april).Run(run))
		would := "PlanPending: runs:/" + run + "/model would be registered as a version of model sentiment; " +
			"nothing is written while managementPolicy of the model is Observe"
		waitForConditions(ctx, e.versionObject(april), "Ready=True "+would, "Registered=False "+would,
			"Synced=Unknown PlanPending: not known while Registered is False")
		e.expectNoWrites()
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.ManagementPolicy = v1alpha1.ManagementPolicyEnforce })
		waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
	})

	It("is not registered while it is suspended", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.createObject(ctx, builder.ModelVersion(april).Run(e.createRun(ctx, nil)).Suspend())
		const pause = "Unknown Suspended: spec.suspend is true: set it to false to go on"
		waitForConditions(ctx, e.versionObject(april), "Ready="+pause, "Registered="+pause, "Synced="+pause)
		e.expectNoWrites()
		editObject(ctx, e.versionObject(april), func(v *v1alpha1.ModelVersion) { v.Spec.Suspend = nil })
		waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
	})
})

var _ = Describe("A source that is not there", func() {
	It("is a run that does not exist, or that was deleted, until it is restored", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.createObject(ctx, builder.ModelVersion("typo").Run("0123"))
		waitForConditions(ctx, e.versionObject("typo"), unregisteredConditions("Stalled", "ReferenceNotFound",
			"run 0123 does not exist in MLflow: name another one in another ModelVersion")...)
		run := e.createRun(ctx, nil)
		Expect(e.user.DeleteRun(ctx, run)).To(Succeed())
		e.createObject(ctx, builder.ModelVersion(april).Run(run))
		waitForConditions(ctx, e.versionObject(april), unregisteredConditions("Stalled", "ReferenceNotFound",
			"run "+run+" was deleted: restore it, or name another one in another ModelVersion")...)
		e.expectNoWrites()
		Expect(e.user.RestoreRun(ctx, run)).To(Succeed())
		requestReconcile(ctx, e.versionObject(april))
		waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
	})

	It("is a logged model that does not exist", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.createObject(ctx, builder.ModelVersion(april).LoggedModel("m-0123"))
		waitForConditions(ctx, e.versionObject(april), unregisteredConditions("Stalled", "ReferenceNotFound",
			"logged model m-0123 does not exist in MLflow: name another one in another ModelVersion")...)
		e.expectNoWrites()
	})

	It("is a version that does not exist", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.createObject(ctx, builder.ModelVersion(april).AdoptVersion("7"))
		waitForConditions(ctx, e.versionObject(april), unregisteredConditions("Stalled", "ReferenceNotFound",
			"model sentiment has no version 7: register it, or name another one in another ModelVersion")...)
		copied := builder.ModelVersion("copy").URI("models:/sentiment/7")
		e.createObject(ctx, copied)
		waitForConditions(ctx, e.versionObject("copy"), unregisteredConditions("Stalled", "ReferenceNotFound",
			"what models:/sentiment/7 names does not exist in MLflow: model-versions/create: 404 RESOURCE_DOES_NOT_EXIST: "+
				"Model Version (name=sentiment, version=7) not found")...)
		Expect(e.versionsBySource()).To(BeEmpty())
	})
})

var _ = Describe("A registration that MLflow refuses", func() {
	It("is told, and not asked for again unless somebody asks", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		rule := e.injectRegistrationFault(mlflowtest.RespondWith(400, "application/json",
			`{"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid model version source"}`))
		e.createObject(ctx, builder.ModelVersion(april).URI("s3://models/sentiment"))
		refused := unregisteredConditions("Stalled", "RegistrationFailed", "MLflow refuses to register s3://models/sentiment, create another "+
			"ModelVersion with another source: model-versions/create: 400 INVALID_PARAMETER_VALUE: Invalid model version source")
		v := waitForConditions(ctx, e.versionObject(april), refused...)
		Expect(v.Status.PendingRegistration).To(BeNil())
		Expect(e.countVersionCreates()).To(Equal(1))

		By("something else that happens to the model")
		Expect(e.user.SetModelTag(ctx, modelName, "stars", "5")).To(Succeed())
		e.pollRepeatedly(ctx, 1)
		waitForConditions(ctx, e.versionObject(april), refused...)
		Expect(e.countVersionCreates()).To(Equal(1))

		By("asking")
		rule.Remove()
		requestReconcile(ctx, e.versionObject(april))
		waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
	})

	It("is told without the credentials that its source holds", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.injectRegistrationFault(mlflowtest.RespondWith(400, "application/json",
			`{"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid model version source: 's3://user:pa55word@models/sentiment'"}`))
		e.createObject(ctx, builder.ModelVersion(april).URI("s3://user:pa55word@models/sentiment"))
		v := waitForConditions(ctx, e.versionObject(april), unregisteredConditions("Stalled", "RegistrationFailed", "MLflow refuses to register s3://models/sentiment, "+
			"create another ModelVersion with another source: model-versions/create: 400 INVALID_PARAMETER_VALUE")...)
		Expect(fmt.Sprintf("%+v", v.Status)).NotTo(ContainSubstring("pa55word"))
	})

	It("is a permission that is missing", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		rule := e.injectRegistrationFault(mlflowtest.Forbidden())
		e.createObject(ctx, builder.ModelVersion(april).URI("s3://models/sentiment"))
		waitForConditions(ctx, e.versionObject(april), unregisteredConditions("Stalled", "PermissionDenied", "model-versions/create: 403: permission denied")...)
		rule.Remove()
		requestReconcile(ctx, e.versionObject(april))
		waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
	})

	It("failed in MLflow, with MLflow's words", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.mlflow.SetNewVersionStatus("FAILED_REGISTRATION", "copying\nfailed: no space left")
		e.createObject(ctx, builder.ModelVersion(april).URI("s3://models/sentiment"))
		v := waitForConditions(ctx, e.versionObject(april), unregisteredConditions("Stalled", "RegistrationFailed",
			"version 1 of model sentiment failed to be registered: copying failed: no space left")...)
		Expect(v.Status.Version).To(BeEquivalentTo("1"))
		Expect(e.countVersionCreates()).To(Equal(1))
	})
})

var _ = Describe("A registration that takes its time", func() {
	It("is pending until the version is ready, which a poll shows", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.mlflow.SetNewVersionStatus("PENDING_REGISTRATION", "")
		e.createObject(ctx, builder.ModelVersion(april).URI("s3://models/sentiment"))
		waitForConditions(ctx, e.versionObject(april), unregisteredConditions("Reconciling", "VersionNotReady",
			"version 1 of model sentiment is still being registered (PENDING_REGISTRATION)")...)
		e.mlflow.SetVersionStatus(modelName, "1", "READY", "")
		e.pollNow()
		waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		Expect(e.countVersionCreates()).To(Equal(1))
	})
})
