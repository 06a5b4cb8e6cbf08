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
	"github.com/neuronews/mlflow-registry-operator/internal/controller/connecting"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/telling"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
)

// defaultInterval and defaultTimeout are the defaults of the API, for objects that were
// stored without them.
const (
	defaultInterval = 30 * time.Second
	defaultTimeout  = 30 * time.Second
)

// mending is how soon credentials are read again that are missing or were refused: soon
// enough that the mended Secret is seen to work, for one small request to the API server.
const mending = 5 * time.Second

// Reconciler reconciles connections of one kind. A key tells the kinds apart: that of a
// ClusterMLflowConnection has no namespace.
type Reconciler struct {
	client.Client
	// Shared is whether it reconciles ClusterMLflowConnections.
	Shared bool
	// Namespace is where the Secrets and ConfigMaps of ClusterMLflowConnections are: the
	// operator's own. Empty: it is not known.
	Namespace string
	// Secrets reads Secrets and ConfigMaps from the API server itself: the operator may
	// get them by name, and neither lists nor caches them.
	Secrets  client.Reader
	Registry *registry.Provider
	Recorder events.EventRecorder
	// Observe counts the requests to MLflow.
	Observe func(mlflow.RequestInfo)
}

// scope is everything that one pass has read and found out.
type scope struct {
	// object is the connection, spec what it says, and before its status as it was read.
	object connecting.Connection
	spec   *v1alpha1.MLflowConnectionSpec
	before v1alpha1.MLflowConnectionStatus
	key    registry.Key
	// auth and caBundle are what the Secret and the ConfigMap hold; nil where none is
	// named. Set by resolveCredentials.
	auth     mlflow.Auth
	caBundle []byte
	// state is how the registry is. Set by connect.
	state registry.State
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
	object := connecting.New(req.NamespacedName)
	err := r.Get(ctx, req.NamespacedName, object, kube.Current)
	if apierrors.IsNotFound(err) || err == nil && !object.GetDeletionTimestamp().IsZero() {
		r.Registry.Remove(req.NamespacedName)
		return ctrl.Result{}, nil
	}
	if err != nil {
		return kube.Unwritten(err)
	}
	s := newScope(object)
	ended, at := r.run(ctx, s)
	if s.isEarly() {
		return r.nextLook(s, ended)
	}
	if err := r.finish(ctx, s, r.summarize(s, ended, at)); err != nil {
		return kube.Unwritten(err)
	}
	return r.nextLook(s, ended)
}

func newScope(object connecting.Connection) *scope {
	return &scope{
		object: object,
		spec:   object.ConnectionSpec(),
		before: *object.ConnectionStatus().DeepCopy(),
		key:    client.ObjectKeyFromObject(object),
	}
}

// isEarly tells whether nothing is known of the registry yet. What was said of it before
// stands meanwhile, so that a restart of the operator is not seen in any status.
func (s *scope) isEarly() bool {
	return s.before.ObservedGeneration == s.object.GetGeneration() && s.state.Known && !s.state.Ready && s.state.Err == nil
}

func (r *Reconciler) run(ctx context.Context, s *scope) (outcome.Outcome, string) {
	if ended := r.acceptRules(s); !ended.IsDone() {
		return ended, v1alpha1.ConditionRulesAccepted
	}
	if ended := r.resolveCredentials(ctx, s); !ended.IsDone() {
		return ended, v1alpha1.ConditionCredentialsResolved
	}
	return r.connect(s), v1alpha1.ConditionReachable
}

// nextLook reads the Secret again after a poll interval, however the pass ended.
func (r *Reconciler) nextLook(s *scope, ended outcome.Outcome) (ctrl.Result, error) {
	result, err := ended.Result()
	if err != nil {
		return result, err
	}
	result.RequeueAfter = s.spec.PollInterval.OrDefault(defaultInterval)
	if wantsMending(ended) {
		result.RequeueAfter = min(result.RequeueAfter, mending)
	}
	return result, nil
}

// wantsMending tells whether the cure is to change the Secret or the ConfigMap, whose
// changes wake nobody.
func wantsMending(ended outcome.Outcome) bool {
	switch ended.Reason {
	case v1alpha1.ReasonSecretNotFound, v1alpha1.ReasonConfigMapNotFound,
		v1alpha1.ReasonCredentialsRejected, v1alpha1.ReasonCertificateInvalid:
		return true
	default:
		return false
	}
}

func (r *Reconciler) finish(ctx context.Context, s *scope, status v1alpha1.MLflowConnectionStatus) error {
	*s.object.ConnectionStatus() = status
	return telling.Teller{Client: r.Client, Recorder: r.Recorder}.Finish(ctx, telling.Pass{
		Object:  s.object,
		Changed: !equality.Semantic.DeepEqual(s.before, status),
		Events:  changes(s.before.Conditions, status.Conditions),
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
		For(object, builder.WithPredicates(kube.ComesOrGoes)).
		Watches(object, kube.Enqueue(kube.Self, kube.Always), builder.WithPredicates(kube.Edited)).
		WatchesRawSource(r.Registry.Source(name, r.stateChanged)).
		Complete(r)
}

// stateChanged is the connection itself, when something happened to all of it.
func (r *Reconciler) stateChanged(_ context.Context, e registry.Event) []reconcile.Request {
	if e.Model != "" || e.Key == (registry.Key{}) || registry.IsShared(e.Key) != r.Shared {
		return nil
	}
	return []reconcile.Request{{NamespacedName: e.Key}}
}
