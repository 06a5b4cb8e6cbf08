// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Command manager runs the operator.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/neuronews/mlflow-registry-operator/internal/controller"
	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/metrics"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

func main() {
	var o options
	logging := zap.Options{Development: false}
	o.bindFlags(flag.CommandLine)
	logging.BindFlags(flag.CommandLine)
	flag.Parse()
	log := zap.New(zap.UseFlagOptions(&logging))
	ctrl.SetLogger(log)
	klog.SetLogger(log)
	setGCPercent()
	if err := runManager(ctrl.SetupSignalHandler(), &o); err != nil {
		log.Error(err, "Operator stopped")
		os.Exit(1)
	}
}

// gcPercent is GOGC: how much garbage may accumulate, as a share of the memory in use. With 100,
// which is Go's default, ten thousand models and promotions took 403 MiB at their peak, but
// used only 160 MiB.
const gcPercent = 50

// setGCPercent saves memory at the cost of processor time. The operator needs little of that. The environment variable GOGC overrides it.
func setGCPercent() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}

func runManager(ctx context.Context, o *options) error {
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	mgr, err := ctrl.NewManager(config, o.managerOptions())
	if err != nil {
		return err
	}
	if err := addChecks(mgr); err != nil {
		return err
	}
	if err := addControllers(ctx, mgr, o); err != nil {
		return err
	}
	return mgr.Start(ctx)
}

func addChecks(mgr ctrl.Manager) error {
	if err := mgr.AddHealthzCheck("healthz", healthz.Ping); err != nil {
		return err
	}
	return mgr.AddReadyzCheck("readyz", healthz.Ping)
}

func addControllers(ctx context.Context, mgr ctrl.Manager, o *options) error {
	instance, err := resolveInstanceID(ctx, mgr.GetAPIReader(), o.instanceID)
	if err != nil {
		return err
	}
	flags, err := o.featureFlags(os.Getenv)
	if err != nil {
		return err
	}
	logFlags(flags)
	namespace, err := resolveOperatorNamespace(os.Getenv, podNamespaceFile)
	if err != nil {
		return err
	}
	requests := metrics.NewRequestMetrics(ctrlmetrics.Registry)
	provider, err := newProvider(mgr, o, instance, flags)
	if err != nil {
		return err
	}
	metrics.RegisterObjectMetrics(ctrlmetrics.Registry, metrics.ObjectMetricsOptions{
		Cache: mgr.GetCache(), Elected: mgr.Elected(), StageInfo: o.enableStageInfoMetric,
	})
	if err := addDefaultConnection(provider, requests); err != nil {
		return err
	}
	return controller.SetupControllers(ctx, mgr, controller.Options{
		Registry:             provider,
		Recorder:             mgr.GetEventRecorder("mlflow-registry-operator"),
		InstanceID:           instance,
		Namespace:            namespace,
		Clock:                clock.RealClock{},
		Flags:                flags,
		ObserveRequest:       requests.ObserveRequest,
		Metrics:              metrics.NewPromotionMetrics(ctrlmetrics.Registry),
		NewControllerOptions: o.controllerOptions,
	})
}

// logFlags logs which features are disabled.
func logFlags(flags featureflags.Flags) {
	metrics.RegisterFeatureMetrics(ctrlmetrics.Registry, flags)
	if why := flags.ReadOnlyReason(); why != "" {
		ctrl.Log.Info("Nothing is written to MLflow, because " + why)
	}
	if why := flags.PerformanceGatesDisabledReason(); why != "" {
		ctrl.Log.Info("Gates on metrics and comparisons are NOT enforced: they block no version, because " + why)
	}
}

// newProvider creates the registry cache, whose state the metrics export.
func newProvider(mgr ctrl.Manager, o *options, instance string, flags featureflags.Flags) (*registrycache.Provider, error) {
	if o.maxPollDutyCyclePercent < 1 || o.maxPollDutyCyclePercent > 50 {
		return nil, fmt.Errorf("--max-poll-duty-cycle-percent %d must lie between 1 and 50", o.maxPollDutyCyclePercent)
	}
	provider := registrycache.NewProvider(registrycache.Options{
		DutyCyclePercent: o.maxPollDutyCyclePercent,
		ReadOnlyReason:   flags.ReadOnlyReason(),
		DeclaredModels:   controller.DeclaredModelsFunc(mgr.GetClient(), instance),
		ObservePoll:      metrics.NewPollMetrics(ctrlmetrics.Registry).ObservePoll,
	})
	metrics.RegisterConnectionMetrics(ctrlmetrics.Registry, provider)
	return provider, nil
}

// addDefaultConnection adds the server that the environment names, if there is one.
func addDefaultConnection(provider *registrycache.Provider, requests *metrics.RequestMetrics) error {
	config, err := loadDefaultConnection(os.Getenv)
	if err != nil || config == nil {
		return err
	}
	config.ObserveRequest = requests.ObserveRequest
	if config.InsecureSkipVerify {
		ctrl.Log.Info("The certificate of the server is NOT verified, because MLFLOW_TRACKING_INSECURE_TLS is true")
	}
	if err := provider.Ensure(registrycache.Key{}, registrycache.ConnectionConfig{Client: *config}); err != nil {
		return fmt.Errorf("use MLFLOW_TRACKING_URI: %w", err)
	}
	return nil
}

// resolveInstanceID returns the configured ID, or else one that is unique to the cluster.
func resolveInstanceID(ctx context.Context, reader client.Reader, given string) (string, error) {
	if strings.Contains(given, "/") {
		return "", fmt.Errorf("--instance-id %q contains a slash, which separates it from the namespace in the owner tag of a model", given)
	}
	if given != "" {
		return given, nil
	}
	var system corev1.Namespace
	if err := reader.Get(ctx, types.NamespacedName{Name: "kube-system"}, &system); err != nil {
		return "", fmt.Errorf("read the UID of kube-system, or give --instance-id: %w", err)
	}
	return string(system.UID), nil
}
