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
	// some models of others make two pages, on the second of which ours is.
	some = 350
	// many are so many that a list of all is not worth it for the sake of ours.
	many = 450
)

// crowded is a world whose registry has models of others besides that of champion; they
// come before it in each list.
func crowded(ctx SpecContext, others int) *world {
	GinkgoHelper()
	w := champion(ctx, gated(), metrics{"accuracy": "0.91"})
	for i := range others {
		Expect(w.user.CreateModel(ctx, fmt.Sprintf("crowd-%03d", i), nil)).To(Succeed())
	}
	w.lists(ctx, 1)
	w.tellsSince(ctx)
	return w
}

// tellsSince waits until the model has said all of its champion: that is the last that is
// written.
func (w *world) tellsSince(ctx SpecContext) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		g.Expect(w.read(ctx).Status.Stages).To(HaveEach(HaveField("Since", Not(BeNil()))))
	}).WithContext(ctx).Should(Succeed())
}

// lists polls, and returns when that many lists have ended.
func (w *world) lists(ctx SpecContext, n int) {
	GinkgoHelper()
	for range n {
		before := provider.State(w.key()).ListedAt
		w.poll()
		Eventually(func() time.Time { return provider.State(w.key()).ListedAt }).WithContext(ctx).Should(BeTemporally(">", before))
	}
}

var _ = Describe("A registry that is not what it was", func() {
	It("is a server that restarted, which nobody but its connection hears of", func(ctx SpecContext) {
		grace = time.Hour
		restartOperator(plane.Config)
		DeferCleanup(func() {
			grace = -1
			restartOperator(plane.Config)
		})
		w := champion(ctx, gated(), metrics{"accuracy": "0.91"})
		w.tellsSince(ctx)
		objects := []client.Object{w.model(modelName), w.promotion(toProduction)}
		before := versions(ctx, objects)
		w.mlflow.Reset()

		w.mlflow.Fail(mlflowtest.Any(), mlflowtest.Drop())
		w.poll()
		shows(ctx, w.theConnection(), unreached("Reconciling", "Unreachable: "+listFailed+
			"the connection was closed before the whole answer was there", anonymous)...)
		lookNow(ctx, w.theConnection())
		Expect(versions(ctx, objects)).To(Equal(before))

		w.mlflow.Heal()
		shows(ctx, w.theConnection(), reached(w, anonymous, "")...)
		lookNow(ctx, w.promotion(toProduction))
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		Expect(versions(ctx, objects[:1])).To(Equal(before[:1]))
		w.wroteNothing()
	})

	It("is a list that was cut short, of which nothing is believed", func(ctx SpecContext) {
		w := crowded(ctx, some)
		w.mlflow.Reset()
		w.mlflow.Fail(mlflowtest.Nth(2, mlflowtest.Endpoint(listModels)), mlflowtest.ServerError())
		w.poll()
		message := listFailed + "500 INTERNAL_ERROR: database is locked"
		shows(ctx, w.theConnection(), unreached("Reconciling", "Unreachable: "+message, anonymous)...)
		shows(ctx, w.model(modelName), repeated("Unreachable", message)...)

		By("answering to the end")
		w.poll()
		shows(ctx, w.theConnection(), reached(w, anonymous, "")...)
		shows(ctx, w.model(modelName), synced(modelName)...)
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		w.wroteNothing()
	})

	It("is a page that shifted, which hides a model for one poll", func(ctx SpecContext) {
		w := crowded(ctx, some)
		objects := []client.Object{w.model(modelName), w.promotion(toProduction)}
		before := versions(ctx, objects)
		w.mlflow.Reset()

		By("deleting models of the first page before the second is asked for, so that ours is on neither")
		shifted := mlflowtest.After(func(mlflowtest.Call) {
			for i := range some + 1 - 200 {
				Expect(w.user.DeleteModel(ctx, fmt.Sprintf("crowd-%03d", i))).To(Succeed())
			}
		})
		w.mlflow.Fail(mlflowtest.Nth(1, mlflowtest.Endpoint(listModels)), shifted)
		w.lists(ctx, 1)
		Eventually(func() int { return w.mlflow.Count("registered-models/get") }).WithContext(ctx).Should(BeNumerically(">", 0))
		w.lists(ctx, 2)
		lookNow(ctx, w.theConnection())
		shows(ctx, w.theConnection(), reached(w, anonymous, "")...)
		Expect(versions(ctx, objects)).To(Equal(before))
		w.wroteNothing()
	})

	It("is an account that lost the permission for half of the models, which are not gone", func(ctx SpecContext) {
		w := connected(ctx)
		var names []string
		for i := range 6 {
			names = append(names, fmt.Sprintf("model-%d", i))
			w.apply(ctx, builder.RegisteredModel(names[i]))
			shows(ctx, w.model(names[i]), synced(names[i])...)
		}
		w.lists(ctx, 1)
		w.mlflow.Reset()

		w.mlflow.HideModels(func(name string) bool { return slices.Contains(names[:3], name) })
		w.lists(ctx, 1)
		for _, name := range names[:3] {
			denied := "registered-models/get: 403: permission denied"
			shows(ctx, w.model(name), unreadable("PermissionDenied", denied)...)
		}
		w.lists(ctx, 1)
		lookNow(ctx, w.theConnection())
		shows(ctx, w.theConnection(), incomplete(w, 3)...)
		for _, name := range names[3:] {
			shows(ctx, w.model(name), synced(name)...)
		}

		By("giving the permission back")
		w.mlflow.HideModels(nil)
		w.lists(ctx, 1)
		for _, name := range names {
			shows(ctx, w.model(name), synced(name)...)
		}
		lookNow(ctx, w.theConnection())
		shows(ctx, w.theConnection(), reached(w, anonymous, "")...)
		w.wroteNothing()
	})

	It("is a large registry of others, of which ours is read and nothing else", func(ctx SpecContext) {
		w := crowded(ctx, many)
		w.mlflow.Reset()
		w.lists(ctx, 1)
		Expect(w.mlflow.Count(listModels)).To(BeZero())
		Expect(w.mlflow.Count("registered-models/get")).To(Equal(1))

		By("moving the alias by hand, which is noticed all the same")
		w.train(ctx, modelName, metrics{"accuracy": "0.1"}, nil)
		Expect(w.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		w.lists(ctx, 1)
		w.records(ctx, toProduction, "DriftReverted 1 after 2", "Promoted 1 after none")
	})
})

// incomplete are the conditions of a connection whose list lacks models of ours.
func incomplete(w *world, missed int) []string {
	reads := fmt.Sprintf("ListIncomplete: the registry at %s is read every 1h0m0s; its list lacks %d declared models that it "+
		"showed before and that MLflow does not say to be gone: look at what the account may read", w.mlflow.URL, missed)
	return []string{
		"Ready=True " + reads,
		"CredentialsResolved=True CredentialsResolved: " + anonymous,
		"Reachable=True " + reads,
	}
}

// unreadable are the conditions of a model that the account may not read any more.
func unreadable(reason, message string) []string {
	why := reason + ": " + message
	return []string{
		"Ready=False " + why,
		"Stalled=True " + why,
		"ConnectionReady=True Connected: the registry is read at every poll",
		"Synced=False " + why,
	}
}
