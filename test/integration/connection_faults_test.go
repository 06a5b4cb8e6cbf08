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
			w := champion(ctx, gated(), metrics{"accuracy": "0.91"})
			shows(ctx, w.theConnection(), reached(w, anonymous, "")...)
			shows(ctx, w.model(modelName), synced(modelName)...)
			w.mlflow.Reset()

			w.mlflow.Fail(mlflowtest.Any(), fault)
			w.poll()
			message := listFailed + answer
			shows(ctx, w.theConnection(), unreached(state, reason+": "+message, anonymous)...)
			shows(ctx, w.model(modelName), repeated(reason, message)...)
			shows(ctx, w.promotion(toProduction), unresolved("Reconciling", reason, message)...)

			w.mlflow.Heal()
			w.poll()
			shows(ctx, w.theConnection(), reached(w, anonymous, "")...)
			shows(ctx, w.model(modelName), synced(modelName)...)
			shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
			w.wroteNothing()
		},
		Entry("when it is down", mlflowtest.Drop(), "Reconciling", "Unreachable",
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
		Entry("when it lost the workspace", mlflowtest.WorkspaceNotFound("news"), "Stalled", "WorkspaceNotFound",
			"404 RESOURCE_DOES_NOT_EXIST: Workspace 'news' not found"),
		Entry("when it runs without workspaces", mlflowtest.FeatureDisabled(), "Stalled", "WorkspaceNotFound",
			"500 FEATURE_DISABLED: Workspace APIs are not available: workspaces are not enabled on this server"),
	)

	It("is waited for where it was down from the beginning", func(ctx SpecContext) {
		w := newWorld(ctx, mlflowtest.Options{})
		w.mlflow.Fail(mlflowtest.Any(), mlflowtest.Drop())
		w.apply(ctx, w.connection())
		w.apply(ctx, builder.RegisteredModel(modelName))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		message := listFailed + "the connection was closed before the whole answer was there"
		shows(ctx, w.theConnection(), unreached("Reconciling", "Unreachable: "+message, anonymous)...)
		shows(ctx, w.model(modelName), repeated("Unreachable", message)...)
		shows(ctx, w.promotion(toProduction), unresolved("Reconciling", "Unreachable", message)...)

		By("coming up, which nobody has to tell the operator")
		w.mlflow.Heal()
		shows(ctx, w.theConnection(), reached(w, anonymous, "")...)
		shows(ctx, w.model(modelName), synced(modelName)...)
	})

	It("is told of once, when it fails and when it is back", func(ctx SpecContext) {
		w := connected(ctx)
		shows(ctx, w.theConnection(), reached(w, anonymous, "")...)
		w.mlflow.Fail(mlflowtest.Any(), mlflowtest.ServerErrorHTML())
		w.poll()
		shows(ctx, w.theConnection(), unreached("Reconciling", "Unreachable: "+listFailed+"500: the server failed", anonymous)...)
		w.mlflow.Heal()
		w.poll()
		shows(ctx, w.theConnection(), reached(w, anonymous, "")...)
		read := "the registry at " + w.mlflow.URL + " is read every 1h0m0s"
		Eventually(func() []string { return w.told(ctx, "MLflowConnection", "mlflow") }).WithContext(ctx).Should(Equal([]string{
			"Normal Connected: Connected, after it was new: " + read,
			"Warning Unreachable: Unreachable, after it was Connected: " + listFailed + "500: the server failed",
			"Normal Connected: Connected, after it was Unreachable: " + read,
		}))
	})

	It("is found out by whoever meets it first, between two polls", func(ctx SpecContext) {
		w := champion(ctx, gated(), metrics{"accuracy": "0.91"})
		shows(ctx, w.model(modelName), synced(modelName)...)
		w.mlflow.Fail(mlflowtest.Any(), mlflowtest.HostNotAllowed())
		lookNow(ctx, w.promotion(toProduction))
		message := listFailed + "403: the server does not allow this host name: add it, with its port, to its allowed hosts"
		shows(ctx, w.model(modelName), repeated("HostNotAllowed", message)...)
		w.mlflow.Heal()
		shows(ctx, w.model(modelName), synced(modelName)...)
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
	})
})
