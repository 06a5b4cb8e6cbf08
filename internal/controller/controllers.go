// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package controller creates the controllers of the operator and adds them to the manager.
package controller

import (
	"context"
	"fmt"

	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"

	"github.com/neuronews/mlflow-registry-operator/internal/approvalauth"
	"github.com/neuronews/mlflow-registry-operator/internal/consistentclient"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/mlflowconnection"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelclass"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelpromotion"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelref"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelversion"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/registeredmodel"
	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

// Options are what the controllers need in addition to the manager.
type Options struct {
	// Registry is the cache of the registries.
	Registry *registrycache.Provider
	// Recorder sends the events of the controllers.
	Recorder events.EventRecorder
	// InstanceID distinguishes this cluster from others that share a registry.
	InstanceID string
	// Namespace is the namespace of the operator, which has the Secrets of
	// ClusterMLflowConnections; empty if it is unknown.
	Namespace string
	// Clock gives the times of the history, of tenures and of archive tags.
	Clock clock.PassiveClock
	// Flags are the feature flags of the operator.
	Flags featureflags.Flags
	// ObserveRequest counts the requests to MLflow.
	ObserveRequest func(mlflow.RequestInfo)
	// Metrics counts the outcomes of promotions.
	Metrics modelpromotion.MetricsRecorder
	// ApprovalAuth changes the intervals at which user names of approvals are verified.
	ApprovalAuth approvalauth.Options
	// NewControllerOptions returns the options of one controller. Controllers do not share them: a
	// rate limiter counts failures by namespace and name, and objects of two kinds may have the
	// same name.
	NewControllerOptions func() controller.Options
}

// SetupControllers adds the controllers, the registry cache and the indexes to the manager.
func SetupControllers(ctx context.Context, mgr ctrl.Manager, o Options) error {
	if err := kubeutil.SetupIndexes(ctx, mgr.GetFieldIndexer()); err != nil {
		return err
	}
	if err := mgr.Add(o.Registry); err != nil {
		return err
	}
	verifier := approvalauth.NewVerifier(mgr.GetClient(), mgr.GetAPIReader(), o.ApprovalAuth)
	if err := mgr.Add(verifier); err != nil {
		return err
	}
	for _, reconciler := range newReconcilers(mgr, o, verifier) {
		if err := reconciler.SetupWithManager(mgr, o.NewControllerOptions()); err != nil {
			return err
		}
	}
	return nil
}

type managedReconciler interface {
	SetupWithManager(ctrl.Manager, controller.Options) error
}

func newReconcilers(mgr ctrl.Manager, o Options, verifier *approvalauth.Verifier) []managedReconciler {
	cached := consistentclient.NewConsistentClient(mgr.GetClient())
	return []managedReconciler{
		&mlflowconnection.Reconciler{
			Client: cached, APIReader: mgr.GetAPIReader(), Registry: o.Registry, Recorder: o.Recorder, ObserveRequest: o.ObserveRequest,
		},
		&mlflowconnection.Reconciler{
			Client: cached, APIReader: mgr.GetAPIReader(), Registry: o.Registry, Recorder: o.Recorder, ObserveRequest: o.ObserveRequest,
			Shared: true, Namespace: o.Namespace,
		},
		&modelclass.Reconciler{Client: cached},
		&registeredmodel.Reconciler{
			Client: cached, APIReader: mgr.GetAPIReader(), Registry: o.Registry, Recorder: o.Recorder,
			InstanceID: o.InstanceID, Clock: o.Clock, Flags: o.Flags,
		},
		&modelpromotion.Reconciler{
			Client: cached, APIReader: mgr.GetAPIReader(), Registry: o.Registry, Recorder: o.Recorder,
			InstanceID: o.InstanceID, Clock: o.Clock, Metrics: o.Metrics, Flags: o.Flags, ApprovalVerifier: verifier,
		},
		&modelversion.Reconciler{
			Client: cached, APIReader: mgr.GetAPIReader(), Registry: o.Registry, Recorder: o.Recorder,
			InstanceID: o.InstanceID, Clock: o.Clock, Flags: o.Flags,
		},
	}
}

// DeclaredModelsFunc returns a function that lists the models that are declared on a connection, so
// that the registry cache does not read the others. Those of a ClusterMLflowConnection are in all
// namespaces that share it.
func DeclaredModelsFunc(
	objects client.Reader, instanceID string,
) func(context.Context, registrycache.Key) (registrycache.DeclaredModels, error) {
	return func(ctx context.Context, connection registrycache.Key) (registrycache.DeclaredModels, error) {
		names, err := modelref.ListDeclaredModelNames(ctx, objects, connection)
		if err != nil {
			return registrycache.DeclaredModels{}, fmt.Errorf("list the models on %s: %w", connection, err)
		}
		filter, err := ownership.OwnerFilter(instanceID, connection.Namespace)
		return registrycache.DeclaredModels{Names: names, Filter: filter}, err
	}
}
