// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowconnection

import (
	"context"
	"time"

	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/connectionpolicy"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelref"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"
)

// Reconciler reconciles connections of one kind. A key shows the kind: the key of a
// ClusterMLflowConnection has no namespace.
type Reconciler struct {
	client.Client
	// Shared is true for ClusterMLflowConnections.
	Shared bool
	// Namespace is the operator's own namespace, which has the Secrets and ConfigMaps of
	// ClusterMLflowConnections; empty if it is unknown.
	Namespace string
	// APIReader reads Secrets and ConfigMaps from the API server: the operator may get them by name,
	// and neither lists nor caches them.
	APIReader client.Reader
	Registry  *registrycache.Provider
	Recorder  events.EventRecorder
	// ObserveRequest counts the requests to MLflow.
	ObserveRequest func(mlflow.RequestInfo)
}

// scope is what one reconcile has read and decided.
type scope struct {
	reconciler.Scope[modelref.Connection]

	// spec is the spec that both kinds have in common.
	spec *v1alpha1.MLflowConnectionSpec
	key  registrycache.Key

	// auth is what the Secret contains; nil if the spec names none. Set by resolveCredentials.
	auth mlflow.Auth
	// caBundle is what the ConfigMap contains; nil if the spec names none. Set by resolveCredentials.
	caBundle []byte
	// state is the state of the registry. Set by connectRegistry.
	state registrycache.State
}

func newScope(object modelref.Connection) *scope {
	return &scope{
		Scope: reconciler.NewScope(object, reconciler.ObjectState{
			ObservedGeneration:     object.ConnectionStatus().ObservedGeneration,
			LastHandledReconcileAt: object.ConnectionStatus().LastHandledReconcileAt,
		}),
		spec: object.ConnectionSpec(),
		key:  client.ObjectKeyFromObject(object),
	}
}

func (r *Reconciler) phases() []reconciler.Phase[*scope] {
	return []reconciler.Phase[*scope]{
		{Condition: v1alpha1.ConditionAccepted, Run: r.compilePolicy},
		{Condition: v1alpha1.ConditionCredentialsResolved, Run: r.resolveCredentials},
		{Condition: v1alpha1.ConditionReachable, Run: r.connectRegistry},
	}
}

// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=mlflowconnections;clustermlflowconnections,verbs=get;list;watch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=mlflowconnections/status;clustermlflowconnections/status,verbs=get;patch
// +kubebuilder:rbac:groups="",resources=secrets;configmaps,verbs=get
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconcile reads the credentials, keeps the poller of the connection running, and reports the state
// of the registry.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	return reconciler.Loop[modelref.Connection, *scope]{
		Client: r.Client, Recorder: r.Recorder,
		NewObject: modelref.NewConnection,
		NewScope:  newScope,
		Phases:    r.phases(),
		SetStatus: r.setStatus,
		Forget:    r.Registry.Remove,
		Requeue:   r.nextRequeue,
	}.Reconcile(ctx, req)
}

// compilePolicy checks that the policy of a shared connection can be evaluated. If it can't, no
// namespace may use the connection, and it is not polled. The objects on the connection do not report
// what is wrong with the policy: it is about other namespaces as well.
func (r *Reconciler) compilePolicy(_ context.Context, s *scope) reconciler.Result {
	shared, ok := s.Object.(*v1alpha1.ClusterMLflowConnection)
	if !ok {
		return reconciler.Continue()
	}
	_, err := connectionpolicy.CompilePolicy(shared)
	if err == nil {
		return reconciler.Continue()
	}
	r.Registry.MarkNotReady(s.key, &reconciler.ReasonedError{
		Reason: v1alpha1.ReasonInvalidPolicy, Message: modelref.InvalidPolicyMessage(s.key.Name),
	})
	return reconciler.Terminal(v1alpha1.ReasonInvalidPolicy, err.Error())
}

// credentialsRetryAfter is how soon credentials are read again that are missing or were rejected: soon
// enough that a corrected Secret works at once, for one small request to the API server.
const credentialsRetryAfter = 5 * time.Second

// nextRequeue reads the Secret again after each poll interval, so that a rotated one is used within
// that time, and earlier while the credentials are wrong.
func (r *Reconciler) nextRequeue(s *scope, ended reconciler.Result) (ctrl.Result, error) {
	result, err := ended.ReconcileResult()
	if err != nil {
		return result, err
	}
	result.RequeueAfter = s.spec.PollInterval.OrDefault(defaultPollInterval)
	if isCredentialsError(ended) && !r.isNamespaceUnknown() {
		result.RequeueAfter = min(result.RequeueAfter, credentialsRetryAfter)
	}
	return result, nil
}

// isCredentialsError reports whether the Secret or the ConfigMap has to change. Their changes trigger
// no reconcile.
func isCredentialsError(result reconciler.Result) bool {
	return result.Reason == v1alpha1.ReasonInvalidCredentials || result.Reason == v1alpha1.ReasonCredentialsRejected
}

// SetupWithManager watches the connections of one kind and the state of their registries.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager, options controller.Options) error {
	name, object := "mlflowconnection", client.Object(&v1alpha1.MLflowConnection{})
	if r.Shared {
		name, object = "clustermlflowconnection", &v1alpha1.ClusterMLflowConnection{}
	}
	return ctrl.NewControllerManagedBy(mgr).
		Named(name).
		WithOptions(options).
		For(object, builder.WithPredicates(kubeutil.CreateOrDelete)).
		Watches(object, workqueue.EnqueueWithPriority(workqueue.ObjectRequest, workqueue.AlwaysHighPriority),
			builder.WithPredicates(kubeutil.SpecOrAnnotationChanged)).
		WatchesRawSource(r.Registry.Source(name, r.mapRegistryEvent)).
		Complete(r)
}

// mapRegistryEvent returns the connection if the event is about the connection as a whole.
func (r *Reconciler) mapRegistryEvent(_ context.Context, e registrycache.Event) []reconcile.Request {
	if e.Model != "" || e.Key == (registrycache.Key{}) || registrycache.IsShared(e.Key) != r.Shared {
		return nil
	}
	return []reconcile.Request{{NamespacedName: e.Key}}
}
