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

const untrustedCertificate = "InvalidCredentials: " + listFailedPrefix + "the server's certificate is signed by an unknown authority"

var _ = Describe("A connection by TLS", func() {
	It("trusts the authority that it names", func(ctx SpecContext) {
		e := newEnv(ctx, mlflowtest.Options{TLS: true})
		e.createObject(ctx, e.newConnection().CAConfigMap("mlflow-ca"))
		waitForConditions(ctx, e.connectionObject(), invalidCredentialsConditions("Reconciling", "InvalidCredentials",
			"there is no ConfigMap mlflow-ca: create it")...)
		e.createObject(ctx, newCAConfigMap(e.mlflow.CertificatePEM()))
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymousMessage, "")...)
	})

	It("trusts nobody else, until the bundle is mended", func(ctx SpecContext) {
		e := newEnv(ctx, mlflowtest.Options{TLS: true})
		ca := newCAConfigMap(newUnknownCA())
		e.createObject(ctx, ca)
		e.createObject(ctx, e.newConnection().CAConfigMap("mlflow-ca"))
		waitForConditions(ctx, e.connectionObject(), unreachableConditions("Stalled", untrustedCertificate, anonymousMessage)...)

		By("breaking it even more")
		ca.Data["ca.crt"] = "not a certificate"
		Expect(controlPlane.Client.Update(ctx, ca)).To(Succeed())
		waitForConditions(ctx, e.connectionObject(), unreachableConditions("Stalled", "InvalidCredentials: the CA bundle contains no PEM certificate", anonymousMessage)...)
		ca.Data["ca.crt"] = ""
		Expect(controlPlane.Client.Update(ctx, ca)).To(Succeed())
		waitForConditions(ctx, e.connectionObject(), invalidCredentialsConditions("Stalled", "InvalidCredentials",
			"ConfigMap mlflow-ca has no key ca.crt, or it is empty: set it")...)

		ca.Data["ca.crt"] = string(e.mlflow.CertificatePEM())
		Expect(controlPlane.Client.Update(ctx, ca)).To(Succeed())
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymousMessage, "")...)
	})

	It("says so where it verifies nothing", func(ctx SpecContext) {
		e := newEnv(ctx, mlflowtest.Options{TLS: true})
		c := e.newConnection().Build()
		e.createObject(ctx, c)
		waitForConditions(ctx, c, unreachableConditions("Stalled", untrustedCertificate, anonymousMessage)...)
		editObject(ctx, c, func(c *v1alpha1.MLflowConnection) { c.Spec.TLS = &v1alpha1.TLS{InsecureSkipVerify: new(true)} })
		waitForConditions(ctx, c, reachableConditions(e, anonymousMessage, "; its certificate is NOT verified, since insecureSkipVerify is true")...)
	})
})

var _ = Describe("The address of a connection", func() {
	DescribeTable("is refused by the API where it can't be one",
		func(ctx SpecContext, url, sentence string) {
			c := builder.Connection("mlflow").URL(url).Build()
			Expect(controlPlane.Client.Create(ctx, c)).To(MatchError(ContainSubstring(sentence)))
		},
		Entry("without a scheme", "mlflow.mlops.svc:5000", "url must be an absolute http or https URL"),
		Entry("of another protocol", "ftp://mlflow.mlops.svc", "url must be an absolute http or https URL"),
		Entry("with a password", "http://me:s3cret@mlflow.mlops.svc", "put them into a Secret and name it under auth"),
		Entry("with a query", "http://mlflow.mlops.svc?a=b", "url must have no query and no fragment"),
	)

	It("may have a path before MLflow's own", func(ctx SpecContext) {
		e := newEnv(ctx, mlflowtest.Options{PathPrefix: "/tracking"})
		c := e.newConnection().Build()
		Expect(c.Spec.URL).To(HaveSuffix("/tracking"))
		e.createObject(ctx, c)
		waitForConditions(ctx, c, reachableConditions(e, anonymousMessage, "")...)
	})

	It("may name a workspace, if the server has them", func(ctx SpecContext) {
		e := newEnv(ctx, mlflowtest.Options{Workspaces: true})
		e.createObject(ctx, e.newConnection().Workspace("news"))
		waitForConditions(ctx, e.connectionObject(), unreachableConditions("Stalled",
			"ReferenceNotFound: "+listFailedPrefix+"404 RESOURCE_DOES_NOT_EXIST: Workspace 'news' not found", anonymousMessage)...)
		Expect(e.user.CreateWorkspace(ctx, "news")).To(Succeed())
		c := waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymousMessage, "")...)
		Expect(c.Status.WorkspacesEnabled).To(HaveValue(BeTrue()))
	})

	It("is edited, and nothing is believed that the old server said", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil)
		Expect(e.user.CreateModel(ctx, "second", nil)).To(Succeed())
		e.createObject(ctx, builder.RegisteredModel(modelName))
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)

		e.useNewServer(ctx)
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymousMessage, "")...)
		By("leaving the model alone that was managed, and is not there")
		waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "ReferenceNotFound", modelDeletedMessage(modelName))...)
		By("creating a model that only the old server had")
		e.createObject(ctx, builder.RegisteredModel("second"))
		waitForConditions(ctx, e.modelObject("second"), syncedConditions("second")...)
		Expect(e.mlflow.ModelNames()).To(Equal([]string{"second"}))
	})

	It("is gone with the connection, and back with it", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newGatedModel(), metrics{"accuracy": "0.91"})
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(controlPlane.Client.Delete(ctx, e.connectionObject())).To(Succeed())
		missing := "there is no MLflowConnection " + e.namespace + "/mlflow: create it"
		waitForConditions(ctx, e.modelObject(modelName), connectionNotReadyConditions("ReferenceNotFound", missing)...)
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Reconciling", "ReferenceNotFound", missing)...)

		e.mlflow.ResetCalls()
		e.createObject(ctx, e.newConnection())
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		e.expectNoWrites()
	})

	It("is the operator's own for a model that names none", func(ctx SpecContext) {
		e := newEnv(ctx, mlflowtest.Options{})
		e.createObject(ctx, builder.RegisteredModel(modelName).Connection("").Owner("nlp-team"))
		waitForConditions(ctx, e.modelObject(modelName), connectionNotReadyConditions("ReferenceNotFound",
			"connectionRef is not set and the operator has no MLFLOW_TRACKING_URI: set one of them")...)
		e.useAsDefaultConnection()
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.mlflow.ModelNames()).To(Equal([]string{modelName}))
	})
})
