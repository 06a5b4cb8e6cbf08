// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var _ = Describe("A server that fails", func() {
	DescribeTable("is the cause in the status of all dependents until it works again",
		func(ctx SpecContext, fault mlflowtest.Fault, state, reason, answer string) {
			e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.91"})
			e.WaitForConnection(ctx, env.ReachableConditions(e, env.AnonymousMessage, "")...)
			e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
			e.MLflow.ResetCalls()

			e.MLflow.InjectFault(mlflowtest.AnyCall(), fault)
			e.PollNow()
			message := env.ListFailedPrefix + answer
			e.WaitForConnection(ctx, env.UnreachableConditions(state, reason+": "+message, env.AnonymousMessage)...)
			e.WaitForModel(ctx, env.ConnectionNotReadyConditions(reason, message)...)
			e.WaitForPromotion(ctx, env.UnresolvedConditions("Reconciling", reason, message)...)

			e.MLflow.ClearFaults()
			e.PollNow()
			e.WaitForConnection(ctx, env.ReachableConditions(e, env.AnonymousMessage, "")...)
			e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
			e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
			e.ExpectNoWrites()
		},
		Entry("if it is down", mlflowtest.DropConnection(), "Reconciling", "Unreachable",
			env.ConnectionClosedMessage),
		Entry("if it has an internal error", mlflowtest.ServerError(), "Reconciling", "Unreachable",
			"500 INTERNAL_ERROR: database is locked"),
		Entry("if its proxy fails", mlflowtest.ServerErrorHTML(), "Reconciling", "Unreachable",
			"500: the server failed"),
		Entry("if it requires credentials", mlflowtest.Unauthorized(), "Stalled", "CredentialsRejected",
			"401: the server did not accept the credentials"),
		Entry("if it rejects the credentials", mlflowtest.Forbidden(), "Stalled", "PermissionDenied",
			"403: permission denied"),
		Entry("if it rejects the host name", mlflowtest.HostNotAllowed(), "Stalled", "HostNotAllowed",
			"403: the server does not allow this host name: add it, with its port, to its allowed hosts"),
		Entry("if it is not MLflow", mlflowtest.NotFoundHTML(), "Stalled", "NotMLflow",
			"404: the answer is not MLflow's"),
		Entry("if it returns a login page", mlflowtest.LoginPage(), "Stalled", "NotMLflow",
			env.NotMLflowMessage),
		Entry("if the workspace does not exist", mlflowtest.WorkspaceNotFound("news"), "Stalled", "ReferenceNotFound",
			"404 RESOURCE_DOES_NOT_EXIST: Workspace 'news' not found"),
		Entry("if it does not support workspaces", mlflowtest.FeatureDisabled(), "Stalled", "ReferenceNotFound",
			"500 FEATURE_DISABLED: Workspace APIs are not available: workspaces are not enabled on this server"),
	)

	It("is awaited if it was never reachable", func(ctx SpecContext) {
		e := env.New(ctx, mlflowtest.Options{})
		e.MLflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		e.CreateObject(ctx, e.NewConnection())
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		message := env.ListFailedPrefix + env.ConnectionClosedMessage
		e.WaitForConnection(ctx, env.UnreachableConditions("Reconciling", "Unreachable: "+message, env.AnonymousMessage)...)
		e.WaitForModel(ctx, env.ConnectionNotReadyConditions("Unreachable", message)...)
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Reconciling", "Unreachable", message)...)

		By("starting the server")
		e.MLflow.ClearFaults()
		e.WaitForConnection(ctx, env.ReachableConditions(e, env.AnonymousMessage, "")...)
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
	})

	It("causes one event when it fails and one when it works again", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.WaitForConnection(ctx, env.ReachableConditions(e, env.AnonymousMessage, "")...)
		e.MLflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.ServerErrorHTML())
		e.PollNow()
		e.WaitForConnection(ctx, env.UnreachableConditions("Reconciling",
			"Unreachable: "+env.ListFailedPrefix+"500: the server failed", env.AnonymousMessage)...)
		e.MLflow.ClearFaults()
		e.PollNow()
		e.WaitForConnection(ctx, env.ReachableConditions(e, env.AnonymousMessage, "")...)
		read := "the registry at " + e.MLflow.URL + " is read every 1h0m0s"
		Eventually(func() []string { return e.ListEvents(ctx, "MLflowConnection", "mlflow") }).WithContext(ctx).Should(Equal([]string{
			"Normal Connected: connection is Connected: " + read,
			"Warning Unreachable: connection is Unreachable (was Connected): " + env.ListFailedPrefix + "500: the server failed",
			"Normal Connected: connection is Connected (was Unreachable): " + read,
		}))
	})

	It("is detected by the first failed request between two polls", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.91"})
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.MLflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.HostNotAllowed())
		env.RequestReconcile(ctx, e.PromotionObject(env.ToProduction))
		message := env.ListFailedPrefix + "403: the server does not allow this host name: add it, with its port, to its allowed hosts"
		e.WaitForModel(ctx, env.ConnectionNotReadyConditions("HostNotAllowed", message)...)
		e.MLflow.ClearFaults()
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
	})
})
