// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package version

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

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// lostResponseConditions are the conditions while it is unknown whether the version is registered.
func lostResponseConditions() []string {
	return env.UnregisteredConditions("Reconciling", "Progressing", "it is unknown whether MLflow has registered the version, "+
		"since its answer was lost: the version is searched for before it is registered again")
}

// agePendingRegistration makes a write-ahead record older than the time for which the operator waits.
func agePendingRegistration(ctx SpecContext, e *env.Env, name string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		v := e.VersionObject(name)
		g.Expect(env.ControlPlane.Client.Get(ctx, env.ObjectKey(v), v)).To(Succeed())
		g.Expect(v.Status.PendingRegistration).NotTo(BeNil())
		v.Status.PendingRegistration.Time = metav1.NewTime(clock.RealClock{}.Now().Add(-time.Hour))
		g.Expect(kubeutil.ApplyStatus(ctx, env.ControlPlane.Client, v)).To(Succeed())
	}).WithContext(ctx).Should(Succeed())
}

var _ = Describe("A version is registered exactly once", func() {
	It("if the response is lost", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		injectRegistrationFault(e, mlflowtest.DropResponse().Times(1))
		run := e.CreateRun(ctx, nil)
		e.CreateObject(ctx, builder.ModelVersion(env.April).Run(run).Tag("trained_on", "news"))
		v := e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		Expect(v.Status.ManagedTags).To(Equal([]string{"trained_on"}))
		Expect(v.Status.PendingRegistration).To(BeNil())
		Expect(e.CountVersionCreates()).To(Equal(1))
		Expect(e.VersionsBySource()).To(HaveLen(1))
		e.WaitForVersionEvents(ctx, env.April, env.RegisteredEvent("1", "runs:/"+run+"/model"))
	})

	It("if the request is lost", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		injectRegistrationFault(e, mlflowtest.DropConnection().Times(1))
		e.CreateObject(ctx, builder.ModelVersion(env.April).Run(e.CreateRun(ctx, nil)))
		e.WaitForVersion(ctx, lostResponseConditions()...)
		Expect(e.CountVersionCreates()).To(Equal(1))

		By("reconciling too early")
		env.RequestReconcile(ctx, e.VersionObject(env.April))
		e.WaitForVersion(ctx, lostResponseConditions()...)
		Expect(e.CountVersionCreates()).To(Equal(1))

		By("reconciling after no server can still process it")
		agePendingRegistration(ctx, e, env.April)
		env.RequestReconcile(ctx, e.VersionObject(env.April))
		e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		Expect(e.CountVersionCreates()).To(Equal(2))
		Expect(e.VersionsBySource()).To(HaveLen(1))
	})

	It("if the server still processes the request during the search", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		injectRegistrationFault(e, mlflowtest.RespondWith(504, "text/html", "timeout").Times(1))
		v := builder.ModelVersion(env.April).Run(e.CreateRun(ctx, nil))
		e.CreateObject(ctx, v)
		applied := e.WaitForVersion(ctx, lostResponseConditions()...)

		By("letting the server complete the request")
		_, err := e.User.CreateVersion(ctx, mlflowtest.VersionSpec{
			Name: env.ModelName, Source: "runs:/late/model", RunID: "late",
			Tags: map[string]string{v1alpha1.RegisteredByTag: e.OwnerTag(env.April) + "/" + string(applied.UID)},
		})
		Expect(err).NotTo(HaveOccurred())
		agePendingRegistration(ctx, e, env.April)
		env.RequestReconcile(ctx, e.VersionObject(env.April))
		e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		Expect(e.VersionsBySource()).To(HaveLen(1))
	})

	It("if a slow server makes the operator renew its write-ahead record", func(ctx SpecContext) {
		clock := env.UseFakeClock()
		e := env.NewWithModel(ctx)
		recorded := env.Noon
		injectRegistrationFault(e, mlflowtest.RunBefore(func(mlflowtest.Call) {
			v := e.VersionObject(env.April)
			if err := env.ControlPlane.Client.Get(ctx, env.ObjectKey(v), v); err == nil {
				recorded = v.Status.PendingRegistration.Time.Time
			}
		}))
		run := e.CreateRun(ctx, nil)
		reads := 0
		e.MLflow.InjectFault(mlflowtest.CallsTo("registered-models/get"), mlflowtest.RunBefore(func(mlflowtest.Call) {
			v := e.VersionObject(env.April)
			if err := env.ControlPlane.Client.Get(ctx, env.ObjectKey(v), v); err == nil && v.Status.PendingRegistration != nil && reads == 0 {
				reads++
				clock.SetTime(env.Noon.Add(31 * time.Second))
			}
		}))
		e.CreateObject(ctx, builder.ModelVersion(env.April).Run(run))
		e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		Expect(e.CountVersionCreates()).To(Equal(1))
		Expect(recorded.UTC()).To(Equal(env.Noon.Add(31 * time.Second)))
	})

	It("if the search fails", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		rule := e.MLflow.InjectFault(mlflowtest.CallsTo(env.SearchVersionsEndpoint), mlflowtest.ServerError())
		e.CreateObject(ctx, builder.ModelVersion(env.April).Run(e.CreateRun(ctx, nil)))
		e.WaitForVersion(ctx, env.UnregisteredConditions("Reconciling", "MLflowError",
			"model-versions/search: 500 INTERNAL_ERROR: database is locked")...)
		e.ExpectNoWrites()
		rule.Remove()
		e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		Expect(e.CountVersionCreates()).To(Equal(1))
	})

	It("if the search returns no version of a model that has some", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.RegisterRunVersion(ctx, env.ModelName, nil, map[string]string{"mlflow.prompt.is_prompt": "true"})
		injectRegistrationFault(e, mlflowtest.DropResponse().Times(1))
		e.CreateObject(ctx, builder.ModelVersion(env.April).Run(e.CreateRun(ctx, nil)))
		e.WaitForVersion(ctx, lostResponseConditions()...)
		agePendingRegistration(ctx, e, env.April)
		env.RequestReconcile(ctx, e.VersionObject(env.April))
		e.WaitForVersion(ctx, env.UnregisteredConditions("Stalled", "InvalidSpec", "the versions of model sentiment can't be searched, "+
			"so that nothing is registered there: MLflow shows none of them, which happens if one has the tag of a prompt")...)
		Expect(e.CountVersionCreates()).To(Equal(1))

		By("deleting the owner tag")
		Expect(e.User.DeleteVersionTag(ctx, env.ModelName, "1", "mlflow.prompt.is_prompt")).To(Succeed())
		env.RequestReconcile(ctx, e.VersionObject(env.April))
		e.WaitForVersion(ctx, env.RegisteredConditions("2")...)
		Expect(e.CountVersionCreates()).To(Equal(1))
	})

	It("if the operator is stopped during the request", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		gate := e.MLflow.NewBarrier()
		injectRegistrationFault(e, gate.BlockResponse())
		e.CreateObject(ctx, builder.ModelVersion(env.April).Run(e.CreateRun(ctx, nil)))
		Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
		restarted := make(chan struct{})
		go func() {
			defer GinkgoRecover()
			defer close(restarted)
			env.RestartOperator(env.ControlPlane.Config)
		}()
		gate.Release()
		Eventually(restarted).WithContext(ctx).Should(BeClosed())
		e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		Expect(e.CountVersionCreates()).To(Equal(1))
	})

	It("if two operators run", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		second := newSecondReconciler()
		gate := e.MLflow.NewBarrier()
		e.MLflow.InjectFault(mlflowtest.CallsTo(env.SearchVersionsEndpoint), gate.BlockRequest())
		e.CreateObject(ctx, builder.ModelVersion(env.April).Run(e.CreateRun(ctx, nil)))
		Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_, _ = second.Reconcile(ctx, ctrl.Request{NamespacedName: env.ObjectKey(e.VersionObject(env.April))})
		}()
		Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
		gate.Release()
		Eventually(ended).WithContext(ctx).Should(BeClosed())
		e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		Expect(e.CountVersionCreates()).To(Equal(1))
		Expect(e.VersionsBySource()).To(HaveLen(1))
	})

	It("if the status is lost", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		v := e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April).Tag("trained_on", "news"))
		v.Status = v1alpha1.ModelVersionStatus{ObservedGeneration: -1}
		Expect(kubeutil.ApplyStatus(ctx, env.ControlPlane.Client, v)).To(Succeed())
		env.RequestReconcile(ctx, v)
		v = e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		Expect(v.Status.ManagedTags).To(Equal([]string{"trained_on"}))
		Expect(e.CountVersionCreates()).To(Equal(1))

		By("losing it again after a user copied the version with its tags")
		_, err := e.User.CreateVersion(ctx, mlflowtest.VersionSpec{
			Name: env.ModelName, Source: "models:/sentiment/1", Tags: e.MLflow.Version(env.ModelName, "1").Tags,
		})
		Expect(err).NotTo(HaveOccurred())
		v.Status = v1alpha1.ModelVersionStatus{ObservedGeneration: -1}
		Expect(kubeutil.ApplyStatus(ctx, env.ControlPlane.Client, v)).To(Succeed())
		env.RequestReconcile(ctx, v)
		e.WaitForVersion(ctx, env.UnregisteredConditions("Stalled", "Conflict", "versions 1, 2 of model sentiment carry the tag "+
			"registry.mlflow-operator.io/registered-by of this object: remove it from all but the right one")...)
		Expect(e.CountVersionCreates()).To(Equal(1))
	})
})

// newSecondReconciler returns the controller of another operator that believes to be the leader. It reads the API
// server without a cache.
func newSecondReconciler() *modelversion.Reconciler {
	return &modelversion.Reconciler{
		Client: env.ControlPlane.Client, APIReader: env.ControlPlane.Client, Registry: env.Provider, Recorder: &events.FakeRecorder{},
		InstanceID: env.Instance, Clock: clock.RealClock{},
	}
}

// injectRegistrationFault injects a fault into the requests that register a version.
func injectRegistrationFault(e *env.Env, fault mlflowtest.Fault) *mlflowtest.Rule {
	return e.MLflow.InjectFault(mlflowtest.CallsTo(env.CreateVersionEndpoint), fault)
}
