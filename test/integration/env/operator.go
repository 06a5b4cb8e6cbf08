// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package env

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/rest"
	clientworkqueue "k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	ctrlcontroller "sigs.k8s.io/controller-runtime/pkg/controller"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/internal/approvalauth"
	"github.com/neuronews/mlflow-registry-operator/internal/controller"
	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	operatormetrics "github.com/neuronews/mlflow-registry-operator/internal/metrics"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"
)

// Instance is the instance ID of the operator, which its owner tags begin with.
const Instance = "test-cluster"

// OperatorOptions are the options of an operator that stories change.
type OperatorOptions struct {
	// Namespace is the namespace that the operator finds itself in; empty if it does not know.
	Namespace string
	// GracePeriod is how long a server may be down before its objects report it; negative for no grace.
	GracePeriod time.Duration
	Clock       clock.PassiveClock
	Flags       featureflags.Flags
}

// defaultOptions has no grace period: stories would wait for its end.
var defaultOptions = OperatorOptions{Namespace: OperatorNamespace, GracePeriod: -1, Clock: clock.RealClock{}}

// operatorOptions are the options of the next operator that starts.
var operatorOptions = defaultOptions

// The operator of the process.
var (
	Provider *registrycache.Provider
	// PromotionMetrics are the metrics of promotions that the current operator shows to Prometheus.
	PromotionMetrics *prometheus.Registry
	// StopOperator stops the operator and waits for its end.
	StopOperator func()
)

// RestartOperator stops the operator and starts another one with these permissions, which has none
// of its memory.
func RestartOperator(config *rest.Config) {
	GinkgoHelper()
	StopOperator()
	StartOperator(config)
}

// RestartOperatorWith restarts the operator with other options, which are in effect until the story ends.
func RestartOperatorWith(change func(*OperatorOptions)) {
	GinkgoHelper()
	change(&operatorOptions)
	RestartOperator(ControlPlane.Config)
	DeferCleanup(ResetOperator)
}

// ResetOperator restarts the operator with the default options and permissions.
func ResetOperator() {
	GinkgoHelper()
	operatorOptions = defaultOptions
	RestartOperator(ControlPlane.Config)
}

// StartOperator runs the controllers as the manager's binary does, without its HTTP servers.
func StartOperator(config *rest.Config) {
	GinkgoHelper()
	config = rest.CopyConfig(config)
	config.Wrap(KubeWrites.recordWrites)
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:  ControlPlane.Client.Scheme(),
		Metrics: metricsserver.Options{BindAddress: "0"},
	})
	Expect(err).NotTo(HaveOccurred())
	Provider = registrycache.NewProvider(registrycache.Options{
		DeclaredModels: controller.DeclaredModelsFunc(mgr.GetClient(), Instance),
		GracePeriod:    operatorOptions.GracePeriod,
		ReadOnlyReason: operatorOptions.Flags.ReadOnlyReason(),
	})
	PromotionMetrics = prometheus.NewPedanticRegistry()
	operatormetrics.RegisterObjectMetrics(PromotionMetrics, operatormetrics.ObjectMetricsOptions{
		Cache: mgr.GetCache(), Elected: mgr.Elected(), StageInfo: true,
	})
	ctx, cancel := context.WithCancel(context.Background())
	Expect(controller.SetupControllers(ctx, mgr, controllerOptions(mgr))).To(Succeed())
	stopped := make(chan error, 1)
	go func() { stopped <- mgr.Start(ctx) }()
	StopOperator = func() {
		GinkgoHelper()
		cancel()
		Expect(<-stopped).To(Succeed())
	}
}

func controllerOptions(mgr ctrl.Manager) controller.Options {
	return controller.Options{
		Registry:       Provider,
		Namespace:      operatorOptions.Namespace,
		Recorder:       mgr.GetEventRecorder("mlflow-registry-operator"),
		InstanceID:     Instance,
		Clock:          operatorOptions.Clock,
		Flags:          operatorOptions.Flags,
		ObserveRequest: func(mlflow.RequestInfo) {},
		Metrics:        operatormetrics.NewPromotionMetrics(PromotionMetrics),
		// A policy that was corrected counts at once: stories would wait for the delay.
		ApprovalAuth: approvalauth.Options{FailureTTL: -1, PropagationDelay: -1},
		NewControllerOptions: func() ctrlcontroller.Options {
			return workqueue.WithReservedWorkers(ctrlcontroller.Options{
				MaxConcurrentReconciles: 32,
				// An operator that is restarted gives its controllers the same names.
				SkipNameValidation: new(true),
				RateLimiter:        clientworkqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](10*time.Millisecond, time.Second),
			})
		},
	}
}
