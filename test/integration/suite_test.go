// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrlcontroller "sigs.k8s.io/controller-runtime/pkg/controller"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/controller"
	"github.com/neuronews/mlflow-registry-operator/internal/identity"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	operatormetrics "github.com/neuronews/mlflow-registry-operator/internal/metrics"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
	"github.com/neuronews/mlflow-registry-operator/internal/switches"
	"github.com/neuronews/mlflow-registry-operator/test/kubeenv"
)

// instance is what marks models as this operator's.
const instance = "test-cluster"

// operatorNamespace is where the Secrets of ClusterMLflowConnections are.
const operatorNamespace = "operator-system"

// home is the namespace that the operator finds itself in when it starts.
var home = operatorNamespace

// The one control plane and operator of the process.
var (
	plane    *kubeenv.ControlPlane
	provider *registry.Provider
	rules    *rulekeeper
	// measured is what the operator that runs would show to Prometheus of promotions.
	measured *prometheus.Registry
)

func TestIntegration(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "User stories")
}

var _ = BeforeSuite(func() {
	ctrl.SetLogger(GinkgoLogr)
	SetDefaultEventuallyTimeout(20 * time.Second)
	// A context would lift the timeout, and a spec that fails would hang.
	EnforceDefaultTimeoutsWhenUsingContexts()
	SetDefaultEventuallyPollingInterval(20 * time.Millisecond)
	var err error
	plane, err = kubeenv.Start()
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(plane.Stop()).To(Succeed()) })
	Expect(plane.InstallPolicy(context.Background())).To(Succeed())
	Expect(plane.Client.Create(context.Background(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: operatorNamespace}})).To(Succeed())
	rules = keepRules(plane)
	startOperator(plane.Config)
	DeferCleanup(func() { stopOperator() })
})

// grace is how long a server may be down until its objects are told; none, since the
// stories would wait for it.
var grace time.Duration = -1

// operatorClock and operatorSwitches are those of the next operator that starts.
var (
	operatorClock    clock.PassiveClock = clock.RealClock{}
	operatorSwitches switches.Switches
)

// stopOperator ends the operator that runs, and waits for its end.
var stopOperator func()

// restartOperator ends the operator and starts another one, with these rights. Its
// memory is gone.
func restartOperator(config *rest.Config) {
	GinkgoHelper()
	stopOperator()
	startOperator(config)
}

// startOperator runs the controllers as the manager binary does, without its servers.
func startOperator(config *rest.Config) {
	GinkgoHelper()
	config = rest.CopyConfig(config)
	config.Wrap(kubeWrites.count)
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:  plane.Client.Scheme(),
		Metrics: metricsserver.Options{BindAddress: "0"},
	})
	Expect(err).NotTo(HaveOccurred())
	provider = registry.NewProvider(registry.Options{
		Declared: controller.Declared(mgr.GetClient(), instance),
		Grace:    grace,
		ReadOnly: operatorSwitches.WhyReadOnly(),
	})
	measured = prometheus.NewPedanticRegistry()
	operatormetrics.NewObjects(measured, operatormetrics.ObjectsOptions{
		Cache: mgr.GetCache(), Elected: mgr.Elected(), StageInfo: true,
	})
	ctx, cancel := context.WithCancel(context.Background())
	Expect(controller.All(ctx, mgr, controller.Options{
		Registry:  provider,
		Namespace: home,
		Recorder:  mgr.GetEventRecorder("mlflow-registry-operator"),
		Instance:  instance,
		Clock:     operatorClock,
		Switches:  operatorSwitches,
		Observe:   func(mlflow.RequestInfo) {},
		Meter:     operatormetrics.NewPromotions(measured),
		// A policy that was put right counts at once: stories would wait for it.
		Identity: identity.Options{Retried: -1, Settled: -1},
		Controller: func() ctrlcontroller.Options {
			return kube.Reserve(ctrlcontroller.Options{
				MaxConcurrentReconciles: 32,
				// An operator that is started again gives its controllers the same names.
				SkipNameValidation: new(true),
				RateLimiter:        workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](10*time.Millisecond, time.Second),
			})
		},
	})).To(Succeed())
	stopped := make(chan error, 1)
	go func() { stopped <- mgr.Start(ctx) }()
	stopOperator = func() {
		GinkgoHelper()
		cancel()
		Expect(<-stopped).To(Succeed())
	}
}

func key(obj client.Object) client.ObjectKey {
	return client.ObjectKeyFromObject(obj)
}
