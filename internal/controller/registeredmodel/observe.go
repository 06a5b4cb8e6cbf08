// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelref"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// resolveConnection takes the snapshot of the registry that the model belongs to. After it, the
// connection is ready, and the namespace may use it for the model.
func (r *Reconciler) resolveConnection(ctx context.Context, s *scope) reconciler.Result {
	snapshot, result := r.newResolver().ResolveConnectionOrWait(ctx, s.Object, s.HasCurrentStatus())
	s.Snapshot = snapshot
	return result
}

// revalidateConnection runs before every write. After it, the connection still leads to the server
// that this reconcile has read, and its policy still allows the model.
func (r *Reconciler) revalidateConnection(ctx context.Context, s *scope) reconciler.Result {
	return r.newResolver().Revalidate(ctx, r.APIReader, s.Object, s.Snapshot, "the connection changed during the reconcile")
}

func (r *Reconciler) newResolver() modelref.Resolver {
	return modelref.Resolver{Registry: r.Registry, Objects: r.Client}
}

// resolveClass merges the spec with the model's class. After it, the effective spec is valid. If it
// is not, the reconcile ends: the model in MLflow and its status remain unchanged.
func (r *Reconciler) resolveClass(ctx context.Context, s *scope) reconciler.Result {
	effective, result := modelref.ResolveClass(ctx, r.Client, s.Object)
	s.effectiveSpec = effective
	return result
}

// observeModel finds the model in the view, and asks MLflow only for what the view does
// not show: absence from a list proves nothing. After it, the model is known, or known
// not to exist.
func (r *Reconciler) observeModel(ctx context.Context, s *scope) reconciler.Result {
	live, listed := s.Snapshot.Model(s.modelName)
	if listed && !s.ReconcileRequested {
		s.mlflowModel = live
		return r.checkRecreated(s)
	}
	if result := r.readModel(ctx, s); !result.CanContinue() {
		return result
	}
	return r.checkRecreated(s)
}

// readModel reads the model from MLflow.
func (r *Reconciler) readModel(ctx context.Context, s *scope) reconciler.Result {
	live, err := s.Snapshot.Reader().RegisteredModel(ctx, s.modelName)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		s.Snapshot.Remove(s.modelName)
		s.mlflowModel, s.modelFresh = nil, true
		return reconciler.Continue()
	case errors.Is(err, mlflow.ErrPermissionDenied) && s.Object.Status.CreationTimestamp == 0:
		// Who is not admin is told the same of a model that does not exist. Creating it
		// will tell.
		s.mlflowModel, s.accessDenied = nil, true
		return reconciler.Continue()
	case err != nil:
		return reconciler.FromMLflowError(err)
	case live.IsPrompt():
		return nameConflict(s.modelName)
	}
	s.setModel(live)
	return reconciler.Continue()
}

// nameConflictRequeueAfter is how soon it is noticed that a prompt gave up its name. Lists hide prompts,
// so that no poll tells.
const nameConflictRequeueAfter = 5 * time.Minute

func nameConflict(name string) reconciler.Result {
	return reconciler.Terminal(v1alpha1.ReasonNameConflict, fmt.Sprintf(
		"the name %s belongs to a prompt in MLflow: choose another modelName", name)).WithRequeueAfter(nameConflictRequeueAfter)
}

// checkRecreated compares the model with the one that was managed before. One that
// was deleted is not created again: its versions would be missing all the same, and a
// backup could not be restored over it.
func (r *Reconciler) checkRecreated(s *scope) reconciler.Result {
	known := s.Object.Status.CreationTimestamp
	switch {
	case known == 0:
		return reconciler.Continue()
	case s.mlflowModel == nil:
		return reconciler.Terminal(v1alpha1.ReasonReferenceNotFound, fmt.Sprintf(
			"model %s is gone from MLflow and is not created again, since its versions would not come back: "+
				"restore it, or delete this object and apply it again to begin with an empty model", s.modelName))
	case known != int64(s.mlflowModel.CreationTimestamp):
		s.AddEvent(recreatedEvent(s))
		// What was written was written to another model.
		s.Object.Status.ManagedTags = nil
		s.Object.Status.CreationTimestamp = 0
	}
	return reconciler.Continue()
}
