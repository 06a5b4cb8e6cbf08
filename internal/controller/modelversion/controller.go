// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"context"

	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"
)

// objectKind is the kind of the objects of this controller.
const objectKind = "ModelVersion"

// Reconciler reconciles ModelVersions.
type Reconciler struct {
	client.Client
	// APIReader reads from the API server. Before a write to MLflow it shows whether the object is
	// still the one that the cache returned.
	APIReader client.Reader
	Registry  *registrycache.Provider
	Recorder  events.EventRecorder
	// InstanceID distinguishes this cluster from others that share a registry.
	InstanceID string
	// Flags are the feature flags of the operator.
	Flags featureflags.Flags
	// Clock gives the time of a registration.
	Clock clock.PassiveClock

	verified    verifiedCache
	interactive workqueue.InteractiveTracker
}

func (r *Reconciler) phases() []reconciler.Phase[*scope] {
	return []reconciler.Phase[*scope]{
		{Condition: v1alpha1.ConditionRegistered, Run: r.resolveModel},
		{Condition: v1alpha1.ConditionRegistered, Run: r.resolveConnection},
		{Condition: v1alpha1.ConditionRegistered, Run: r.authorizeSource},
		{Condition: v1alpha1.ConditionRegistered, Run: r.waitForModel},
		{Condition: v1alpha1.ConditionRegistered, Run: r.observeModel},
		{Condition: v1alpha1.ConditionRegistered, Run: r.checkRecreated},
		{Condition: v1alpha1.ConditionRegistered, Run: r.adoptVersion},
		{Condition: v1alpha1.ConditionRegistered, Run: r.registerVersion},
		{Condition: v1alpha1.ConditionRegistered, Run: r.verifyExists},
		{Condition: v1alpha1.ConditionSynced, Run: r.syncMetadata},
	}
}

// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelversions,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelversions/status,verbs=get;patch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=registeredmodels,verbs=get;list;watch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelpromotions,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconcile registers one version, or reports why it is not registered.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	return reconciler.Loop[*v1alpha1.ModelVersion, *scope]{
		Client: r.Client, Recorder: r.Recorder, Kind: objectKind, Interactive: &r.interactive,
		NewObject:          newObject,
		NewScope:           r.newScope,
		Phases:             r.phases(),
		SetStatus:          setStatus,
		SetSuspendedStatus: setSuspendedStatus,
		NeedsFinalizer:     needsFinalizer,
		Finalize:           r.applyDeletionPolicy,
		Subject:            "the version",
		Forget:             r.verified.deleteEntry,
		AfterStatus:        r.markVerified,
	}.Reconcile(ctx, req)
}

func newObject(client.ObjectKey) *v1alpha1.ModelVersion {
	return &v1alpha1.ModelVersion{}
}
