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
	credentialsRejected = "CredentialsRejected: " + listFailed + "401: the server did not accept the credentials"
)

var _ = Describe("The credentials of a connection", func() {
	It("are not needed where the server wants none", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		c := waitForConditions(ctx, w.connectionObject(), reachableConditions(w, anonymous, "")...)
		Expect(c.Status.ServerVersion).To(Equal("3.17.2"))
		Expect(c.Status.WorkspacesEnabled).To(HaveValue(BeFalse()))
		Expect(c.Status.EffectivePollInterval).To(Equal(v1alpha1.Duration("1h0m0s")))
	})

	It("are a user name and a password, which nobody gets to read", func(ctx SpecContext) {
		const password = "correct-horse-battery"
		w, connection := newAuthenticatedEnv(ctx, password)
		w.createObject(ctx, newLoginSecret(password))
		w.createObject(ctx, connection)
		w.createObject(ctx, builder.RegisteredModel(modelName))
		waitForConditions(ctx, w.connectionObject(), reachableConditions(w, fromLogin, "")...)
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)

		By("locking the operator out, which is told of to everybody")
		w.changeLogin(ctx, "operator", "wrong-"+password)
		requestReconcile(ctx, w.connectionObject())
		waitForConditions(ctx, w.connectionObject(), unreachableConditions("Stalled", credentialsRejected, fromLogin)...)
		Expect(w.readAllOutput(ctx)).NotTo(ContainSubstring(password))
	})

	It("are a token, which is rotated before the server takes the new one", func(ctx SpecContext) {
		w := newEnv(ctx, mlflowtest.Options{BearerToken: "t-2"})
		token := w.createObject(ctx, newSecret("token", map[string]string{"token": "t-1"}))
		w.createObject(ctx, w.newConnection().BearerAuth("token"))
		waitForConditions(ctx, w.connectionObject(), unreachableConditions("Stalled", credentialsRejected, fromToken)...)
		editObject(ctx, token.(*corev1.Secret), func(s *corev1.Secret) { s.Data["token"] = []byte("t-2") })
		waitForConditions(ctx, w.connectionObject(), reachableConditions(w, fromToken, "")...)
	})

	It("are waited for where the Secret is still to come", func(ctx SpecContext) {
		w, connection := newAuthenticatedEnv(ctx, "s3cret")
		w.createObject(ctx, connection)
		w.createObject(ctx, builder.RegisteredModel(modelName))
		missing := "there is no Secret login: create it"
		waitForConditions(ctx, w.connectionObject(), invalidCredentialsConditions("Reconciling", "InvalidCredentials", missing)...)
		waitForConditions(ctx, w.modelObject(modelName), connectionNotReadyConditions("InvalidCredentials", missing)...)
		w.createObject(ctx, newLoginSecret("s3cret"))
		waitForConditions(ctx, w.connectionObject(), reachableConditions(w, fromLogin, "")...)
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
	})

	DescribeTable("have to be whole",
		func(ctx SpecContext, data map[string]string, message string) {
			w, connection := newAuthenticatedEnv(ctx, "s3cret")
			w.createObject(ctx, newSecret("login", data))
			w.createObject(ctx, connection)
			waitForConditions(ctx, w.connectionObject(), invalidCredentialsConditions("Stalled", "InvalidCredentials", message)...)
			Expect(w.mlflow.Calls()).To(BeEmpty())
		},
		Entry("with anything at all", map[string]string{},
			"Secret login has no key username, or it is empty: set it"),
		Entry("with a password", map[string]string{"username": "operator"},
			"Secret login has no key password, or it is empty: set it"),
		Entry("with a user name that is not empty", map[string]string{"username": "", "password": "s3cret"},
			"Secret login has no key username, or it is empty: set it"),
	)

	It("have to be whole with a token", func(ctx SpecContext) {
		w, connection := newAuthenticatedEnv(ctx, "s3cret")
		w.createObject(ctx, newSecret("token", map[string]string{"password": "s3cret"}))
		w.createObject(ctx, connection.BearerAuth("token"))
		waitForConditions(ctx, w.connectionObject(), invalidCredentialsConditions("Stalled", "InvalidCredentials",
			"Secret token has no key token, or it is empty: set it")...)
		Expect(w.mlflow.Calls()).To(BeEmpty())
	})

	It("are rotated while the server takes both, and used within a poll interval", func(ctx SpecContext) {
		w, connection := newAuthenticatedEnv(ctx, "s3cret")
		w.createObject(ctx, newLoginSecret("s3cret"))
		w.createObject(ctx, connection.PollInterval("1s"))
		Eventually(w.lastCaller).WithContext(ctx).Should(Equal("operator"))
		w.changeLogin(ctx, "successor", "s4cret")
		Eventually(w.lastCaller).WithContext(ctx).Should(Equal("successor"))
	})

	It("are read again at once when the server stops taking them", func(ctx SpecContext) {
		w, connection := newAuthenticatedEnv(ctx, "s3cret")
		w.createObject(ctx, newLoginSecret("s3cret"))
		w.createObject(ctx, connection)
		waitForConditions(ctx, w.connectionObject(), reachableConditions(w, fromLogin, "")...)

		w.changeLogin(ctx, "successor", "s4cret")
		w.mlflow.InjectFault(mlflowtest.CallsBy("operator"), mlflowtest.Unauthorized())
		w.pollNow()
		Eventually(w.lastCaller).WithContext(ctx).Should(Equal("successor"))
		waitForConditions(ctx, w.connectionObject(), reachableConditions(w, fromLogin, "")...)
	})

	It("are read again until the Secret has followed the server", func(ctx SpecContext) {
		w, connection := newAuthenticatedEnv(ctx, "s3cret")
		w.createObject(ctx, newLoginSecret("s3cret"))
		w.createObject(ctx, connection)
		w.createObject(ctx, builder.RegisteredModel(modelName))
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)

		w.mlflow.InjectFault(mlflowtest.CallsBy("operator"), mlflowtest.Unauthorized())
		w.pollNow()
		waitForConditions(ctx, w.connectionObject(), unreachableConditions("Stalled", credentialsRejected, fromLogin)...)
		w.changeLogin(ctx, "successor", "s4cret")
		waitForConditions(ctx, w.connectionObject(), reachableConditions(w, fromLogin, "")...)
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
	})
})
