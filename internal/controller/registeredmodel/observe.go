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

// observeModel finds the model in the snapshot, and reads MLflow only if the snapshot does not show
// it: absence from a list proves nothing. After it, the model is known, or known not to exist.
func (r *Reconciler) observeModel(ctx context.Context, s *scope) reconciler.Result {
	model, isListed := s.Snapshot.Model(s.modelName)
	if isListed && !s.ReconcileRequested {
		s.mlflowModel = model
		return r.checkRecreated(s)
	}
	if result := r.readModel(ctx, s); !result.CanContinue() {
		return result
	}
	return r.checkRecreated(s)
}

// readModel reads the model from MLflow.
func (r *Reconciler) readModel(ctx context.Context, s *scope) reconciler.Result {
	model, err := s.Snapshot.Reader().RegisteredModel(ctx, s.modelName)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		s.Snapshot.Remove(s.modelName)
		s.mlflowModel, s.modelFresh = nil, true
		return reconciler.Continue()
	case errors.Is(err, mlflow.ErrPermissionDenied) && s.Object.Status.CreationTimestamp == 0:
		// MLflow answers the same for a model that does not exist if the account is not an admin. The
		// create request shows which of the two it is.
		s.mlflowModel, s.accessDenied = nil, true
		return reconciler.Continue()
	case err != nil:
		return reconciler.FromMLflowError(err)
	case model.IsPrompt():
		return nameConflict(s.modelName)
	}
	s.setModel(model)
	return reconciler.Continue()
}

// nameConflictRequeueAfter is how soon the end of a name conflict is noticed. Lists do not show
// prompts, so no poll reports that a prompt was deleted. It happens rarely enough for five minutes.
const nameConflictRequeueAfter = 5 * time.Minute

func nameConflict(name string) reconciler.Result {
	return reconciler.Terminal(v1alpha1.ReasonNameConflict, fmt.Sprintf(
		"the name %s belongs to a prompt in MLflow: choose another modelName", name)).WithRequeueAfter(nameConflictRequeueAfter)
}

// checkRecreated compares the model with the one that was managed before. A deleted model is not
// created again: its versions would be missing, and a backup could not be restored over it.
func (r *Reconciler) checkRecreated(s *scope) reconciler.Result {
	known := s.Object.Status.CreationTimestamp
	switch {
	case known == 0:
		return reconciler.Continue()
	case s.mlflowModel == nil:
		return reconciler.Terminal(v1alpha1.ReasonReferenceNotFound, fmt.Sprintf(
			"model %s was deleted in MLflow and is not created again, since its versions would be missing: "+
				"restore it, or delete this object and apply it again to begin with an empty model", s.modelName))
	case known != int64(s.mlflowModel.CreationTimestamp):
		s.AddEvent(recreatedEvent(s))
		// The managed tags are those of the previous model.
		s.Object.Status.ManagedTags = nil
		s.Object.Status.CreationTimestamp = 0
	}
	return reconciler.Continue()
}
