// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package version

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var _ = Describe("A ModelVersion", func() {
	It("is registered from a run, with its description and tags", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		run := e.CreateRun(ctx, nil)
		e.CreateObject(ctx, builder.ModelVersion(env.April).Run(run).Description("Of April").Tag("trained_on",
			"news").Metric("human_rating", "4.20"))
		v := e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		registered := e.MLflow.Version(env.ModelName, "1")
		Expect(registered.Source).To(Equal("runs:/" + run + "/model"))
		Expect(registered.RunID).To(Equal(run))
		Expect(registered.Description).To(Equal("Of April"))
		Expect(registered.Tags).To(Equal(map[string]string{
			"trained_on": "news", "human_rating": "4.20",
			v1alpha1.RegisteredByTag: e.OwnerTag(env.April) + "/" + string(v.UID),
		}))
		Expect(v.Status).To(And(
			HaveField("Version", v1alpha1.Version("1")), HaveField("URI", "models:/sentiment/1"), HaveField("RunID", run),
			HaveField("Source", registered.Source), HaveField("ModelName", env.ModelName),
			HaveField("Connection", HaveValue(Equal(v1alpha1.ConnectionReference{
				Kind: v1alpha1.ConnectionKindNamespaced, Name: "mlflow",
			}))),
			HaveField("ModelCreationTimestamp", int64(e.MLflow.Model(env.ModelName).CreationTimestamp)),
			HaveField("VersionCreationTimestamp", int64(registered.CreationTimestamp)),
			HaveField("ManagedTags", []string{"human_rating", "trained_on"}),
			HaveField("PendingRegistration", BeNil()), HaveField("Stages", BeEmpty()),
		))
		Expect(v.Finalizers).To(BeEmpty())
		e.WaitForVersionEvents(ctx, env.April, env.RegisteredEvent("1", registered.Source))
		Expect(e.MLflow.Writes()).To(HaveLen(1))
		Eventually(func() v1alpha1.Version { return e.GetModel(ctx).Status.LatestVersion }).WithContext(ctx).Should(BeEquivalentTo("1"))
	})

	It("is registered from a path of a run, from a logged model, and from a bucket", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		run := e.CreateRun(ctx, nil)
		logged, err := e.User.CreateLoggedModel(ctx, "0", run)
		Expect(err).NotTo(HaveOccurred())
		e.CreateObject(ctx, builder.ModelVersion("path").Run(run).Path("models/best"))
		env.WaitForConditions(ctx, e.VersionObject("path"), env.RegisteredConditions("1")...)
		e.CreateObject(ctx, builder.ModelVersion("logged").LoggedModel(logged.ModelID))
		v := env.WaitForConditions(ctx, e.VersionObject("logged"), env.RegisteredConditions("2")...)
		Expect(v.Status.LoggedModelID).To(Equal(logged.ModelID))
		Expect(v.Status.RunID).To(Equal(run))
		e.CreateObject(ctx, builder.ModelVersion("bucket").URI("s3://user:pa55word@models/sentiment?sig=5ecret"))
		v = env.WaitForConditions(ctx, e.VersionObject("bucket"), env.RegisteredConditions("3")...)
		Expect(v.Status.Source).To(Equal("s3://models/sentiment"))
		Expect(e.VersionsBySource()).To(Equal(map[string]string{
			"1": "runs:/" + run + "/models/best", "2": "models:/" + logged.ModelID, "3": "s3://user:pa55word@models/sentiment?sig=5ecret",
		}))
		e.WaitForVersionEvents(ctx, "bucket", env.RegisteredEvent("3", "s3://models/sentiment"))
	})

	It("is registered from the logged model that the run logged under the path", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		run, err := e.User.CreateRun(ctx, "0", nil)
		Expect(err).NotTo(HaveOccurred())
		var logged []string
		for step, name := range []string{"model", "model", "model", "best"} {
			id, err := e.User.LogModel(ctx, run, name, int64(step))
			Expect(err).NotTo(HaveOccurred())
			logged = append(logged, id)
		}
		Expect(e.User.DeleteLoggedModel(ctx, logged[2])).To(Succeed())

		e.CreateObject(ctx, builder.ModelVersion(env.April).Run(run.RunID))
		v := e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		Expect(v.Status).To(And(
			HaveField("RunID", run.RunID), HaveField("LoggedModelID", logged[1]), HaveField("Source", "models:/"+logged[1])))
		e.WaitForVersionEvents(ctx, env.April, env.RegisteredEvent("1", "runs:/"+run.RunID+"/model, which is logged model "+logged[1]))

		By("naming another path")
		e.CreateObject(ctx, builder.ModelVersion("best").Run(run.RunID).Path("best"))
		env.WaitForConditions(ctx, e.VersionObject("best"), env.RegisteredConditions("2")...)
		e.CreateObject(ctx, builder.ModelVersion("plain").Run(run.RunID).Path("plain"))
		env.WaitForConditions(ctx, e.VersionObject("plain"), env.RegisteredConditions("3")...)
		Expect(e.VersionsBySource()).To(Equal(map[string]string{
			"1": "models:/" + logged[1], "2": "models:/" + logged[3], "3": "runs:/" + run.RunID + "/plain",
		}))
	})

	It("explains how to name one of many logged models", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		run, err := e.User.CreateRun(ctx, "0", nil)
		Expect(err).NotTo(HaveOccurred())
		for step := range 101 {
			_, err := e.User.LogModel(ctx, run, "model", int64(step))
			Expect(err).NotTo(HaveOccurred())
		}
		e.CreateObject(ctx, builder.ModelVersion(env.April).Run(run.RunID))
		e.WaitForVersion(ctx, env.UnregisteredConditions("Stalled", "RegistrationFailed", "run "+run.RunID+" has 101 logged models, "+
			"too many to search for the right one: create another ModelVersion with its loggedModelID")...)
		e.ExpectNoWrites()
	})

	It("waits for its model, and shows the stages of its version", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateObject(ctx, builder.ModelVersion(env.April).Run(e.CreateRun(ctx, nil)))
		e.WaitForVersion(ctx, env.UnregisteredConditions("Reconciling", "ModelNotReady", env.MissingModelMessage)...)
		e.CreateObject(ctx, env.NewModelWithGates().Suspend())
		e.WaitForVersion(ctx, env.UnregisteredConditions("Reconciling", "ModelNotReady", "RegisteredModel sentiment is suspended")...)
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.Suspend = nil })
		e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		Eventually(func(g Gomega) {
			v := e.VersionObject(env.April)
			g.Expect(env.ControlPlane.Client.Get(ctx, env.ObjectKey(v), v)).To(Succeed())
			g.Expect(v.Status.Stages).To(Equal([]v1alpha1.StageName{"production"}))
		}).WithContext(ctx).Should(Succeed())
		Expect(e.CountVersionCreates()).To(Equal(1))
	})

	It("is not registered if the model is only observed", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx)
		e.CreateObject(ctx, env.NewModelWithGates().ObserveOnly())
		run := e.CreateRun(ctx, nil)
		e.CreateObject(ctx, builder.ModelVersion(env.April).Run(run))
		would := "PlanPending: runs:/" + run + "/model would be registered as a version of model sentiment; " +
			"nothing is written while managementPolicy of the model is Observe"
		e.WaitForVersion(ctx, "Ready=True "+would, "Registered=False "+would,
			env.NotRegisteredLine)
		e.ExpectNoWrites()
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.ManagementPolicy = v1alpha1.ManagementPolicyEnforce })
		e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
	})

	It("is not registered while it is suspended", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.CreateObject(ctx, builder.ModelVersion(env.April).Run(e.CreateRun(ctx, nil)).Suspend())
		const pause = "Unknown Suspended: spec.suspend is true: set it to false to continue"
		e.WaitForVersion(ctx, "Ready="+pause, "Registered="+pause, "Synced="+pause)
		e.ExpectNoWrites()
		e.EditVersion(ctx, func(v *v1alpha1.ModelVersion) { v.Spec.Suspend = nil })
		e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
	})
})

var _ = Describe("A source that does not exist", func() {
	It("can be a run that was never created, or that was deleted until it is restored", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.CreateObject(ctx, builder.ModelVersion("typo").Run("0123"))
		env.WaitForConditions(ctx, e.VersionObject("typo"), env.UnregisteredConditions("Stalled", "ReferenceNotFound",
			"run 0123 does not exist in MLflow: create another ModelVersion with another source")...)
		run := e.CreateRun(ctx, nil)
		Expect(e.User.DeleteRun(ctx, run)).To(Succeed())
		e.CreateObject(ctx, builder.ModelVersion(env.April).Run(run))
		e.WaitForVersion(ctx, env.UnregisteredConditions("Stalled", "ReferenceNotFound",
			"run "+run+" was deleted: restore it, or create another ModelVersion with another source")...)
		e.ExpectNoWrites()
		Expect(e.User.RestoreRun(ctx, run)).To(Succeed())
		env.RequestReconcile(ctx, e.VersionObject(env.April))
		e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
	})

	It("can be a logged model", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.CreateObject(ctx, builder.ModelVersion(env.April).LoggedModel("m-0123"))
		e.WaitForVersion(ctx, env.UnregisteredConditions("Stalled", "ReferenceNotFound",
			"logged model m-0123 does not exist in MLflow: create another ModelVersion with another source")...)
		e.ExpectNoWrites()
	})

	It("can be a version", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.CreateObject(ctx, builder.ModelVersion(env.April).AdoptVersion("7"))
		e.WaitForVersion(ctx, env.UnregisteredConditions("Stalled", "ReferenceNotFound",
			"model sentiment has no version 7: register it, or create another ModelVersion with another source")...)
		copied := builder.ModelVersion("copy").URI("models:/sentiment/7")
		e.CreateObject(ctx, copied)
		env.WaitForConditions(ctx, e.VersionObject("copy"), env.UnregisteredConditions("Stalled", "ReferenceNotFound",
			"what models:/sentiment/7 names does not exist in MLflow: model-versions/create: 404 RESOURCE_DOES_NOT_EXIST: "+
				"Model Version (name=sentiment, version=7) not found")...)
		Expect(e.VersionsBySource()).To(BeEmpty())
	})
})

var _ = Describe("A registration that MLflow rejects", func() {
	It("is reported, and repeated only on request", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		rule := injectRegistrationFault(e, mlflowtest.RespondWith(400, "application/json",
			`{"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid model version source"}`))
		e.CreateObject(ctx, builder.ModelVersion(env.April).URI("s3://models/sentiment"))
		refused := env.UnregisteredConditions("Stalled", "RegistrationFailed",
			"MLflow rejects the registration of s3://models/sentiment, create another "+
				"ModelVersion with another source: model-versions/create: 400 INVALID_PARAMETER_VALUE: Invalid model version source")
		v := e.WaitForVersion(ctx, refused...)
		Expect(v.Status.PendingRegistration).To(BeNil())
		Expect(e.CountVersionCreates()).To(Equal(1))

		By("changing something else of the model")
		Expect(e.User.SetModelTag(ctx, env.ModelName, "stars", "5")).To(Succeed())
		e.PollRepeatedly(ctx, 1)
		e.WaitForVersion(ctx, refused...)
		Expect(e.CountVersionCreates()).To(Equal(1))

		By("requesting a reconcile")
		rule.Remove()
		env.RequestReconcile(ctx, e.VersionObject(env.April))
		e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
	})

	It("is reported without the credentials of its source", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		injectRegistrationFault(e, mlflowtest.RespondWith(400, "application/json",
			`{"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid model version source: 's3://user:pa55word@models/sentiment'"}`))
		e.CreateObject(ctx, builder.ModelVersion(env.April).URI("s3://user:pa55word@models/sentiment"))
		v := e.WaitForVersion(ctx, env.UnregisteredConditions("Stalled", "RegistrationFailed",
			"MLflow rejects the registration of s3://models/sentiment, "+
				"create another ModelVersion with another source: model-versions/create: 400 INVALID_PARAMETER_VALUE")...)
		Expect(fmt.Sprintf("%+v", v.Status)).NotTo(ContainSubstring("pa55word"))
	})

	It("can lack a permission", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		rule := injectRegistrationFault(e, mlflowtest.Forbidden())
		e.CreateObject(ctx, builder.ModelVersion(env.April).URI("s3://models/sentiment"))
		e.WaitForVersion(ctx, env.UnregisteredConditions("Stalled", "PermissionDenied", "model-versions/create: 403: permission denied")...)
		rule.Remove()
		env.RequestReconcile(ctx, e.VersionObject(env.April))
		e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
	})

	It("is reported with MLflow's message", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.MLflow.SetNewVersionStatus("FAILED_REGISTRATION", "copying\nfailed: no space left")
		e.CreateObject(ctx, builder.ModelVersion(env.April).URI("s3://models/sentiment"))
		v := e.WaitForVersion(ctx, env.UnregisteredConditions("Stalled", "RegistrationFailed",
			"version 1 of model sentiment failed to be registered: copying failed: no space left")...)
		Expect(v.Status.Version).To(BeEquivalentTo("1"))
		Expect(e.CountVersionCreates()).To(Equal(1))
	})
})

var _ = Describe("A slow registration", func() {
	It("is pending until a poll shows that the version is ready", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.MLflow.SetNewVersionStatus("PENDING_REGISTRATION", "")
		e.CreateObject(ctx, builder.ModelVersion(env.April).URI("s3://models/sentiment"))
		e.WaitForVersion(ctx, env.UnregisteredConditions("Reconciling", "VersionNotReady",
			"version 1 of model sentiment is still being registered (PENDING_REGISTRATION)")...)
		e.MLflow.SetVersionStatus(env.ModelName, "1", "READY", "")
		e.PollNow()
		e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		Expect(e.CountVersionCreates()).To(Equal(1))
	})
})
