// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// observeModel finds the model in the view, and asks MLflow only for what the view does
// not show: absence from a list proves nothing. After it, the model is known, or known
// not to exist.
func (r *Reconciler) observeModel(ctx context.Context, s *scope) reconciler.Result {
	live, listed := s.snapshot.Model(s.modelName)
	if listed && !s.reconcileRequested {
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
	live, err := s.snapshot.Reader().RegisteredModel(ctx, s.modelName)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		s.snapshot.Remove(s.modelName)
		s.mlflowModel, s.modelFresh, s.notFound = nil, true, true
		return reconciler.Continue()
	case errors.Is(err, mlflow.ErrPermissionDenied) && s.object.Status.CreationTimestamp == 0:
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
	known := s.object.Status.CreationTimestamp
	switch {
	case known == 0:
		return reconciler.Continue()
	case s.mlflowModel == nil:
		return reconciler.Terminal(v1alpha1.ReasonReferenceNotFound, fmt.Sprintf(
			"model %s is gone from MLflow and is not created again, since its versions would not come back: "+
				"restore it, or delete this object and apply it again to begin with an empty model", s.modelName))
	case known != int64(s.mlflowModel.CreationTimestamp):
		s.addEvent(recreatedEvent(s))
		// What was written was written to another model.
		s.object.Status.ManagedTags = nil
		s.object.Status.CreationTimestamp = 0
	}
	return reconciler.Continue()
}
