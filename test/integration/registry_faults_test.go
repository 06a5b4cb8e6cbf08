// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const (
	// someModels models of others make two pages, on the second of which ours is.
	someModels = 350
	// manyModels are so many that a list of all is not worth it for the sake of ours.
	manyModels = 450
)

// newLargeRegistryEnv is a world whose registry has models of others besides that of champion; they
// come before it in each list.
func newLargeRegistryEnv(ctx SpecContext, others int) *env {
	GinkgoHelper()
	e := newPromotedEnv(ctx, newGatedModel(), metrics{"accuracy": "0.91"})
	for i := range others {
		Expect(e.user.CreateModel(ctx, fmt.Sprintf("crowd-%03d", i), nil)).To(Succeed())
	}
	e.pollRepeatedly(ctx, 1)
	e.waitForStageStatus(ctx)
	return e
}

var _ = Describe("A registry that is not what it was", func() {
	It("is a server that restarted, which nobody but its connection hears of", func(ctx SpecContext) {
		gracePeriod = time.Hour
		restartOperator(controlPlane.Config)
		DeferCleanup(func() {
			gracePeriod = -1
			restartOperator(controlPlane.Config)
		})
		e := newPromotedEnv(ctx, newGatedModel(), metrics{"accuracy": "0.91"})
		e.waitForStageStatus(ctx)
		objects := []client.Object{e.modelObject(modelName), e.promotionObject(toProduction)}
		before := getResourceVersions(ctx, objects)
		e.mlflow.ResetCalls()

		e.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		e.pollNow()
		waitForConditions(ctx, e.connectionObject(), unreachableConditions("Reconciling", "Unreachable: "+listFailedPrefix+
			"the connection was closed before the whole answer was there", anonymousMessage)...)
		requestReconcile(ctx, e.connectionObject())
		Expect(getResourceVersions(ctx, objects)).To(Equal(before))

		e.mlflow.ClearFaults()
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymousMessage, "")...)
		requestReconcile(ctx, e.promotionObject(toProduction))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(getResourceVersions(ctx, objects[:1])).To(Equal(before[:1]))
		e.expectNoWrites()
	})

	It("is a list that was cut short, of which nothing is believed", func(ctx SpecContext) {
		e := newLargeRegistryEnv(ctx, someModels)
		e.mlflow.ResetCalls()
		e.mlflow.InjectFault(mlflowtest.NthCall(2, mlflowtest.CallsTo(searchModelsEndpoint)), mlflowtest.ServerError())
		e.pollNow()
		message := listFailedPrefix + "500 INTERNAL_ERROR: database is locked"
		waitForConditions(ctx, e.connectionObject(), unreachableConditions("Reconciling", "Unreachable: "+message, anonymousMessage)...)
		waitForConditions(ctx, e.modelObject(modelName), connectionNotReadyConditions("Unreachable", message)...)

		By("answering to the end")
		e.pollNow()
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymousMessage, "")...)
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		e.expectNoWrites()
	})

	It("is a page that shifted, which hides a model for one poll", func(ctx SpecContext) {
		e := newLargeRegistryEnv(ctx, someModels)
		objects := []client.Object{e.modelObject(modelName), e.promotionObject(toProduction)}
		before := getResourceVersions(ctx, objects)
		e.mlflow.ResetCalls()

		By("deleting models of the first page before the second is asked for, so that ours is on neither")
		shifted := mlflowtest.RunAfter(func(mlflowtest.Call) {
			for i := range someModels + 1 - 200 {
				Expect(e.user.DeleteModel(ctx, fmt.Sprintf("crowd-%03d", i))).To(Succeed())
			}
		})
		e.mlflow.InjectFault(mlflowtest.NthCall(1, mlflowtest.CallsTo(searchModelsEndpoint)), shifted)
		e.pollRepeatedly(ctx, 1)
		Eventually(func() int { return e.mlflow.CountCalls("registered-models/get") }).WithContext(ctx).Should(BeNumerically(">", 0))
		e.pollRepeatedly(ctx, 2)
		requestReconcile(ctx, e.connectionObject())
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymousMessage, "")...)
		Expect(getResourceVersions(ctx, objects)).To(Equal(before))
		e.expectNoWrites()
	})

	It("is an account that lost the permission for half of the models, which are not gone", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		var names []string
		for i := range 6 {
			names = append(names, fmt.Sprintf("model-%d", i))
			e.createObject(ctx, builder.RegisteredModel(names[i]))
			waitForConditions(ctx, e.modelObject(names[i]), syncedConditions(names[i])...)
		}
		e.pollRepeatedly(ctx, 1)
		e.mlflow.ResetCalls()

		e.mlflow.HideModels(func(name string) bool { return slices.Contains(names[:3], name) })
		e.pollRepeatedly(ctx, 1)
		for _, name := range names[:3] {
			denied := "registered-models/get: 403: permission denied"
			waitForConditions(ctx, e.modelObject(name), unreadableConditions("PermissionDenied", denied)...)
		}
		e.pollRepeatedly(ctx, 1)
		requestReconcile(ctx, e.connectionObject())
		waitForConditions(ctx, e.connectionObject(), missingModelsConditions(e, 3)...)
		for _, name := range names[3:] {
			waitForConditions(ctx, e.modelObject(name), syncedConditions(name)...)
		}

		By("giving the permission back")
		e.mlflow.HideModels(nil)
		e.pollRepeatedly(ctx, 1)
		for _, name := range names {
			waitForConditions(ctx, e.modelObject(name), syncedConditions(name)...)
		}
		requestReconcile(ctx, e.connectionObject())
		waitForConditions(ctx, e.connectionObject(), reachableConditions(e, anonymousMessage, "")...)
		e.expectNoWrites()
	})

	It("is a large registry of others, of which ours is read and nothing else", func(ctx SpecContext) {
		e := newLargeRegistryEnv(ctx, manyModels)
		e.mlflow.ResetCalls()
		e.pollRepeatedly(ctx, 1)
		Expect(e.mlflow.CountCalls(searchModelsEndpoint)).To(BeZero())
		Expect(e.mlflow.CountCalls("registered-models/get")).To(Equal(1))

		By("moving the alias by hand, which is noticed all the same")
		e.registerRunVersion(ctx, modelName, metrics{"accuracy": "0.1"}, nil)
		Expect(e.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		e.pollRepeatedly(ctx, 1)
		e.waitForHistory(ctx, toProduction, "DriftReverted 1 after 2", "Promoted 1 after none")
	})
})

// missingModelsConditions are the conditions of a connection whose list lacks models of ours.
func missingModelsConditions(e *env, missed int) []string {
	reads := fmt.Sprintf("PartialList: the registry at %s is read every 1h0m0s; its list lacks %d declared models that it "+
		"showed before and that MLflow does not say to be gone: look at what the account may read", e.mlflow.URL, missed)
	return []string{
		"Ready=True " + reads,
		"CredentialsResolved=True Succeeded: " + anonymousMessage,
		"Reachable=True " + reads,
	}
}

// unreadableConditions are the conditions of a model that the account may not read any more.
func unreadableConditions(reason, message string) []string {
	why := reason + ": " + message
	return []string{
		"Ready=False " + why,
		"Stalled=True " + why,
		"ConnectionReady=True Connected: the registry is read at every poll",
		"Synced=False " + why,
	}
}
