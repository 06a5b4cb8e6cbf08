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

const distrusted = "CertificateInvalid: " + listFailed + "the server's certificate is signed by an unknown authority"

var _ = Describe("A connection by TLS", func() {
	It("trusts the authority that it names", func(ctx SpecContext) {
		w := newWorld(ctx, mlflowtest.Options{TLS: true})
		w.apply(ctx, w.connection().CA("mlflow-ca"))
		shows(ctx, w.theConnection(), withoutCredentials("Reconciling", "ConfigMapNotFound",
			"there is no ConfigMap mlflow-ca: create it")...)
		w.apply(ctx, bundle(w.mlflow.CertificatePEM()))
		shows(ctx, w.theConnection(), reached(w, anonymous, "")...)
	})

	It("trusts nobody else, until the bundle is mended", func(ctx SpecContext) {
		w := newWorld(ctx, mlflowtest.Options{TLS: true})
		ca := bundle(stranger())
		w.apply(ctx, ca)
		w.apply(ctx, w.connection().CA("mlflow-ca"))
		shows(ctx, w.theConnection(), unreached("Stalled", distrusted, anonymous)...)

		By("breaking it even more")
		ca.Data["ca.crt"] = "not a certificate"
		Expect(plane.Client.Update(ctx, ca)).To(Succeed())
		shows(ctx, w.theConnection(), unreached("Stalled", "CertificateInvalid: the CA bundle contains no PEM certificate", anonymous)...)
		ca.Data["ca.crt"] = ""
		Expect(plane.Client.Update(ctx, ca)).To(Succeed())
		shows(ctx, w.theConnection(), withoutCredentials("Stalled", "ConfigMapNotFound",
			"ConfigMap mlflow-ca has no key ca.crt, or it is empty: set it")...)

		ca.Data["ca.crt"] = string(w.mlflow.CertificatePEM())
		Expect(plane.Client.Update(ctx, ca)).To(Succeed())
		shows(ctx, w.theConnection(), reached(w, anonymous, "")...)
	})

	It("says so where it verifies nothing", func(ctx SpecContext) {
		w := newWorld(ctx, mlflowtest.Options{TLS: true})
		c := w.connection().Build()
		w.apply(ctx, c)
		shows(ctx, c, unreached("Stalled", distrusted, anonymous)...)
		edit(ctx, c, func(c *v1alpha1.MLflowConnection) { c.Spec.TLS = &v1alpha1.TLS{InsecureSkipVerify: new(true)} })
		shows(ctx, c, reached(w, anonymous, "; its certificate is NOT verified, since insecureSkipVerify is true")...)
	})
})

var _ = Describe("The address of a connection", func() {
	DescribeTable("is refused by the API where it can't be one",
		func(ctx SpecContext, url, sentence string) {
			c := builder.Connection("mlflow").URL(url).Build()
			Expect(plane.Client.Create(ctx, c)).To(MatchError(ContainSubstring(sentence)))
		},
		Entry("without a scheme", "mlflow.mlops.svc:5000", "url must be an absolute http or https URL"),
		Entry("of another protocol", "ftp://mlflow.mlops.svc", "url must be an absolute http or https URL"),
		Entry("with a password", "http://me:s3cret@mlflow.mlops.svc", "put them into a Secret and name it under auth"),
		Entry("with a query", "http://mlflow.mlops.svc?a=b", "url must have no query and no fragment"),
	)

	It("may have a path before MLflow's own", func(ctx SpecContext) {
		w := newWorld(ctx, mlflowtest.Options{PathPrefix: "/tracking"})
		c := w.connection().Build()
		Expect(c.Spec.URL).To(HaveSuffix("/tracking"))
		w.apply(ctx, c)
		shows(ctx, c, reached(w, anonymous, "")...)
	})

	It("may name a workspace, if the server has them", func(ctx SpecContext) {
		w := newWorld(ctx, mlflowtest.Options{Workspaces: true})
		w.apply(ctx, w.connection().Workspace("news"))
		shows(ctx, w.theConnection(), unreached("Stalled",
			"WorkspaceNotFound: "+listFailed+"404 RESOURCE_DOES_NOT_EXIST: Workspace 'news' not found", anonymous)...)
		Expect(w.user.CreateWorkspace(ctx, "news")).To(Succeed())
		c := shows(ctx, w.theConnection(), reached(w, anonymous, "")...)
		Expect(c.Status.WorkspacesEnabled).To(HaveValue(BeTrue()))
	})

	It("is edited, and nothing is believed that the old server said", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, nil)
		Expect(w.user.CreateModel(ctx, "second", nil)).To(Succeed())
		w.apply(ctx, builder.RegisteredModel(modelName))
		shows(ctx, w.model(modelName), synced(modelName)...)

		w.moves(ctx)
		shows(ctx, w.theConnection(), reached(w, anonymous, "")...)
		By("leaving the model alone that was managed, and is not there")
		shows(ctx, w.model(modelName), unsynced("Stalled", "NotFound", gone(modelName))...)
		By("creating a model that only the old server had")
		w.apply(ctx, builder.RegisteredModel("second"))
		shows(ctx, w.model("second"), synced("second")...)
		Expect(w.mlflow.Models()).To(Equal([]string{"second"}))
	})

	It("is gone with the connection, and back with it", func(ctx SpecContext) {
		w := champion(ctx, gated(), metrics{"accuracy": "0.91"})
		shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(plane.Client.Delete(ctx, w.theConnection())).To(Succeed())
		missing := "there is no MLflowConnection " + w.namespace + "/mlflow: create it"
		shows(ctx, w.model(modelName), repeated("ConnectionNotFound", missing)...)
		shows(ctx, w.promotion(toProduction), unresolved("Reconciling", "ConnectionNotFound", missing)...)

		w.mlflow.Reset()
		w.apply(ctx, w.connection())
		shows(ctx, w.model(modelName), synced(modelName)...)
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		w.wroteNothing()
	})

	It("is the operator's own for a model that names none", func(ctx SpecContext) {
		w := newWorld(ctx, mlflowtest.Options{})
		w.apply(ctx, builder.RegisteredModel(modelName).Connection("").Owner("nlp-team"))
		shows(ctx, w.model(modelName), repeated("ConnectionNotFound",
			"connectionRef is not set and the operator has no MLFLOW_TRACKING_URI: set one of them")...)
		w.isDefault()
		shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.mlflow.Models()).To(Equal([]string{modelName}))
	})
})
