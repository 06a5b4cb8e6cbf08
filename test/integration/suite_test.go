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
	clientworkqueue "k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrlcontroller "sigs.k8s.io/controller-runtime/pkg/controller"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/approvalauth"
	"github.com/neuronews/mlflow-registry-operator/internal/controller"
	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"
	"github.com/neuronews/mlflow-registry-operator/test/envtest"

	operatormetrics "github.com/neuronews/mlflow-registry-operator/internal/metrics"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// instance is what marks models as this operator's.
const instance = "test-cluster"

// operatorNamespace is where the Secrets of ClusterMLflowConnections are.
const operatorNamespace = "operator-system"

// foundNamespace is the namespace that the operator finds itself in when it starts.
var detectedNamespace = operatorNamespace

// The one control plane and operator of the process.
var (
	controlPlane *envtest.ControlPlane
	provider     *registrycache.Provider
	statusRules  *ruleChecker
	// promotionMetrics is what the operator that runs would show to Prometheus of promotions.
	promotionMetrics *prometheus.Registry
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
	controlPlane, err = envtest.Start()
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(controlPlane.Stop()).To(Succeed()) })
	Expect(controlPlane.InstallPolicy(context.Background())).To(Succeed())
	Expect(controlPlane.Client.Create(context.Background(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: operatorNamespace}})).To(Succeed())
	statusRules = startRuleChecker(controlPlane)
	startOperator(controlPlane.Config)
	DeferCleanup(func() { stopOperator() })
})

// gracePeriod is how long a server may be down until its objects are told; none, since the
// stories would wait for it.
var gracePeriod time.Duration = -1

// operatorClock and operatorFlags are those of the next operator that starts.
var (
	operatorClock clock.PassiveClock = clock.RealClock{}
	operatorFlags featureflags.Flags
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
	config.Wrap(kubeWrites.recordWrites)
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:  controlPlane.Client.Scheme(),
		Metrics: metricsserver.Options{BindAddress: "0"},
	})
	Expect(err).NotTo(HaveOccurred())
	provider = registrycache.NewProvider(registrycache.Options{
		DeclaredModels: controller.DeclaredModelsFunc(mgr.GetClient(), instance),
		GracePeriod:    gracePeriod,
		ReadOnlyReason: operatorFlags.ReadOnlyReason(),
	})
	promotionMetrics = prometheus.NewPedanticRegistry()
	operatormetrics.RegisterObjectMetrics(promotionMetrics, operatormetrics.ObjectMetricsOptions{
		Cache: mgr.GetCache(), Elected: mgr.Elected(), StageInfo: true,
	})
	ctx, cancel := context.WithCancel(context.Background())
	Expect(controller.SetupControllers(ctx, mgr, controller.Options{
		Registry:       provider,
		Namespace:      detectedNamespace,
		Recorder:       mgr.GetEventRecorder("mlflow-registry-operator"),
		InstanceID:     instance,
		Clock:          operatorClock,
		Flags:          operatorFlags,
		ObserveRequest: func(mlflow.RequestInfo) {},
		Metrics:        operatormetrics.NewPromotionMetrics(promotionMetrics),
		// A policy that was put right counts at once: stories would wait for it.
		ApprovalAuth: approvalauth.Options{FailureTTL: -1, PropagationDelay: -1},
		NewControllerOptions: func() ctrlcontroller.Options {
			return workqueue.WithReservedWorkers(ctrlcontroller.Options{
				MaxConcurrentReconciles: 32,
				// An operator that is started again gives its controllers the same names.
				SkipNameValidation: new(true),
				RateLimiter:        clientworkqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](10*time.Millisecond, time.Second),
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

func objectKey(obj client.Object) client.ObjectKey {
	return client.ObjectKeyFromObject(obj)
}
