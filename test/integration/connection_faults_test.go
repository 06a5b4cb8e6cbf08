// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("A server that does not answer as it should", func() {
	DescribeTable("is named as the cause on everything that needs it, until it is well again",
		func(ctx SpecContext, fault mlflowtest.Fault, state, reason, answer string) {
			e := newPromotedEnv(ctx, newGatedModel(), metrics{"accuracy": "0.91"})
			waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymousMessage, "")...)
			waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
			e.mlflow.ResetCalls()

			e.mlflow.InjectFault(mlflowtest.AnyCall(), fault)
			e.pollNow()
			message := listFailedPrefix + answer
			waitForConditions(ctx, e.connectionObject(), unreachableConditions(state, reason+": "+message, anonymousMessage)...)
			waitForConditions(ctx, e.modelObject(modelName), connectionNotReadyConditions(reason, message)...)
			waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Reconciling", reason, message)...)

			e.mlflow.ClearFaults()
			e.pollNow()
			waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymousMessage, "")...)
			waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
			waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
			e.expectNoWrites()
		},
		Entry("when it is down", mlflowtest.DropConnection(), "Reconciling", "Unreachable",
			"the connection was closed before the whole answer was there"),
		Entry("when it fails", mlflowtest.ServerError(), "Reconciling", "Unreachable",
			"500 INTERNAL_ERROR: database is locked"),
		Entry("when the proxy before it fails", mlflowtest.ServerErrorHTML(), "Reconciling", "Unreachable",
			"500: the server failed"),
		Entry("when it wants credentials", mlflowtest.Unauthorized(), "Stalled", "CredentialsRejected",
			"401: the server did not accept the credentials"),
		Entry("when it wants better ones", mlflowtest.Forbidden(), "Stalled", "PermissionDenied",
			"403: permission denied"),
		Entry("when it does not know its own name", mlflowtest.HostNotAllowed(), "Stalled", "HostNotAllowed",
			"403: the server does not allow this host name: add it, with its port, to its allowed hosts"),
		Entry("when it is no MLflow", mlflowtest.NotFoundHTML(), "Stalled", "NotMLflow",
			"404: the answer is not MLflow's"),
		Entry("when people are asked to log in", mlflowtest.LoginPage(), "Stalled", "NotMLflow",
			"200: the answer is not MLflow's JSON"),
		Entry("when it lost the workspace", mlflowtest.WorkspaceNotFound("news"), "Stalled", "ReferenceNotFound",
			"404 RESOURCE_DOES_NOT_EXIST: Workspace 'news' not found"),
		Entry("when it runs without workspaces", mlflowtest.FeatureDisabled(), "Stalled", "ReferenceNotFound",
			"500 FEATURE_DISABLED: Workspace APIs are not available: workspaces are not enabled on this server"),
	)

	It("is waited for where it was down from the beginning", func(ctx SpecContext) {
		e := newEnv(ctx, mlflowtest.Options{})
		e.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		e.createObject(ctx, e.newConnection())
		e.createObject(ctx, builder.RegisteredModel(modelName))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		message := listFailedPrefix + "the connection was closed before the whole answer was there"
		waitForConditions(ctx, e.connectionObject(), unreachableConditions("Reconciling", "Unreachable: "+message, anonymousMessage)...)
		waitForConditions(ctx, e.modelObject(modelName), connectionNotReadyConditions("Unreachable", message)...)
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Reconciling", "Unreachable", message)...)

		By("coming up, which nobody has to tell the operator")
		e.mlflow.ClearFaults()
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymousMessage, "")...)
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
	})

	It("is told of once, when it fails and when it is back", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymousMessage, "")...)
		e.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.ServerErrorHTML())
		e.pollNow()
		waitForConditions(ctx, e.connectionObject(), unreachableConditions("Reconciling", "Unreachable: "+listFailedPrefix+"500: the server failed", anonymousMessage)...)
		e.mlflow.ClearFaults()
		e.pollNow()
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymousMessage, "")...)
		read := "the registry at " + e.mlflow.URL + " is read every 1h0m0s"
		Eventually(func() []string { return e.listEvents(ctx, "MLflowConnection", "mlflow") }).WithContext(ctx).Should(Equal([]string{
			"Normal Connected: connection is Connected: " + read,
			"Warning Unreachable: connection is Unreachable (was Connected): " + listFailedPrefix + "500: the server failed",
			"Normal Connected: connection is Connected (was Unreachable): " + read,
		}))
	})

	It("is found out by whoever meets it first, between two polls", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newGatedModel(), metrics{"accuracy": "0.91"})
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		e.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.HostNotAllowed())
		requestReconcile(ctx, e.promotionObject(toProduction))
		message := listFailedPrefix + "403: the server does not allow this host name: add it, with its port, to its allowed hosts"
		waitForConditions(ctx, e.modelObject(modelName), connectionNotReadyConditions("HostNotAllowed", message)...)
		e.mlflow.ClearFaults()
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
	})
})
