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

	"github.com/neuronews/mlflow-registry-operator/internal/controller/mlflowconnection"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelclass"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelpromotion"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelversion"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/registeredmodel"
	"github.com/neuronews/mlflow-registry-operator/internal/identity"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
	"github.com/neuronews/mlflow-registry-operator/internal/switches"
)

// Options are what the controllers need beside the manager.
type Options struct {
	// Registry keeps the registries in view.
	Registry *registry.Provider
	// Recorder tells what happened.
	Recorder events.EventRecorder
	// Instance tells this cluster from others that share a registry.
	Instance string
	// Namespace is the one that the operator runs in, where the Secrets of
	// ClusterMLflowConnections are; empty where it is not known.
	Namespace string
	// Clock is the time of the history, of how long a version has held a stage, and of what is
	// archived.
	Clock clock.PassiveClock
	// Switches are what the operator's environment turns off.
	Switches switches.Switches
	// Observe counts the requests to MLflow.
	Observe func(mlflow.RequestInfo)
	// Meter counts what happens to promotions.
	Meter modelpromotion.Meter
	// Identity changes the times of the proof that user names are authentic.
	Identity identity.Options
	// Controller makes the options of one controller. They are not shared: a rate limiter
	// counts failures by namespace and name, which objects of two kinds may have in common.
	Controller func() controller.Options
}

// All adds every controller to the manager, the registries they look at, and the
// indexes they look things up in.
func All(ctx context.Context, mgr ctrl.Manager, o Options) error {
	if err := kube.SetupIndexes(ctx, mgr.GetFieldIndexer()); err != nil {
		return err
	}
	if err := mgr.Add(o.Registry); err != nil {
		return err
	}
	prover := identity.NewProver(mgr.GetClient(), mgr.GetAPIReader(), o.Identity)
	if err := mgr.Add(prover); err != nil {
		return err
	}
	for _, reconciler := range reconcilers(mgr, o, prover) {
		if err := reconciler.SetupWithManager(mgr, o.Controller()); err != nil {
			return err
		}
	}
	return nil
}

type reconciler interface {
	SetupWithManager(ctrl.Manager, controller.Options) error
}

func reconcilers(mgr ctrl.Manager, o Options, prover *identity.Prover) []reconciler {
	cached := kube.ReadYourWrites(mgr.GetClient())
	return []reconciler{
		&mlflowconnection.Reconciler{
			Client: cached, Secrets: mgr.GetAPIReader(), Registry: o.Registry, Recorder: o.Recorder, Observe: o.Observe,
		},
		&mlflowconnection.Reconciler{
			Client: cached, Secrets: mgr.GetAPIReader(), Registry: o.Registry, Recorder: o.Recorder, Observe: o.Observe,
			Shared: true, Namespace: o.Namespace,
		},
		&modelclass.Reconciler{Client: cached},
		&registeredmodel.Reconciler{
			Client: cached, Reader: mgr.GetAPIReader(), Registry: o.Registry, Recorder: o.Recorder,
			Instance: o.Instance, Clock: o.Clock, Switches: o.Switches,
		},
		&modelpromotion.Reconciler{
			Client: cached, Reader: mgr.GetAPIReader(), Registry: o.Registry, Recorder: o.Recorder,
			Instance: o.Instance, Clock: o.Clock, Meter: o.Meter, Switches: o.Switches, Identities: prover,
		},
		&modelversion.Reconciler{
			Client: cached, Reader: mgr.GetAPIReader(), Registry: o.Registry, Recorder: o.Recorder,
			Instance: o.Instance, Clock: o.Clock, Switches: o.Switches,
		},
	}
}
