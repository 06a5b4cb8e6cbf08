// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package controller puts the controllers of the operator together.
package controller

import (
	"context"

	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/controller"

	"github.com/neuronews/mlflow-registry-operator/internal/approvalauth"
	"github.com/neuronews/mlflow-registry-operator/internal/consistentclient"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/mlflowconnection"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelclass"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelpromotion"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelversion"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/registeredmodel"
	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// Options are what the controllers need beside the manager.
type Options struct {
	// Registry keeps the registries in view.
	Registry *registrycache.Provider
	// Recorder tells what happened.
	Recorder events.EventRecorder
	// InstanceID tells this cluster from others that share a registry.
	InstanceID string
	// Namespace is the one that the operator runs in, where the Secrets of
	// ClusterMLflowConnections are; empty where it is not known.
	Namespace string
	// Clock is the time of the history, of how long a version has held a stage, and of what is
	// archived.
	Clock clock.PassiveClock
	// Flags are what the operator's environment turns off.
	Flags featureflags.Flags
	// ObserveRequest counts the requests to MLflow.
	ObserveRequest func(mlflow.RequestInfo)
	// Metrics counts what happens to promotions.
	Metrics modelpromotion.MetricsRecorder
	// ApprovalAuth changes the times of the proof that user names are authentic.
	ApprovalAuth approvalauth.Options
	// NewControllerOptions makes the options of one controller. They are not shared: a rate limiter
	// counts failures by namespace and name, which objects of two kinds may have in common.
	NewControllerOptions func() controller.Options
}

// SetupControllers adds every controller to the manager, the registries they look at, and the
// indexes they look things up in.
func SetupControllers(ctx context.Context, mgr ctrl.Manager, o Options) error {
	if err := kubeutil.SetupIndexes(ctx, mgr.GetFieldIndexer()); err != nil {
		return err
	}
	if err := mgr.Add(o.Registry); err != nil {
		return err
	}
	prover := approvalauth.NewVerifier(mgr.GetClient(), mgr.GetAPIReader(), o.ApprovalAuth)
	if err := mgr.Add(prover); err != nil {
		return err
	}
	for _, reconciler := range newReconcilers(mgr, o, prover) {
		if err := reconciler.SetupWithManager(mgr, o.NewControllerOptions()); err != nil {
			return err
		}
	}
	return nil
}

type managedReconciler interface {
	SetupWithManager(ctrl.Manager, controller.Options) error
}

func newReconcilers(mgr ctrl.Manager, o Options, prover *approvalauth.Verifier) []managedReconciler {
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
			InstanceID: o.InstanceID, Clock: o.Clock, Metrics: o.Metrics, Flags: o.Flags, ApprovalVerifier: prover,
		},
		&modelversion.Reconciler{
			Client: cached, APIReader: mgr.GetAPIReader(), Registry: o.Registry, Recorder: o.Recorder,
			InstanceID: o.InstanceID, Clock: o.Clock, Flags: o.Flags,
		},
	}
}
