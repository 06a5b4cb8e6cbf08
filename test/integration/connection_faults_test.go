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
			w := newChampionEnv(ctx, newGatedModel(), metrics{"accuracy": "0.91"})
			waitForConditions(ctx, w.connectionObject(), reachableConditions(w, anonymous, "")...)
			waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
			w.mlflow.ResetCalls()

			w.mlflow.InjectFault(mlflowtest.AnyCall(), fault)
			w.pollNow()
			message := listFailed + answer
			waitForConditions(ctx, w.connectionObject(), unreachableConditions(state, reason+": "+message, anonymous)...)
			waitForConditions(ctx, w.modelObject(modelName), connectionNotReadyConditions(reason, message)...)
			waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Reconciling", reason, message)...)

			w.mlflow.ClearFaults()
			w.pollNow()
			waitForConditions(ctx, w.connectionObject(), reachableConditions(w, anonymous, "")...)
			waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
			waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
			w.expectNoWrites()
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
		w := newEnv(ctx, mlflowtest.Options{})
		w.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		w.createObject(ctx, w.newConnection())
		w.createObject(ctx, builder.RegisteredModel(modelName))
		w.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		message := listFailed + "the connection was closed before the whole answer was there"
		waitForConditions(ctx, w.connectionObject(), unreachableConditions("Reconciling", "Unreachable: "+message, anonymous)...)
		waitForConditions(ctx, w.modelObject(modelName), connectionNotReadyConditions("Unreachable", message)...)
		waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Reconciling", "Unreachable", message)...)

		By("coming up, which nobody has to tell the operator")
		w.mlflow.ClearFaults()
		waitForConditions(ctx, w.connectionObject(), reachableConditions(w, anonymous, "")...)
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
	})

	It("is told of once, when it fails and when it is back", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		waitForConditions(ctx, w.connectionObject(), reachableConditions(w, anonymous, "")...)
		w.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.ServerErrorHTML())
		w.pollNow()
		waitForConditions(ctx, w.connectionObject(), unreachableConditions("Reconciling", "Unreachable: "+listFailed+"500: the server failed", anonymous)...)
		w.mlflow.ClearFaults()
		w.pollNow()
		waitForConditions(ctx, w.connectionObject(), reachableConditions(w, anonymous, "")...)
		read := "the registry at " + w.mlflow.URL + " is read every 1h0m0s"
		Eventually(func() []string { return w.listEvents(ctx, "MLflowConnection", "mlflow") }).WithContext(ctx).Should(Equal([]string{
			"Normal Connected: connection is Connected: " + read,
			"Warning Unreachable: connection is Unreachable (was Connected): " + listFailed + "500: the server failed",
			"Normal Connected: connection is Connected (was Unreachable): " + read,
		}))
	})

	It("is found out by whoever meets it first, between two polls", func(ctx SpecContext) {
		w := newChampionEnv(ctx, newGatedModel(), metrics{"accuracy": "0.91"})
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		w.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.HostNotAllowed())
		requestReconcile(ctx, w.promotionObject(toProduction))
		message := listFailed + "403: the server does not allow this host name: add it, with its port, to its allowed hosts"
		waitForConditions(ctx, w.modelObject(modelName), connectionNotReadyConditions("HostNotAllowed", message)...)
		w.mlflow.ClearFaults()
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
	})
})
