// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const (
	fromLogin           = "basic credentials were read from Secret login"
	fromToken           = "bearer credentials were read from Secret token"
	credentialsRejected = "CredentialsRejected: " + listFailedPrefix + "401: the server did not accept the credentials"
)

var _ = Describe("The credentials of a connection", func() {
	It("are not needed where the server wants none", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		c := waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymousMessage, "")...)
		Expect(c.Status.ServerVersion).To(Equal("3.17.2"))
		Expect(c.Status.WorkspacesEnabled).To(HaveValue(BeFalse()))
		Expect(c.Status.EffectivePollInterval).To(Equal(v1alpha1.Duration("1h0m0s")))
	})

	It("are a user name and a password, which nobody gets to read", func(ctx SpecContext) {
		const password = "correct-horse-battery"
		e, connection := newAuthenticatedEnv(ctx, password)
		e.createObject(ctx, newLoginSecret(password))
		e.createObject(ctx, connection)
		e.createObject(ctx, builder.RegisteredModel(modelName))
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, fromLogin, "")...)
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)

		By("locking the operator out, which is told of to everybody")
		e.setLoginSecret(ctx, "operator", "wrong-"+password)
		requestReconcile(ctx, e.connectionObject())
		waitForConditions(ctx, e.connectionObject(), unreachableConditions("Stalled", credentialsRejected, fromLogin)...)
		Expect(e.readAllOutput(ctx)).NotTo(ContainSubstring(password))
	})

	It("are a token, which is rotated before the server takes the new one", func(ctx SpecContext) {
		e := newEnv(ctx, mlflowtest.Options{BearerToken: "t-2"})
		token := e.createObject(ctx, newSecret("token", map[string]string{"token": "t-1"}))
		e.createObject(ctx, e.newConnection().BearerAuth("token"))
		waitForConditions(ctx, e.connectionObject(), unreachableConditions("Stalled", credentialsRejected, fromToken)...)
		editObject(ctx, token.(*corev1.Secret), func(s *corev1.Secret) { s.Data["token"] = []byte("t-2") })
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, fromToken, "")...)
	})

	It("are waited for where the Secret is still to come", func(ctx SpecContext) {
		e, connection := newAuthenticatedEnv(ctx, "s3cret")
		e.createObject(ctx, connection)
		e.createObject(ctx, builder.RegisteredModel(modelName))
		missing := "there is no Secret login: create it"
		waitForConditions(ctx, e.connectionObject(), invalidCredentialsConditions("Reconciling", "InvalidCredentials", missing)...)
		waitForConditions(ctx, e.modelObject(modelName), connectionNotReadyConditions("InvalidCredentials", missing)...)
		e.createObject(ctx, newLoginSecret("s3cret"))
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, fromLogin, "")...)
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
	})

	DescribeTable("have to be whole",
		func(ctx SpecContext, data map[string]string, message string) {
			e, connection := newAuthenticatedEnv(ctx, "s3cret")
			e.createObject(ctx, newSecret("login", data))
			e.createObject(ctx, connection)
			waitForConditions(ctx, e.connectionObject(), invalidCredentialsConditions("Stalled", "InvalidCredentials", message)...)
			Expect(e.mlflow.Calls()).To(BeEmpty())
		},
		Entry("with anything at all", map[string]string{},
			"Secret login has no key username, or it is empty: set it"),
		Entry("with a password", map[string]string{"username": "operator"},
			"Secret login has no key password, or it is empty: set it"),
		Entry("with a user name that is not empty", map[string]string{"username": "", "password": "s3cret"},
			"Secret login has no key username, or it is empty: set it"),
	)

	It("have to be whole with a token", func(ctx SpecContext) {
		e, connection := newAuthenticatedEnv(ctx, "s3cret")
		e.createObject(ctx, newSecret("token", map[string]string{"password": "s3cret"}))
		e.createObject(ctx, connection.BearerAuth("token"))
		waitForConditions(ctx, e.connectionObject(), invalidCredentialsConditions("Stalled", "InvalidCredentials",
			"Secret token has no key token, or it is empty: set it")...)
		Expect(e.mlflow.Calls()).To(BeEmpty())
	})

	It("are rotated while the server takes both, and used within a poll interval", func(ctx SpecContext) {
		e, connection := newAuthenticatedEnv(ctx, "s3cret")
		e.createObject(ctx, newLoginSecret("s3cret"))
		e.createObject(ctx, connection.PollInterval("1s"))
		Eventually(e.lastUsername).WithContext(ctx).Should(Equal("operator"))
		e.setLoginSecret(ctx, "successor", "s4cret")
		Eventually(e.lastUsername).WithContext(ctx).Should(Equal("successor"))
	})

	It("are read again at once when the server stops taking them", func(ctx SpecContext) {
		e, connection := newAuthenticatedEnv(ctx, "s3cret")
		e.createObject(ctx, newLoginSecret("s3cret"))
		e.createObject(ctx, connection)
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, fromLogin, "")...)

		e.setLoginSecret(ctx, "successor", "s4cret")
		e.mlflow.InjectFault(mlflowtest.CallsBy("operator"), mlflowtest.Unauthorized())
		e.pollNow()
		Eventually(e.lastUsername).WithContext(ctx).Should(Equal("successor"))
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, fromLogin, "")...)
	})

	It("are read again until the Secret has followed the server", func(ctx SpecContext) {
		e, connection := newAuthenticatedEnv(ctx, "s3cret")
		e.createObject(ctx, newLoginSecret("s3cret"))
		e.createObject(ctx, connection)
		e.createObject(ctx, builder.RegisteredModel(modelName))
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)

		e.mlflow.InjectFault(mlflowtest.CallsBy("operator"), mlflowtest.Unauthorized())
		e.pollNow()
		waitForConditions(ctx, e.connectionObject(), unreachableConditions("Stalled", credentialsRejected, fromLogin)...)
		e.setLoginSecret(ctx, "successor", "s4cret")
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, fromLogin, "")...)
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
	})
})
