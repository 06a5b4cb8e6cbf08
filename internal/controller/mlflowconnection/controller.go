// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package mlflowconnection keeps a registry in view for every MLflowConnection and every
// ClusterMLflowConnection.
package mlflowconnection

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/consistentclient"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelref"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// defaultPollInterval and defaultTimeout are the defaults of the API, for objects that were
// stored without them.
const (
	defaultPollInterval = 30 * time.Second
	defaultTimeout      = 30 * time.Second
)

// credentialsRetryAfter is how soon credentials are read again that are missing or were refused: soon
// enough that the mended Secret is seen to work, for one small request to the API server.
const credentialsRetryAfter = 5 * time.Second

// Reconciler reconciles connections of one kind. A key tells the kinds apart: that of a
// ClusterMLflowConnection has no namespace.
type Reconciler struct {
	client.Client
	// Shared is whether it reconciles ClusterMLflowConnections.
	Shared bool
	// Namespace is where the Secrets and ConfigMaps of ClusterMLflowConnections are: the
	// operator's own. Empty: it is not known.
	Namespace string
	// APIReader reads Secrets and ConfigMaps from the API server itself: the operator may
	// get them by name, and neither lists nor caches them.
	APIReader client.Reader
	Registry  *registrycache.Provider
	Recorder  events.EventRecorder
	// ObserveRequest counts the requests to MLflow.
	ObserveRequest func(mlflow.RequestInfo)
}

// scope is everything that one pass has read and found out.
type scope struct {
	// object is the connection, spec what it says, and before its status as it was read.
	object    modelref.Connection
	spec      *v1alpha1.MLflowConnectionSpec
	oldStatus v1alpha1.MLflowConnectionStatus
	key       registrycache.Key
	// auth and caBundle are what the Secret and the ConfigMap hold; nil where none is
	// named. Set by resolveCredentials.
	auth     mlflow.Auth
	caBundle []byte
	// state is how the registry is. Set by connect.
	state registrycache.State
}

// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=mlflowconnections;clustermlflowconnections,verbs=get;list;watch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=mlflowconnections/status;clustermlflowconnections/status,verbs=get;patch
// +kubebuilder:rbac:groups="",resources=secrets;configmaps,verbs=get
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconcile reads the credentials, keeps the poller of the connection going, and says
// how the registry is. It comes back after each poll interval, so that a rotated Secret
// is used within that time, whenever the registry's state changes, and every few seconds
// while the credentials are what is wrong.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	object := modelref.NewConnection(req.NamespacedName)
	err := r.Get(ctx, req.NamespacedName, object, consistentclient.RequireFresh)
	if apierrors.IsNotFound(err) || err == nil && !object.GetDeletionTimestamp().IsZero() {
		r.Registry.Remove(req.NamespacedName)
		return ctrl.Result{}, nil
	}
	if err != nil {
		return kubeutil.IgnoreConflict(err)
	}
	s := newScope(object)
	result, at := r.runPhases(ctx, s)
	if s.isFirstPoll() {
		return r.nextRequeue(s, result)
	}
	if err := r.finishReconcile(ctx, s, r.buildStatus(s, result, at)); err != nil {
		return kubeutil.IgnoreConflict(err)
	}
	return r.nextRequeue(s, result)
}

func newScope(object modelref.Connection) *scope {
	return &scope{
		object:    object,
		spec:      object.ConnectionSpec(),
		oldStatus: *object.ConnectionStatus().DeepCopy(),
		key:       client.ObjectKeyFromObject(object),
	}
}

// isFirstPoll tells whether nothing is known of the registry yet. What was said of it before
// stands meanwhile, so that a restart of the operator is not seen in any status.
func (s *scope) isFirstPoll() bool {
	return s.oldStatus.ObservedGeneration == s.object.GetGeneration() && s.state.Known && !s.state.Ready && s.state.Err == nil
}

func (r *Reconciler) runPhases(ctx context.Context, s *scope) (reconciler.Result, string) {
	if result := r.compilePolicy(s); !result.CanContinue() {
		return result, v1alpha1.ConditionAccepted
	}
	if result := r.resolveCredentials(ctx, s); !result.CanContinue() {
		return result, v1alpha1.ConditionCredentialsResolved
	}
	return r.connectRegistry(s), v1alpha1.ConditionReachable
}

// nextRequeue reads the Secret again after a poll interval, however the pass ended.
func (r *Reconciler) nextRequeue(s *scope, ended reconciler.Result) (ctrl.Result, error) {
	result, err := ended.ReconcileResult()
	if err != nil {
		return result, err
	}
	result.RequeueAfter = s.spec.PollInterval.OrDefault(defaultPollInterval)
	if isCredentialsError(ended) && !r.isHomeless() {
		result.RequeueAfter = min(result.RequeueAfter, credentialsRetryAfter)
	}
	return result, nil
}

// isCredentialsError tells whether the cure is to change the Secret or the ConfigMap, whose
// changes wake nobody.
func isCredentialsError(result reconciler.Result) bool {
	return result.Reason == v1alpha1.ReasonInvalidCredentials || result.Reason == v1alpha1.ReasonCredentialsRejected
}

func (r *Reconciler) finishReconcile(ctx context.Context, s *scope, status v1alpha1.MLflowConnectionStatus) error {
	*s.object.ConnectionStatus() = status
	return reconciler.StatusWriter{Client: r.Client, Recorder: r.Recorder}.Apply(ctx, reconciler.StatusUpdate{
		Object:  s.object,
		Changed: !equality.Semantic.DeepEqual(s.oldStatus, status),
		Events:  newReadyEvents(s.oldStatus.Conditions, status.Conditions),
	})
}

// SetupWithManager watches connections and their registries.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager, options controller.Options) error {
	name, object := "mlflowconnection", client.Object(&v1alpha1.MLflowConnection{})
	if r.Shared {
		name, object = "clustermlflowconnection", &v1alpha1.ClusterMLflowConnection{}
	}
	return ctrl.NewControllerManagedBy(mgr).
		Named(name).
		WithOptions(options).
		For(object, builder.WithPredicates(kubeutil.CreateOrDelete)).
		Watches(object, workqueue.EnqueueWithPriority(workqueue.ObjectRequest, workqueue.AlwaysHighPriority), builder.WithPredicates(kubeutil.SpecOrAnnotationChanged)).
		WatchesRawSource(r.Registry.Source(name, r.mapRegistryEvent)).
		Complete(r)
}

// mapRegistryEvent is the connection itself, when something happened to all of it.
func (r *Reconciler) mapRegistryEvent(_ context.Context, e registrycache.Event) []reconcile.Request {
	if e.Model != "" || e.Key == (registrycache.Key{}) || registrycache.IsShared(e.Key) != r.Shared {
		return nil
	}
	return []reconcile.Request{{NamespacedName: e.Key}}
}
