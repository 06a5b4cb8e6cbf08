// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

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
const objectKind = "RegisteredModel"

// Reconciler reconciles RegisteredModels.
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
	// Clock gives the time of an archive tag.
	Clock clock.PassiveClock

	interactive workqueue.InteractiveTracker
}

// readyOnly is the condition of a phase whose failure does not block promotions: only Ready is
// False then.
const readyOnly = ""

func (r *Reconciler) phases() []reconciler.Phase[*scope] {
	return []reconciler.Phase[*scope]{
		{Condition: v1alpha1.ConditionConnectionReady, Run: r.resolveConnection},
		{Condition: v1alpha1.ConditionSynced, Run: r.resolveConflict},
		{Condition: v1alpha1.ConditionSynced, Run: r.resolveClass},
		{Condition: v1alpha1.ConditionSynced, Run: r.observeModel},
		{Condition: v1alpha1.ConditionSynced, Run: r.adoptModel},
		{Condition: v1alpha1.ConditionSynced, Run: r.syncMetadata},
		{Condition: v1alpha1.ConditionSynced, Run: r.publishStages},
		{Condition: readyOnly, Run: r.applyRetention},
	}
}

// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=registeredmodels,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=registeredmodels/status,verbs=get;patch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelpromotions,verbs=get;list;watch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelclasses,verbs=get;list;watch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelversions,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconcile makes the model in MLflow what the object declares.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	return reconciler.Loop[*v1alpha1.RegisteredModel, *scope]{
		Client: r.Client, Recorder: r.Recorder, Kind: objectKind, Interactive: &r.interactive,
		NewObject:          newObject,
		NewScope:           r.newScope,
		Phases:             r.phases(),
		SetStatus:          setStatus,
		SetSuspendedStatus: setSuspendedStatus,
		NeedsFinalizer:     needsFinalizer,
		Finalize:           r.applyDeletionPolicy,
		Subject:            "the model",
	}.Reconcile(ctx, req)
}

func newObject(client.ObjectKey) *v1alpha1.RegisteredModel {
	return &v1alpha1.RegisteredModel{}
}
