// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

const (
	fromLogin           = "basic credentials were read from Secret login"
	fromToken           = "bearer credentials were read from Secret token"
	credentialsRejected = "CredentialsRejected: " + env.ListFailedPrefix + "401: the server did not accept the credentials"
)

// missingUsernameMessage is the message of a Secret without a user name.
const missingUsernameMessage = "Secret login has no key username, or it is empty: set it"

var _ = Describe("The credentials of a connection", func() {
	It("are not required if the server requires none", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		c := e.WaitForConnection(ctx, env.ReachableConditions(e, env.AnonymousMessage, "")...)
		Expect(c.Status.ServerVersion).To(Equal("3.17.2"))
		Expect(c.Status.WorkspacesEnabled).To(HaveValue(BeFalse()))
		Expect(c.Status.EffectivePollInterval).To(Equal(v1alpha1.Duration("1h0m0s")))
	})

	It("can be a user name and a password, which no output contains", func(ctx SpecContext) {
		const password = "correct-horse-battery"
		e, connection := env.NewAuthenticated(ctx, password)
		e.CreateObject(ctx, env.NewLoginSecret(password))
		e.CreateObject(ctx, connection)
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName))
		e.WaitForConnection(ctx, env.ReachableConditions(e, fromLogin, "")...)
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)

		By("rejecting the operator, which every object reports")
		setLoginSecret(ctx, e, "operator", "wrong-"+password)
		env.RequestReconcile(ctx, e.ConnectionObject())
		e.WaitForConnection(ctx, env.UnreachableConditions("Stalled", credentialsRejected, fromLogin)...)
		Expect(e.ReadAllOutput(ctx)).NotTo(ContainSubstring(password))
	})

	It("can be a token that is rotated before the server accepts the new one", func(ctx SpecContext) {
		e := env.New(ctx, mlflowtest.Options{BearerToken: "t-2"})
		token := e.CreateObject(ctx, env.NewSecret("token", map[string]string{"token": "t-1"}))
		e.CreateObject(ctx, e.NewConnection().BearerAuth("token"))
		e.WaitForConnection(ctx, env.UnreachableConditions("Stalled", credentialsRejected, fromToken)...)
		env.EditObject(ctx, token.(*corev1.Secret), func(s *corev1.Secret) { s.Data["token"] = []byte("t-2") })
		e.WaitForConnection(ctx, env.ReachableConditions(e, fromToken, "")...)
	})

	It("are awaited if the Secret does not exist yet", func(ctx SpecContext) {
		e, connection := env.NewAuthenticated(ctx, "s3cret")
		e.CreateObject(ctx, connection)
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName))
		missing := env.MissingSecretMessage
		e.WaitForConnection(ctx, env.InvalidCredentialsConditions("Reconciling", "InvalidCredentials", missing)...)
		e.WaitForModel(ctx, env.ConnectionNotReadyConditions("InvalidCredentials", missing)...)
		e.CreateObject(ctx, env.NewLoginSecret("s3cret"))
		e.WaitForConnection(ctx, env.ReachableConditions(e, fromLogin, "")...)
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
	})

	DescribeTable("must be complete",
		func(ctx SpecContext, data map[string]string, message string) {
			e, connection := env.NewAuthenticated(ctx, "s3cret")
			e.CreateObject(ctx, env.NewSecret("login", data))
			e.CreateObject(ctx, connection)
			e.WaitForConnection(ctx, env.InvalidCredentialsConditions("Stalled", "InvalidCredentials", message)...)
			Expect(e.MLflow.Calls()).To(BeEmpty())
		},
		Entry("with any key", map[string]string{},
			missingUsernameMessage),
		Entry("with a password", map[string]string{"username": "operator"},
			"Secret login has no key password, or it is empty: set it"),
		Entry("with a user name that is not empty", map[string]string{"username": "", "password": "s3cret"},
			missingUsernameMessage),
	)

	It("must be complete for a token", func(ctx SpecContext) {
		e, connection := env.NewAuthenticated(ctx, "s3cret")
		e.CreateObject(ctx, env.NewSecret("token", map[string]string{"password": "s3cret"}))
		e.CreateObject(ctx, connection.BearerAuth("token"))
		e.WaitForConnection(ctx, env.InvalidCredentialsConditions("Stalled", "InvalidCredentials",
			"Secret token has no key token, or it is empty: set it")...)
		Expect(e.MLflow.Calls()).To(BeEmpty())
	})

	It("are used within a poll interval after a rotation", func(ctx SpecContext) {
		e, connection := env.NewAuthenticated(ctx, "s3cret")
		e.CreateObject(ctx, env.NewLoginSecret("s3cret"))
		e.CreateObject(ctx, connection.PollInterval("1s"))
		Eventually(lastUsername).WithContext(ctx).WithArguments(e).Should(Equal("operator"))
		setLoginSecret(ctx, e, "successor", "s4cret")
		Eventually(lastUsername).WithContext(ctx).WithArguments(e).Should(Equal("successor"))
	})

	It("are read again at once after the server rejects them", func(ctx SpecContext) {
		e, connection := env.NewAuthenticated(ctx, "s3cret")
		e.CreateObject(ctx, env.NewLoginSecret("s3cret"))
		e.CreateObject(ctx, connection)
		e.WaitForConnection(ctx, env.ReachableConditions(e, fromLogin, "")...)

		setLoginSecret(ctx, e, "successor", "s4cret")
		e.MLflow.InjectFault(mlflowtest.CallsBy("operator"), mlflowtest.Unauthorized())
		e.PollNow()
		Eventually(lastUsername).WithContext(ctx).WithArguments(e).Should(Equal("successor"))
		e.WaitForConnection(ctx, env.ReachableConditions(e, fromLogin, "")...)
	})

	It("are read again until the Secret matches the server", func(ctx SpecContext) {
		e, connection := env.NewAuthenticated(ctx, "s3cret")
		e.CreateObject(ctx, env.NewLoginSecret("s3cret"))
		e.CreateObject(ctx, connection)
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName))
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)

		e.MLflow.InjectFault(mlflowtest.CallsBy("operator"), mlflowtest.Unauthorized())
		e.PollNow()
		e.WaitForConnection(ctx, env.UnreachableConditions("Stalled", credentialsRejected, fromLogin)...)
		setLoginSecret(ctx, e, "successor", "s4cret")
		e.WaitForConnection(ctx, env.ReachableConditions(e, fromLogin, "")...)
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
	})
})
