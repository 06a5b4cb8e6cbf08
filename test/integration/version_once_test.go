// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelversion"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// unanswered are the conditions while it is not known whether the version is registered.
func unanswered() []string {
	return unregistered("Reconciling", "Pending", "whether MLflow has registered the version is not known, "+
		"since its answer was lost: it is looked for before it is registered again")
}

// agedAnnouncement makes an announcement look as old as if it were waited for long enough.
func (w *world) agedAnnouncement(ctx SpecContext, name string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		v := w.version(name)
		g.Expect(plane.Client.Get(ctx, key(v), v)).To(Succeed())
		g.Expect(v.Status.Registering).NotTo(BeNil())
		v.Status.Registering.Time = metav1.NewTime(clock.RealClock{}.Now().Add(-time.Hour))
		g.Expect(kube.ApplyStatus(ctx, plane.Client, v)).To(Succeed())
	}).WithContext(ctx).Should(Succeed())
}

var _ = Describe("A version is registered exactly once", func() {
	It("where the answer is lost", func(ctx SpecContext) {
		w := modeled(ctx)
		w.onRegistration(mlflowtest.LoseAnswer().Times(1))
		run := w.run(ctx, nil)
		w.apply(ctx, builder.ModelVersion(april).Run(run).Tag("trained_on", "news"))
		v := shows(ctx, w.version(april), registeredVersion("1")...)
		Expect(v.Status.ManagedTags).To(Equal([]string{"trained_on"}))
		Expect(v.Status.Registering).To(BeNil())
		Expect(w.creates()).To(Equal(1))
		Expect(w.numbers()).To(HaveLen(1))
		w.tellsOfVersion(ctx, april, registeredFrom("1", "runs:/"+run+"/model"))
	})

	It("where the request is lost, which can't be told from a lost answer at first", func(ctx SpecContext) {
		w := modeled(ctx)
		w.onRegistration(mlflowtest.Drop().Times(1))
		w.apply(ctx, builder.ModelVersion(april).Run(w.run(ctx, nil)))
		shows(ctx, w.version(april), unanswered()...)
		Expect(w.creates()).To(Equal(1))

		By("looking again too early")
		lookNow(ctx, w.version(april))
		shows(ctx, w.version(april), unanswered()...)
		Expect(w.creates()).To(Equal(1))

		By("looking again when no server is still at it")
		w.agedAnnouncement(ctx, april)
		lookNow(ctx, w.version(april))
		shows(ctx, w.version(april), registeredVersion("1")...)
		Expect(w.creates()).To(Equal(2))
		Expect(w.numbers()).To(HaveLen(1))
	})

	It("where the server is still at it when it is looked for", func(ctx SpecContext) {
		w := modeled(ctx)
		w.onRegistration(mlflowtest.Respond(504, "text/html", "timeout").Times(1))
		v := builder.ModelVersion(april).Run(w.run(ctx, nil))
		w.apply(ctx, v)
		applied := shows(ctx, w.version(april), unanswered()...)

		By("letting the server come to an end with it")
		_, err := w.user.CreateVersion(ctx, mlflowtest.VersionSpec{
			Name: modelName, Source: "runs:/late/model", RunID: "late",
			Tags: map[string]string{v1alpha1.RegisteredByTag: w.mark(april) + "/" + string(applied.UID)},
		})
		Expect(err).NotTo(HaveOccurred())
		w.agedAnnouncement(ctx, april)
		lookNow(ctx, w.version(april))
		shows(ctx, w.version(april), registeredVersion("1")...)
		Expect(w.numbers()).To(HaveLen(1))
	})

	It("where the server is slow, so that it is announced anew before it is asked", func(ctx SpecContext) {
		clock := stopTheClock()
		w := modeled(ctx)
		announced := noon
		w.onRegistration(mlflowtest.Before(func(mlflowtest.Call) {
			v := w.version(april)
			if err := plane.Client.Get(ctx, key(v), v); err == nil {
				announced = v.Status.Registering.Time.Time
			}
		}))
		run := w.run(ctx, nil)
		reads := 0
		w.mlflow.Fail(mlflowtest.Endpoint("registered-models/get"), mlflowtest.Before(func(mlflowtest.Call) {
			v := w.version(april)
			if err := plane.Client.Get(ctx, key(v), v); err == nil && v.Status.Registering != nil && reads == 0 {
				reads++
				clock.SetTime(noon.Add(31 * time.Second))
			}
		}))
		w.apply(ctx, builder.ModelVersion(april).Run(run))
		shows(ctx, w.version(april), registeredVersion("1")...)
		Expect(w.creates()).To(Equal(1))
		Expect(announced.UTC()).To(Equal(noon.Add(31 * time.Second)))
	})

	It("where it can't be searched for", func(ctx SpecContext) {
		w := modeled(ctx)
		rule := w.mlflow.Fail(mlflowtest.Endpoint(searchVersion), mlflowtest.ServerError())
		w.apply(ctx, builder.ModelVersion(april).Run(w.run(ctx, nil)))
		shows(ctx, w.version(april), unregistered("Reconciling", "RequestFailed",
			"model-versions/search: 500 INTERNAL_ERROR: database is locked")...)
		w.wroteNothing()
		rule.Remove()
		shows(ctx, w.version(april), registeredVersion("1")...)
		Expect(w.creates()).To(Equal(1))
	})

	It("where the search shows no version at all of a model that has some", func(ctx SpecContext) {
		w := modeled(ctx)
		w.train(ctx, modelName, nil, map[string]string{"mlflow.prompt.is_prompt": "true"})
		w.onRegistration(mlflowtest.LoseAnswer().Times(1))
		w.apply(ctx, builder.ModelVersion(april).Run(w.run(ctx, nil)))
		shows(ctx, w.version(april), unanswered()...)
		w.agedAnnouncement(ctx, april)
		lookNow(ctx, w.version(april))
		shows(ctx, w.version(april), unregistered("Stalled", "RequestRefused", "the versions of model sentiment can't be searched, "+
			"so that nothing is registered there: MLflow shows none of them, as where one is marked as a prompt's")...)
		Expect(w.creates()).To(Equal(1))

		By("taking the mark away")
		Expect(w.user.DeleteVersionTag(ctx, modelName, "1", "mlflow.prompt.is_prompt")).To(Succeed())
		lookNow(ctx, w.version(april))
		shows(ctx, w.version(april), registeredVersion("2")...)
		Expect(w.creates()).To(Equal(1))
	})

	It("where the operator is stopped while MLflow is at it", func(ctx SpecContext) {
		w := modeled(ctx)
		gate := w.mlflow.Gate()
		w.onRegistration(gate.HoldAnswer())
		w.apply(ctx, builder.ModelVersion(april).Run(w.run(ctx, nil)))
		Eventually(gate.Arrived()).WithContext(ctx).Should(Receive())
		restarted := make(chan struct{})
		go func() {
			defer GinkgoRecover()
			defer close(restarted)
			restartOperator(plane.Config)
		}()
		gate.Open()
		Eventually(restarted).WithContext(ctx).Should(BeClosed())
		shows(ctx, w.version(april), registeredVersion("1")...)
		Expect(w.creates()).To(Equal(1))
	})

	It("where two operators are at it", func(ctx SpecContext) {
		w := modeled(ctx)
		second := rival()
		gate := w.mlflow.Gate()
		w.mlflow.Fail(mlflowtest.Endpoint(searchVersion), gate.Hold())
		w.apply(ctx, builder.ModelVersion(april).Run(w.run(ctx, nil)))
		Eventually(gate.Arrived()).WithContext(ctx).Should(Receive())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_, _ = second.Reconcile(ctx, ctrl.Request{NamespacedName: key(w.version(april))})
		}()
		Eventually(gate.Arrived()).WithContext(ctx).Should(Receive())
		gate.Open()
		Eventually(ended).WithContext(ctx).Should(BeClosed())
		shows(ctx, w.version(april), registeredVersion("1")...)
		Expect(w.creates()).To(Equal(1))
		Expect(w.numbers()).To(HaveLen(1))
	})

	It("where the status was lost", func(ctx SpecContext) {
		w := modeled(ctx)
		v := w.isRegistered(ctx, builder.ModelVersion(april).Tag("trained_on", "news"))
		v.Status = v1alpha1.ModelVersionStatus{ObservedGeneration: -1}
		Expect(kube.ApplyStatus(ctx, plane.Client, v)).To(Succeed())
		lookNow(ctx, v)
		v = shows(ctx, w.version(april), registeredVersion("1")...)
		Expect(v.Status.ManagedTags).To(Equal([]string{"trained_on"}))
		Expect(w.creates()).To(Equal(1))

		By("losing it again where somebody copied the version with its tags")
		_, err := w.user.CreateVersion(ctx, mlflowtest.VersionSpec{
			Name: modelName, Source: "models:/sentiment/1", Tags: w.mlflow.Version(modelName, "1").Tags,
		})
		Expect(err).NotTo(HaveOccurred())
		v.Status = v1alpha1.ModelVersionStatus{ObservedGeneration: -1}
		Expect(kube.ApplyStatus(ctx, plane.Client, v)).To(Succeed())
		lookNow(ctx, v)
		shows(ctx, w.version(april), unregistered("Stalled", "Ambiguous", "versions 1, 2 of model sentiment carry the tag "+
			"registry.mlflow-operator.io/registered-by of this object: remove it from all but the one that is meant")...)
		Expect(w.creates()).To(Equal(1))
	})
})

// rival is the controller of another operator that takes itself for the leader. It reads the
// API server without a cache.
func rival() *modelversion.Reconciler {
	return &modelversion.Reconciler{
		Client: plane.Client, Reader: plane.Client, Registry: provider, Recorder: &events.FakeRecorder{},
		Instance: instance, Clock: clock.RealClock{},
	}
}
