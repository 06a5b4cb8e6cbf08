// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

const untrustedCertificate = "InvalidCredentials: " + env.ListFailedPrefix + "the server's certificate is signed by an unknown authority"

var _ = Describe("A TLS connection", func() {
	It("trusts the CA that it names", func(ctx SpecContext) {
		e := env.New(ctx, mlflowtest.Options{TLS: true})
		e.CreateObject(ctx, e.NewConnection().CAConfigMap("mlflow-ca"))
		e.WaitForConnection(ctx, env.InvalidCredentialsConditions("Reconciling", "InvalidCredentials",
			"there is no ConfigMap mlflow-ca: create it")...)
		e.CreateObject(ctx, env.NewCAConfigMap(e.MLflow.CertificatePEM()))
		e.WaitForConnection(ctx, env.ReachableConditions(e, env.AnonymousMessage, "")...)
	})

	It("trusts no other CA, until the bundle is corrected", func(ctx SpecContext) {
		e := env.New(ctx, mlflowtest.Options{TLS: true})
		ca := env.NewCAConfigMap(newUnknownCA())
		e.CreateObject(ctx, ca)
		e.CreateObject(ctx, e.NewConnection().CAConfigMap("mlflow-ca"))
		e.WaitForConnection(ctx, env.UnreachableConditions("Stalled", untrustedCertificate, env.AnonymousMessage)...)

		By("breaking the bundle completely")
		ca.Data["ca.crt"] = "not a certificate"
		Expect(env.ControlPlane.Client.Update(ctx, ca)).To(Succeed())
		e.WaitForConnection(ctx, env.UnreachableConditions("Stalled",
			"InvalidCredentials: the CA bundle contains no PEM certificate", env.AnonymousMessage)...)
		ca.Data["ca.crt"] = ""
		Expect(env.ControlPlane.Client.Update(ctx, ca)).To(Succeed())
		e.WaitForConnection(ctx, env.InvalidCredentialsConditions("Stalled", "InvalidCredentials",
			"ConfigMap mlflow-ca has no key ca.crt, or it is empty: set it")...)

		ca.Data["ca.crt"] = string(e.MLflow.CertificatePEM())
		Expect(env.ControlPlane.Client.Update(ctx, ca)).To(Succeed())
		e.WaitForConnection(ctx, env.ReachableConditions(e, env.AnonymousMessage, "")...)
	})

	It("reports that it verifies no certificate", func(ctx SpecContext) {
		e := env.New(ctx, mlflowtest.Options{TLS: true})
		c := e.NewConnection().Build()
		e.CreateObject(ctx, c)
		env.WaitForConditions(ctx, c, env.UnreachableConditions("Stalled", untrustedCertificate, env.AnonymousMessage)...)
		env.EditObject(ctx, c, func(c *v1alpha1.MLflowConnection) { c.Spec.TLS = &v1alpha1.TLS{InsecureSkipVerify: new(true)} })
		env.WaitForConditions(ctx, c, env.ReachableConditions(e, env.AnonymousMessage,
			"; its certificate is NOT verified, since insecureSkipVerify is true")...)
	})
})

var _ = Describe("The address of a connection", func() {
	DescribeTable("is rejected by the API if it is invalid",
		func(ctx SpecContext, url, sentence string) {
			c := builder.Connection("mlflow").URL(url).Build()
			Expect(env.ControlPlane.Client.Create(ctx, c)).To(MatchError(ContainSubstring(sentence)))
		},
		Entry("without a scheme", "mlflow.mlops.svc:5000", "url must be an absolute http or https URL"),
		Entry("of another protocol", "ftp://mlflow.mlops.svc", "url must be an absolute http or https URL"),
		Entry("with a password", "http://me:s3cret@mlflow.mlops.svc", "put them into a Secret and name it under auth"),
		Entry("with a query", "http://mlflow.mlops.svc?a=b", "url must have no query and no fragment"),
	)

	It("may have a path", func(ctx SpecContext) {
		e := env.New(ctx, mlflowtest.Options{PathPrefix: "/tracking"})
		c := e.NewConnection().Build()
		Expect(c.Spec.URL).To(HaveSuffix("/tracking"))
		e.CreateObject(ctx, c)
		env.WaitForConditions(ctx, c, env.ReachableConditions(e, env.AnonymousMessage, "")...)
	})

	It("may have a workspace if the server supports them", func(ctx SpecContext) {
		e := env.New(ctx, mlflowtest.Options{Workspaces: true})
		e.CreateObject(ctx, e.NewConnection().Workspace("news"))
		e.WaitForConnection(ctx, env.UnreachableConditions("Stalled",
			"ReferenceNotFound: "+env.ListFailedPrefix+"404 RESOURCE_DOES_NOT_EXIST: Workspace 'news' not found", env.AnonymousMessage)...)
		Expect(e.User.CreateWorkspace(ctx, "news")).To(Succeed())
		c := e.WaitForConnection(ctx, env.ReachableConditions(e, env.AnonymousMessage, "")...)
		Expect(c.Status.WorkspacesEnabled).To(HaveValue(BeTrue()))
	})

	It("can be edited, which drops the snapshot of the old server", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil)
		Expect(e.User.CreateModel(ctx, "second", nil)).To(Succeed())
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName))
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)

		useNewServer(ctx, e)
		e.WaitForConnection(ctx, env.ReachableConditions(e, env.AnonymousMessage, "")...)
		By("writing nothing for the model that was managed and is missing")
		e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "ReferenceNotFound", env.ModelDeletedMessage(env.ModelName))...)
		By("creating a model that only the old server had")
		e.CreateObject(ctx, builder.RegisteredModel("second"))
		env.WaitForConditions(ctx, e.ModelObject("second"), env.SyncedConditions("second")...)
		Expect(e.MLflow.ModelNames()).To(Equal([]string{"second"}))
	})

	It("is deleted and restored with the connection", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.91"})
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(env.ControlPlane.Client.Delete(ctx, e.ConnectionObject())).To(Succeed())
		missing := "there is no MLflowConnection " + e.Namespace + "/mlflow: create it"
		e.WaitForModel(ctx, env.ConnectionNotReadyConditions("ReferenceNotFound", missing)...)
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Reconciling", "ReferenceNotFound", missing)...)

		e.MLflow.ResetCalls()
		e.CreateObject(ctx, e.NewConnection())
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		e.ExpectNoWrites()
	})

	It("is that of the operator for a model without connectionRef", func(ctx SpecContext) {
		e := env.New(ctx, mlflowtest.Options{})
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName).Connection("").Owner("nlp-team"))
		e.WaitForModel(ctx, env.ConnectionNotReadyConditions("ReferenceNotFound",
			"connectionRef is not set and the operator has no MLFLOW_TRACKING_URI: set one of them")...)
		useAsDefaultConnection(e)
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.ModelNames()).To(Equal([]string{env.ModelName}))
	})
})
