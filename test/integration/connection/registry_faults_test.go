// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"fmt"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

const (
	// someModels models of others fill the first page, so that the story's model is on the second.
	someModels = 350
	// manyModels models of others make a full list more expensive than a read of each declared model.
	manyModels = 450
)

// newLargeRegistryEnv returns an env whose registry has models of others too, which come first in each list.
func newLargeRegistryEnv(ctx SpecContext, others int) *env.Env {
	GinkgoHelper()
	e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.91"})
	for i := range others {
		Expect(e.User.CreateModel(ctx, fmt.Sprintf("crowd-%03d", i), nil)).To(Succeed())
	}
	e.PollRepeatedly(ctx, 1)
	e.WaitForStageStatus(ctx)
	return e
}

var _ = Describe("A registry that changes unexpectedly", func() {
	It("changes only the status of its connection if the server restarts", func(ctx SpecContext) {
		env.RestartOperatorWith(func(o *env.OperatorOptions) { o.GracePeriod = time.Hour })
		e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.91"})
		e.WaitForStageStatus(ctx)
		objects := []client.Object{e.ModelObject(env.ModelName), e.PromotionObject(env.ToProduction)}
		before := env.GetResourceVersions(ctx, objects)
		e.MLflow.ResetCalls()

		e.MLflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		e.PollNow()
		e.WaitForConnection(ctx, env.UnreachableConditions("Reconciling", "Unreachable: "+env.ListFailedPrefix+
			env.ConnectionClosedMessage, env.AnonymousMessage)...)
		env.RequestReconcile(ctx, e.ConnectionObject())
		Expect(env.GetResourceVersions(ctx, objects)).To(Equal(before))

		e.MLflow.ClearFaults()
		e.WaitForConnection(ctx, env.ReachableConditions(e, env.AnonymousMessage, "")...)
		env.RequestReconcile(ctx, e.PromotionObject(env.ToProduction))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(env.GetResourceVersions(ctx, objects[:1])).To(Equal(before[:1]))
		e.ExpectNoWrites()
	})

	It("keeps the snapshot if a list is cut short", func(ctx SpecContext) {
		e := newLargeRegistryEnv(ctx, someModels)
		e.MLflow.ResetCalls()
		e.MLflow.InjectFault(mlflowtest.NthCall(2, mlflowtest.CallsTo(env.SearchModelsEndpoint)), mlflowtest.ServerError())
		e.PollNow()
		message := env.ListFailedPrefix + "500 INTERNAL_ERROR: database is locked"
		e.WaitForConnection(ctx, env.UnreachableConditions("Reconciling", "Unreachable: "+message, env.AnonymousMessage)...)
		e.WaitForModel(ctx, env.ConnectionNotReadyConditions("Unreachable", message)...)

		By("answering the whole list")
		e.PollNow()
		e.WaitForConnection(ctx, env.ReachableConditions(e, env.AnonymousMessage, "")...)
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		e.ExpectNoWrites()
	})

	It("hides a model for one poll if a page shifts", func(ctx SpecContext) {
		e := newLargeRegistryEnv(ctx, someModels)
		objects := []client.Object{e.ModelObject(env.ModelName), e.PromotionObject(env.ToProduction)}
		before := env.GetResourceVersions(ctx, objects)
		e.MLflow.ResetCalls()

		By("deleting models of the first page before the second is requested, so that the story's model is on neither")
		shifted := mlflowtest.RunAfter(func(mlflowtest.Call) {
			for i := range someModels + 1 - 200 {
				Expect(e.User.DeleteModel(ctx, fmt.Sprintf("crowd-%03d", i))).To(Succeed())
			}
		})
		e.MLflow.InjectFault(mlflowtest.NthCall(1, mlflowtest.CallsTo(env.SearchModelsEndpoint)), shifted)
		e.PollRepeatedly(ctx, 1)
		Eventually(func() int { return e.MLflow.CountCalls("registered-models/get") }).WithContext(ctx).Should(BeNumerically(">", 0))
		e.PollRepeatedly(ctx, 2)
		env.RequestReconcile(ctx, e.ConnectionObject())
		e.WaitForConnection(ctx, env.ReachableConditions(e, env.AnonymousMessage, "")...)
		Expect(env.GetResourceVersions(ctx, objects)).To(Equal(before))
		e.ExpectNoWrites()
	})

	It("loses no models if the account loses the permission for half of them", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		var names []string
		for i := range 6 {
			names = append(names, fmt.Sprintf("model-%d", i))
			e.CreateObject(ctx, builder.RegisteredModel(names[i]))
			env.WaitForConditions(ctx, e.ModelObject(names[i]), env.SyncedConditions(names[i])...)
		}
		e.PollRepeatedly(ctx, 1)
		e.MLflow.ResetCalls()

		e.MLflow.HideModels(func(name string) bool { return slices.Contains(names[:3], name) })
		e.PollRepeatedly(ctx, 1)
		for _, name := range names[:3] {
			denied := "registered-models/get: 403: permission denied"
			env.WaitForConditions(ctx, e.ModelObject(name), unreadableConditions("PermissionDenied", denied)...)
		}
		e.PollRepeatedly(ctx, 1)
		env.RequestReconcile(ctx, e.ConnectionObject())
		e.WaitForConnection(ctx, missingModelsConditions(e, 3)...)
		for _, name := range names[3:] {
			env.WaitForConditions(ctx, e.ModelObject(name), env.SyncedConditions(name)...)
		}

		By("granting the permission again")
		e.MLflow.HideModels(nil)
		e.PollRepeatedly(ctx, 1)
		for _, name := range names {
			env.WaitForConditions(ctx, e.ModelObject(name), env.SyncedConditions(name)...)
		}
		env.RequestReconcile(ctx, e.ConnectionObject())
		e.WaitForConnection(ctx, env.ReachableConditions(e, env.AnonymousMessage, "")...)
		e.ExpectNoWrites()
	})

	It("is read model by model if it has many models of others", func(ctx SpecContext) {
		e := newLargeRegistryEnv(ctx, manyModels)
		e.MLflow.ResetCalls()
		e.PollRepeatedly(ctx, 1)
		Expect(e.MLflow.CountCalls(env.SearchModelsEndpoint)).To(BeZero())
		Expect(e.MLflow.CountCalls("registered-models/get")).To(Equal(1))

		By("setting the alias as a user, which is detected without a list")
		e.RegisterRunVersion(ctx, env.ModelName, env.Metrics{"accuracy": "0.1"}, nil)
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "2")).To(Succeed())
		e.PollRepeatedly(ctx, 1)
		e.WaitForHistory(ctx, env.ToProduction, "DriftReverted 1 after 2", "Promoted 1 after none")
	})
})

// missingModelsConditions are the conditions of a connection whose list lacks declared models.
func missingModelsConditions(e *env.Env, missed int) []string {
	reads := fmt.Sprintf("PartialList: the registry at %s is read every 1h0m0s; its list lacks %d declared models that it "+
		"showed before and that MLflow does not report as deleted: check what the account may read", e.MLflow.URL, missed)
	return []string{
		"Ready=True " + reads,
		"CredentialsResolved=True Succeeded: " + env.AnonymousMessage,
		"Reachable=True " + reads,
	}
}

// unreadableConditions are the conditions of a model that the account may not read any more.
func unreadableConditions(reason, message string) []string {
	why := reason + ": " + message
	return []string{
		"Ready=False " + why,
		"Stalled=True " + why,
		env.ConnectionReadyLine,
		"Synced=False " + why,
	}
}
