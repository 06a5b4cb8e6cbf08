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
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// unansweredConditions are the conditions while it is not known whether the version is registered.
func lostResponseConditions() []string {
	return unregisteredConditions("Reconciling", "Progressing", "whether MLflow has registered the version is not known, "+
		"since its answer was lost: it is looked for before it is registered again")
}

// agePendingRegistration makes an announcement look as old as if it were waited for long enough.
func (e *env) agePendingRegistration(ctx SpecContext, name string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		v := e.versionObject(name)
		g.Expect(controlPlane.Client.Get(ctx, objectKey(v), v)).To(Succeed())
		g.Expect(v.Status.PendingRegistration).NotTo(BeNil())
		v.Status.PendingRegistration.Time = metav1.NewTime(clock.RealClock{}.Now().Add(-time.Hour))
		g.Expect(kubeutil.ApplyStatus(ctx, controlPlane.Client, v)).To(Succeed())
	}).WithContext(ctx).Should(Succeed())
}

var _ = Describe("A version is registered exactly once", func() {
	It("where the answer is lost", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.injectRegistrationFault(mlflowtest.DropResponse().Times(1))
		run := e.createRun(ctx, nil)
		e.createObject(ctx, builder.ModelVersion(april).Run(run).Tag("trained_on", "news"))
		v := waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		Expect(v.Status.ManagedTags).To(Equal([]string{"trained_on"}))
		Expect(v.Status.PendingRegistration).To(BeNil())
		Expect(e.countVersionCreates()).To(Equal(1))
		Expect(e.versionsBySource()).To(HaveLen(1))
		e.waitForVersionEvents(ctx, april, registeredEvent("1", "runs:/"+run+"/model"))
	})

	It("where the request is lost, which can't be told from a lost answer at first", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.injectRegistrationFault(mlflowtest.DropConnection().Times(1))
		e.createObject(ctx, builder.ModelVersion(april).Run(e.createRun(ctx, nil)))
		waitForConditions(ctx, e.versionObject(april), lostResponseConditions()...)
		Expect(e.countVersionCreates()).To(Equal(1))

		By("looking again too early")
		requestReconcile(ctx, e.versionObject(april))
		waitForConditions(ctx, e.versionObject(april), lostResponseConditions()...)
		Expect(e.countVersionCreates()).To(Equal(1))

		By("looking again when no server is still at it")
		e.agePendingRegistration(ctx, april)
		requestReconcile(ctx, e.versionObject(april))
		waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		Expect(e.countVersionCreates()).To(Equal(2))
		Expect(e.versionsBySource()).To(HaveLen(1))
	})

	It("where the server is still at it when it is looked for", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.injectRegistrationFault(mlflowtest.RespondWith(504, "text/html", "timeout").Times(1))
		v := builder.ModelVersion(april).Run(e.createRun(ctx, nil))
		e.createObject(ctx, v)
		applied := waitForConditions(ctx, e.versionObject(april), lostResponseConditions()...)

		By("letting the server come to an end with it")
		_, err := e.user.CreateVersion(ctx, mlflowtest.VersionSpec{
			Name: modelName, Source: "runs:/late/model", RunID: "late",
			Tags: map[string]string{v1alpha1.RegisteredByTag: e.ownerTag(april) + "/" + string(applied.UID)},
		})
		Expect(err).NotTo(HaveOccurred())
		e.agePendingRegistration(ctx, april)
		requestReconcile(ctx, e.versionObject(april))
		waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		Expect(e.versionsBySource()).To(HaveLen(1))
	})

	It("where the server is slow, so that it is announced anew before it is asked", func(ctx SpecContext) {
		clock := useFakeClock()
		e := newModelEnv(ctx)
		announced := noon
		e.injectRegistrationFault(mlflowtest.RunBefore(func(mlflowtest.Call) {
			v := e.versionObject(april)
			if err := controlPlane.Client.Get(ctx, objectKey(v), v); err == nil {
				announced = v.Status.PendingRegistration.Time.Time
			}
		}))
		run := e.createRun(ctx, nil)
		reads := 0
		e.mlflow.InjectFault(mlflowtest.CallsTo("registered-models/get"), mlflowtest.RunBefore(func(mlflowtest.Call) {
			v := e.versionObject(april)
			if err := controlPlane.Client.Get(ctx, objectKey(v), v); err == nil && v.Status.PendingRegistration != nil && reads == 0 {
				reads++
				clock.SetTime(noon.Add(31 * time.Second))
			}
		}))
		e.createObject(ctx, builder.ModelVersion(april).Run(run))
		waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		Expect(e.countVersionCreates()).To(Equal(1))
		Expect(announced.UTC()).To(Equal(noon.Add(31 * time.Second)))
	})

	It("where it can't be searched for", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		rule := e.mlflow.InjectFault(mlflowtest.CallsTo(searchVersionsEndpoint), mlflowtest.ServerError())
		e.createObject(ctx, builder.ModelVersion(april).Run(e.createRun(ctx, nil)))
		waitForConditions(ctx, e.versionObject(april), unregisteredConditions("Reconciling", "MLflowError",
			"model-versions/search: 500 INTERNAL_ERROR: database is locked")...)
		e.expectNoWrites()
		rule.Remove()
		waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		Expect(e.countVersionCreates()).To(Equal(1))
	})

	It("where the search shows no version at all of a model that has some", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.registerRunVersion(ctx, modelName, nil, map[string]string{"mlflow.prompt.is_prompt": "true"})
		e.injectRegistrationFault(mlflowtest.DropResponse().Times(1))
		e.createObject(ctx, builder.ModelVersion(april).Run(e.createRun(ctx, nil)))
		waitForConditions(ctx, e.versionObject(april), lostResponseConditions()...)
		e.agePendingRegistration(ctx, april)
		requestReconcile(ctx, e.versionObject(april))
		waitForConditions(ctx, e.versionObject(april), unregisteredConditions("Stalled", "InvalidSpec", "the versions of model sentiment can't be searched, "+
			"so that nothing is registered there: MLflow shows none of them, as where one is marked as a prompt's")...)
		Expect(e.countVersionCreates()).To(Equal(1))

		By("taking the mark away")
		Expect(e.user.DeleteVersionTag(ctx, modelName, "1", "mlflow.prompt.is_prompt")).To(Succeed())
		requestReconcile(ctx, e.versionObject(april))
		waitForConditions(ctx, e.versionObject(april), registeredConditions("2")...)
		Expect(e.countVersionCreates()).To(Equal(1))
	})

	It("where the operator is stopped while MLflow is at it", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		gate := e.mlflow.NewBarrier()
		e.injectRegistrationFault(gate.BlockResponse())
		e.createObject(ctx, builder.ModelVersion(april).Run(e.createRun(ctx, nil)))
		Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
		restarted := make(chan struct{})
		go func() {
			defer GinkgoRecover()
			defer close(restarted)
			restartOperator(controlPlane.Config)
		}()
		gate.Release()
		Eventually(restarted).WithContext(ctx).Should(BeClosed())
		waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		Expect(e.countVersionCreates()).To(Equal(1))
	})

	It("where two operators are at it", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		second := newSecondReconciler()
		gate := e.mlflow.NewBarrier()
		e.mlflow.InjectFault(mlflowtest.CallsTo(searchVersionsEndpoint), gate.BlockRequest())
		e.createObject(ctx, builder.ModelVersion(april).Run(e.createRun(ctx, nil)))
		Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_, _ = second.Reconcile(ctx, ctrl.Request{NamespacedName: objectKey(e.versionObject(april))})
		}()
		Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
		gate.Release()
		Eventually(ended).WithContext(ctx).Should(BeClosed())
		waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		Expect(e.countVersionCreates()).To(Equal(1))
		Expect(e.versionsBySource()).To(HaveLen(1))
	})

	It("where the status was lost", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		v := e.createRegisteredVersion(ctx, builder.ModelVersion(april).Tag("trained_on", "news"))
		v.Status = v1alpha1.ModelVersionStatus{ObservedGeneration: -1}
		Expect(kubeutil.ApplyStatus(ctx, controlPlane.Client, v)).To(Succeed())
		requestReconcile(ctx, v)
		v = waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		Expect(v.Status.ManagedTags).To(Equal([]string{"trained_on"}))
		Expect(e.countVersionCreates()).To(Equal(1))

		By("losing it again where somebody copied the version with its tags")
		_, err := e.user.CreateVersion(ctx, mlflowtest.VersionSpec{
			Name: modelName, Source: "models:/sentiment/1", Tags: e.mlflow.Version(modelName, "1").Tags,
		})
		Expect(err).NotTo(HaveOccurred())
		v.Status = v1alpha1.ModelVersionStatus{ObservedGeneration: -1}
		Expect(kubeutil.ApplyStatus(ctx, controlPlane.Client, v)).To(Succeed())
		requestReconcile(ctx, v)
		waitForConditions(ctx, e.versionObject(april), unregisteredConditions("Stalled", "Conflict", "versions 1, 2 of model sentiment carry the tag "+
			"registry.mlflow-operator.io/registered-by of this object: remove it from all but the one that is meant")...)
		Expect(e.countVersionCreates()).To(Equal(1))
	})
})

// newSecondReconciler is the controller of another operator that takes itself for the leader. It reads the
// API server without a cache.
func newSecondReconciler() *modelversion.Reconciler {
	return &modelversion.Reconciler{
		Client: controlPlane.Client, APIReader: controlPlane.Client, Registry: provider, Recorder: &events.FakeRecorder{},
		InstanceID: instance, Clock: clock.RealClock{},
	}
}

// injectRegistrationFault meets the requests for a version with a fault.
func (e *env) injectRegistrationFault(fault mlflowtest.Fault) *mlflowtest.Rule {
	return e.mlflow.InjectFault(mlflowtest.CallsTo(createVersionEndpoint), fault)
}
