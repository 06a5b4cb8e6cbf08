// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// observeModel finds the model in the view. After it, it is known who holds the stage, as of
// the last poll. MLflow itself is asked only where somebody wants it, or where the view
// does not show the model.
func (r *Reconciler) observeModel(ctx context.Context, s *scope) reconciler.Result {
	live, listed := s.snapshot.Model(s.model.MLflowName())
	if listed && !s.reconcileRequested {
		s.mlflowModel = live
		return reconciler.Continue()
	}
	live, result := r.readModel(ctx, s)
	s.mlflowModel = live
	return result
}

// readModel gets the model from MLflow, and makes sure that it is a model and no prompt.
func (r *Reconciler) readModel(ctx context.Context, s *scope) (*entities.RegisteredModel, reconciler.Result) {
	name := s.model.MLflowName()
	live, err := s.snapshot.Reader().RegisteredModel(ctx, name)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		s.snapshot.Remove(name)
		return nil, reconciler.Waiting(v1alpha1.ReasonModelNotReady, fmt.Sprintf("model %s does not exist in MLflow", name), 0)
	case err != nil:
		return nil, reconciler.FromMLflowError(err)
	case live.IsPrompt():
		return nil, nameConflict(name)
	}
	s.updateSnapshot(live)
	return live, reconciler.Continue()
}

// nameConflictRequeueAfter is how soon it is noticed that a prompt gave up its name. Lists hide prompts,
// so that no poll tells.
const nameConflictRequeueAfter = 5 * time.Minute

func nameConflict(name string) reconciler.Result {
	return reconciler.Waiting(v1alpha1.ReasonModelNotReady, fmt.Sprintf("the name %s belongs to a prompt in MLflow", name), nameConflictRequeueAfter)
}

// checkOwnership tells why the model may not be written to: it carries the mark of another.
func (r *Reconciler) checkOwnership(s *scope, live *entities.RegisteredModel) reconciler.Result {
	if owner := ownership.OwnerOf(live); owner != ownership.NewOwner(r.InstanceID, s.model) {
		return reconciler.Waiting(v1alpha1.ReasonModelNotReady, fmt.Sprintf(
			"model %s is managed by %q, not by RegisteredModel %s", live.Name, owner, s.model.Name), 0)
	}
	return reconciler.Continue()
}

// resolveCandidate finds the version that is wanted. After it, its number is known. A
// promotion that looks for versions itself and finds none goes on wanting the one that
// it promoted last.
func (r *Reconciler) resolveCandidate(ctx context.Context, s *scope) reconciler.Result {
	if ref := s.object.Spec.Reference(); ref != nil {
		return r.resolveReference(ctx, s, ref.Name)
	}
	s.resolution = promotion.Resolve(&s.object.Spec, s.model.Spec.Stages, s.mlflowModel)
	if s.resolution.SearchTags != nil {
		if result := r.searchCandidate(ctx, s); !result.CanContinue() {
			return result
		}
	}
	if s.resolution.StageNotFound {
		return reconciler.Terminal(v1alpha1.ReasonReferenceNotFound, s.resolution.Message)
	}
	if recorded := s.lastPromotedVersion(); s.resolution.Version == "" && recorded != "" {
		s.resolution.Version = recorded
		s.resolution.Message += fmt.Sprintf(": version %s, which took the stage last, stays wanted", recorded)
	}
	if s.resolution.Version == "" {
		return reconciler.Waiting(v1alpha1.ReasonVersionNotFound, s.resolution.Message, 0)
	}
	return reconciler.Continue()
}

// searchCandidate asks MLflow for the newest version with the tags, where it is not among the
// versions that the list shows.
func (r *Reconciler) searchCandidate(ctx context.Context, s *scope) reconciler.Result {
	request, err := newSearchRequest(s.mlflowModel.Name, s.resolution.SearchTags)
	if err != nil {
		return reconciler.Terminal(v1alpha1.ReasonInvalidSpec, err.Error())
	}
	page, err := s.snapshot.Client().SearchModelVersions(ctx, request)
	if err != nil {
		return reconciler.FromMLflowError(err)
	}
	var found *entities.ModelVersion
	if len(page.ModelVersions) > 0 {
		found = page.ModelVersions[0]
	}
	s.resolution = promotion.ResolveSearch(s.mlflowModel.Name, s.object.Spec.VersionFrom.Latest.Tags, found)
	s.usedSearch = true
	return reconciler.Continue()
}
