// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/tls"
	"flag"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	clientworkqueue "k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"
)

const (
	// shutdownTimeout is long enough to finish a promotion that has begun: seven requests, and
	// each can take some seconds on a busy server. The grace period of the pod is longer.
	shutdownTimeout = 30 * time.Second
	// initialRetryDelay and maxRetryDelay bound the backoff after a failed request: long enough
	// that an error costs a few log lines a minute, short enough that a recovery is noticed
	// within two minutes.
	initialRetryDelay = 500 * time.Millisecond
	maxRetryDelay     = 2 * time.Minute
)

// options are the values of the flags.
type options struct {
	metricsAddress          string
	metricsSecure           bool
	metricsCertPath         string
	metricsCertName         string
	metricsCertKey          string
	enableStageInfoMetric   bool
	probeAddress            string
	leaderElect             bool
	leaseNamespace          string
	enableHTTP2             bool
	instanceID              string
	concurrency             int
	maxPollDutyCyclePercent int
	pprofAddress            string
	readOnly                bool
	enforceGates            bool
	// flags is the set that the options are bound to: it knows which flags were given.
	flags *flag.FlagSet
}

// isGiven reports whether the flag was given on the command line.
func (o *options) isGiven(name string) bool {
	given := false
	o.flags.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	return given
}

func (o *options) bindFlags(flags *flag.FlagSet) {
	o.flags = flags
	flags.BoolVar(&o.readOnly, featureflags.ReadOnlyFlag, false,
		"Write nothing to MLflow, as if every model had managementPolicy Observe. "+
			"Not given: true if "+featureflags.ModelRegistryVariable+" is false.")
	flags.BoolVar(&o.enforceGates, featureflags.PerformanceGatesFlag, true,
		"Let gates on metrics and comparisons block versions; false: evaluate and report them only. "+
			"Not given: false if "+featureflags.PerformanceGatesVariable+" is false.")
	flags.StringVar(&o.metricsAddress, "metrics-bind-address", "0",
		"The address of the metrics endpoint, such as :8443 for HTTPS. 0 turns it off.")
	flags.BoolVar(&o.metricsSecure, "metrics-secure", true,
		"Serve metrics over HTTPS, and only to callers that the API server authorizes.")
	flags.StringVar(&o.metricsCertPath, "metrics-cert-path", "", "The directory of the certificate of the metrics endpoint.")
	flags.StringVar(&o.metricsCertName, "metrics-cert-name", "tls.crt", "The file name of that certificate.")
	flags.StringVar(&o.metricsCertKey, "metrics-cert-key", "tls.key", "The file name of its key.")
	flags.BoolVar(&o.enableStageInfoMetric, "enable-stage-info-metric", true,
		"Show in the metrics which version holds which stage: a series for each ModelPromotion.")
	flags.StringVar(&o.probeAddress, "health-probe-bind-address", ":8081", "The address of /healthz and /readyz.")
	flags.StringVar(&o.pprofAddress, "pprof-bind-address", "0",
		"The address of Go's profiles, such as 127.0.0.1:6060. Anyone who reaches it can read them. 0 turns them off.")
	flags.BoolVar(&o.leaderElect, "leader-elect", false, "Elect a leader, so that of several replicas one acts.")
	flags.StringVar(&o.leaseNamespace, "leader-election-namespace", "",
		"The namespace of the leader's Lease. Default: the namespace that the operator runs in.")
	flags.BoolVar(&o.enableHTTP2, "enable-http2", false, "Serve HTTP/2 on the metrics endpoint.")
	flags.StringVar(&o.instanceID, "instance-id", "",
		"Distinguishes this cluster from others that share an MLflow registry. Default: the UID of the namespace kube-system.")
	flags.IntVar(&o.concurrency, "max-concurrent-reconciles", 64,
		"How many objects of each kind are reconciled at a time; some more workers are reserved for objects that a user edited. "+
			"Requests to one MLflow server have a limit of their own.")
	flags.IntVar(&o.maxPollDutyCyclePercent, "max-poll-duty-cycle-percent", 10,
		"The share of the time, 1 to 50, that listing the registry of one MLflow server may take, if its connection does not set it.")
}

func newScheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(v1alpha1.AddToScheme(scheme))
	return scheme
}

func (o *options) managerOptions() ctrl.Options {
	return ctrl.Options{
		Scheme:                        newScheme(),
		Metrics:                       o.metricsOptions(),
		HealthProbeBindAddress:        o.probeAddress,
		PprofBindAddress:              o.pprofAddress,
		LeaderElection:                o.leaderElect,
		LeaderElectionID:              "mlflow-registry-operator.mlflow-operator.io",
		LeaderElectionNamespace:       o.leaseNamespace,
		LeaderElectionReleaseOnCancel: true,
		GracefulShutdownTimeout:       new(shutdownTimeout),
		Cache:                         cache.Options{DefaultTransform: cache.TransformStripManagedFields()},
		Client:                        client.Options{FieldOwner: string(kubeutil.FieldOwner)},
	}
}

func (o *options) metricsOptions() metricsserver.Options {
	metrics := metricsserver.Options{
		BindAddress:   o.metricsAddress,
		SecureServing: o.metricsSecure,
		CertDir:       o.metricsCertPath,
		CertName:      o.metricsCertName,
		KeyName:       o.metricsCertKey,
	}
	if o.metricsSecure {
		metrics.FilterProvider = filters.WithAuthenticationAndAuthorization
	}
	if !o.enableHTTP2 {
		metrics.TLSOpts = append(metrics.TLSOpts, func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} })
	}
	return metrics
}

func (o *options) controllerOptions() controller.Options {
	return workqueue.WithReservedWorkers(controller.Options{
		MaxConcurrentReconciles: o.concurrency,
		RateLimiter:             clientworkqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](initialRetryDelay, maxRetryDelay),
	})
}
