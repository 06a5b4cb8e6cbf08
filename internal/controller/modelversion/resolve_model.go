// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelref"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"

	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
)

// resolveModel reads the RegisteredModel. After it, it is known which model is meant.
func (r *Reconciler) resolveModel(ctx context.Context, s *scope) reconciler.Result {
	model, result := modelref.GetModel(ctx, r.Client, s.object, s.object.Spec.ModelRef)
	s.model = model
	return result
}

// resolveConnection takes the view of the registry that the model belongs to. After it, the model may
// be there.
func (r *Reconciler) resolveConnection(ctx context.Context, s *scope) reconciler.Result {
	early := s.object.Status.ObservedGeneration == s.object.Generation && r.newResolver().IsInGracePeriod(ctx, s.model)
	view, result := r.newResolver().ResolveConnection(ctx, s.model)
	s.snapshot, s.skipStatus = view, early && view == nil
	return result
}

// authorizeSource comes before anything is read for a version. After it, what is to be
// registered is no copy of a model that the connection does not allow here. What was
// registered once stays what it is.
func (r *Reconciler) authorizeSource(ctx context.Context, s *scope) reconciler.Result {
	return r.authorizeSourceWith(ctx, r.Client, s)
}

// authorizeSourceWith is authorizeSource with the rules of whoever is asked.
func (r *Reconciler) authorizeSourceWith(ctx context.Context, objects client.Reader, s *scope) reconciler.Result {
	copied, isCopy := entities.ParseCopiedModel(s.object.Spec.Source.URI)
	if !isCopy || s.versionNumber() != "" {
		return reconciler.Continue()
	}
	return r.newResolver().AuthorizeCopy(ctx, objects, s.model, copied)
}

func (r *Reconciler) newResolver() modelref.Resolver {
	return modelref.Resolver{Registry: r.Registry, Objects: r.Client}
}

// waitForModel waits for the model. After it, the model in MLflow is known to be as declared.
func (r *Reconciler) waitForModel(_ context.Context, s *scope) reconciler.Result {
	result := modelref.CheckModelReady(s.model)
	s.skipStatus = !result.CanContinue() && modelref.IsModelReconciling(s.model)
	return result
}

// observeModel finds the model in the view. MLflow itself is asked only where somebody wants it,
// or where the view does not show the model.
func (r *Reconciler) observeModel(ctx context.Context, s *scope) reconciler.Result {
	live, listed := s.snapshot.Model(s.model.MLflowName())
	if listed && !s.reconcileRequested {
		s.mlflowModel = live
		return reconciler.Continue()
	}
	return r.readModel(ctx, s)
}

// nameConflictRequeueAfter is how soon it is noticed that a prompt gave up its name. Lists hide prompts,
// so that no poll tells.
const nameConflictRequeueAfter = 5 * time.Minute

// readModel gets the model from MLflow, and makes sure that it is a model and no prompt.
func (r *Reconciler) readModel(ctx context.Context, s *scope) reconciler.Result {
	name := s.model.MLflowName()
	live, err := s.snapshot.Reader().RegisteredModel(ctx, name)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		s.snapshot.Remove(name)
		return reconciler.Waiting(v1alpha1.ReasonModelNotReady, fmt.Sprintf("model %s does not exist in MLflow", name), 0)
	case err != nil:
		return reconciler.FromMLflowError(err)
	case live.IsPrompt():
		return reconciler.Waiting(v1alpha1.ReasonModelNotReady, fmt.Sprintf("the name %s belongs to a prompt in MLflow", name), nameConflictRequeueAfter)
	}
	s.updateSnapshot(live)
	return reconciler.Continue()
}

// revalidateModel asks the API server whether the model is still what the pass has read from
// the cache, and makes sure that the connection still leads to where the pass has looked, and
// still allows the model there.
func (r *Reconciler) revalidateModel(ctx context.Context, s *scope) reconciler.Result {
	if result := modelref.RevalidateModel(ctx, r.APIReader, s.model, "the model was edited meanwhile"); !result.CanContinue() {
		return result
	}
	return r.newResolver().Revalidate(ctx, r.APIReader, s.model, s.snapshot, "the connection changed meanwhile")
}

// checkOwnership tells why the model may not be written to: it carries the mark of another.
func (r *Reconciler) checkOwnership(s *scope) reconciler.Result {
	if owner := ownership.OwnerOf(s.mlflowModel); owner != ownership.NewOwner(r.InstanceID, s.model) {
		return reconciler.Waiting(v1alpha1.ReasonModelNotReady, fmt.Sprintf(
			"model %s is managed by %q, not by RegisteredModel %s", s.mlflowModel.Name, owner, s.model.Name), 0)
	}
	return reconciler.Continue()
}
