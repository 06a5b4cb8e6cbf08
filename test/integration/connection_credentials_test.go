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
	fromLogin = "user name and password were read from Secret login"
	fromToken = "the token was read from Secret token"
	refused   = "CredentialsRejected: " + listFailed + "401: the server did not accept the credentials"
)

var _ = Describe("The credentials of a connection", func() {
	It("are not needed where the server wants none", func(ctx SpecContext) {
		w := connected(ctx)
		c := shows(ctx, w.theConnection(), reached(w, anonymous, "")...)
		Expect(c.Status.ServerVersion).To(Equal("3.17.2"))
		Expect(c.Status.WorkspacesEnabled).To(HaveValue(BeFalse()))
		Expect(c.Status.EffectivePollInterval).To(Equal(v1alpha1.Duration("1h0m0s")))
	})

	It("are a user name and a password, which nobody gets to read", func(ctx SpecContext) {
		const password = "correct-horse-battery"
		w, connection := guarded(ctx, password)
		w.apply(ctx, login(password))
		w.apply(ctx, connection)
		w.apply(ctx, builder.RegisteredModel(modelName))
		shows(ctx, w.theConnection(), reached(w, fromLogin, "")...)
		shows(ctx, w.model(modelName), synced(modelName)...)

		By("locking the operator out, which is told of to everybody")
		w.hands(ctx, "operator", "wrong-"+password)
		lookNow(ctx, w.theConnection())
		shows(ctx, w.theConnection(), unreached("Stalled", refused, fromLogin)...)
		Expect(w.everythingWritten(ctx)).NotTo(ContainSubstring(password))
	})

	It("are a token, which is rotated before the server takes the new one", func(ctx SpecContext) {
		w := newWorld(ctx, mlflowtest.Options{BearerToken: "t-2"})
		token := w.apply(ctx, secret("token", map[string]string{"token": "t-1"}))
		w.apply(ctx, w.connection().Bearer("token"))
		shows(ctx, w.theConnection(), unreached("Stalled", refused, fromToken)...)
		edit(ctx, token.(*corev1.Secret), func(s *corev1.Secret) { s.Data["token"] = []byte("t-2") })
		shows(ctx, w.theConnection(), reached(w, fromToken, "")...)
	})

	It("are waited for where the Secret is still to come", func(ctx SpecContext) {
		w, connection := guarded(ctx, "s3cret")
		w.apply(ctx, connection)
		w.apply(ctx, builder.RegisteredModel(modelName))
		missing := "there is no Secret login: create it"
		shows(ctx, w.theConnection(), withoutCredentials("Reconciling", "SecretNotFound", missing)...)
		shows(ctx, w.model(modelName), repeated("SecretNotFound", missing)...)
		w.apply(ctx, login("s3cret"))
		shows(ctx, w.theConnection(), reached(w, fromLogin, "")...)
		shows(ctx, w.model(modelName), synced(modelName)...)
	})

	DescribeTable("have to be whole",
		func(ctx SpecContext, data map[string]string, message string) {
			w, connection := guarded(ctx, "s3cret")
			w.apply(ctx, secret("login", data))
			w.apply(ctx, connection)
			shows(ctx, w.theConnection(), withoutCredentials("Stalled", "SecretNotFound", message)...)
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
		w, connection := guarded(ctx, "s3cret")
		w.apply(ctx, secret("token", map[string]string{"password": "s3cret"}))
		w.apply(ctx, connection.Bearer("token"))
		shows(ctx, w.theConnection(), withoutCredentials("Stalled", "SecretNotFound",
			"Secret token has no key token, or it is empty: set it")...)
		Expect(w.mlflow.Calls()).To(BeEmpty())
	})

	It("are rotated while the server takes both, and used within a poll interval", func(ctx SpecContext) {
		w, connection := guarded(ctx, "s3cret")
		w.apply(ctx, login("s3cret"))
		w.apply(ctx, connection.PollInterval("1s"))
		Eventually(w.caller).WithContext(ctx).Should(Equal("operator"))
		w.hands(ctx, "successor", "s4cret")
		Eventually(w.caller).WithContext(ctx).Should(Equal("successor"))
	})

	It("are read again at once when the server stops taking them", func(ctx SpecContext) {
		w, connection := guarded(ctx, "s3cret")
		w.apply(ctx, login("s3cret"))
		w.apply(ctx, connection)
		shows(ctx, w.theConnection(), reached(w, fromLogin, "")...)

		w.hands(ctx, "successor", "s4cret")
		w.mlflow.Fail(mlflowtest.By("operator"), mlflowtest.Unauthorized())
		w.poll()
		Eventually(w.caller).WithContext(ctx).Should(Equal("successor"))
		shows(ctx, w.theConnection(), reached(w, fromLogin, "")...)
	})

	It("are read again until the Secret has followed the server", func(ctx SpecContext) {
		w, connection := guarded(ctx, "s3cret")
		w.apply(ctx, login("s3cret"))
		w.apply(ctx, connection)
		w.apply(ctx, builder.RegisteredModel(modelName))
		shows(ctx, w.model(modelName), synced(modelName)...)

		w.mlflow.Fail(mlflowtest.By("operator"), mlflowtest.Unauthorized())
		w.poll()
		shows(ctx, w.theConnection(), unreached("Stalled", refused, fromLogin)...)
		w.hands(ctx, "successor", "s4cret")
		shows(ctx, w.theConnection(), reached(w, fromLogin, "")...)
		shows(ctx, w.model(modelName), synced(modelName)...)
	})
})
