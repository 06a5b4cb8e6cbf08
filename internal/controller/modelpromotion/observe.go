// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// observe finds the model in the view. After it, it is known who holds the stage, as of
// the last poll. MLflow itself is asked only where somebody wants it, or where the view
// does not show the model.
func (r *Reconciler) observe(ctx context.Context, s *scope) outcome.Outcome {
	live, listed := s.view.Model(s.model.MLflowName())
	if listed && !s.requested {
		s.live = live
		return outcome.Done()
	}
	live, ended := r.read(ctx, s)
	s.live = live
	return ended
}

// read gets the model from MLflow, and makes sure that it is a model and no prompt.
func (r *Reconciler) read(ctx context.Context, s *scope) (*entities.RegisteredModel, outcome.Outcome) {
	name := s.model.MLflowName()
	live, err := s.view.Reader().RegisteredModel(ctx, name)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		s.view.Forget(name)
		return nil, outcome.Wait(v1alpha1.ReasonModelNotReady, fmt.Sprintf("model %s does not exist in MLflow", name), 0)
	case err != nil:
		return nil, outcome.Request(err)
	case live.IsPrompt():
		return nil, nameIsPrompt(name)
	}
	s.note(live)
	return live, outcome.Done()
}

// renamed is how soon it is noticed that a prompt gave up its name. Lists hide prompts,
// so that no poll tells.
const renamed = 5 * time.Minute

func nameIsPrompt(name string) outcome.Outcome {
	return outcome.Wait(v1alpha1.ReasonModelNotReady, fmt.Sprintf("the name %s belongs to a prompt in MLflow", name), renamed)
}

// owned tells why the model may not be written to: it carries the mark of another.
func (r *Reconciler) owned(s *scope, live *entities.RegisteredModel) outcome.Outcome {
	if owner := ownership.Of(live); owner != ownership.NewMark(r.Instance, s.model) {
		return outcome.Wait(v1alpha1.ReasonModelNotReady, fmt.Sprintf(
			"model %s is managed by %q, not by RegisteredModel %s", live.Name, owner, s.model.Name), 0)
	}
	return outcome.Done()
}

// resolveCandidate finds the version that is wanted. After it, its number is known. A
// promotion that looks for versions itself and finds none goes on wanting the one that
// it promoted last.
func (r *Reconciler) resolveCandidate(ctx context.Context, s *scope) outcome.Outcome {
	if ref := s.object.Spec.Reference(); ref != nil {
		return r.resolveReference(ctx, s, ref.Name)
	}
	s.resolution = promotion.Resolve(&s.object.Spec, s.model.Spec.Stages, s.live)
	if s.resolution.Search != nil {
		if ended := r.search(ctx, s); !ended.IsDone() {
			return ended
		}
	}
	if s.resolution.StageNotFound {
		return outcome.Stall(v1alpha1.ReasonStageNotFound, s.resolution.Message)
	}
	if recorded := s.recorded(); s.resolution.Version == "" && recorded != "" {
		s.resolution.Version = recorded
		s.resolution.Message += fmt.Sprintf(": version %s, which took the stage last, stays wanted", recorded)
	}
	if s.resolution.Version == "" {
		return outcome.Wait(v1alpha1.ReasonVersionNotFound, s.resolution.Message, 0)
	}
	return outcome.Done()
}

// search asks MLflow for the newest version with the tags, where it is not among the
// versions that the list shows.
func (r *Reconciler) search(ctx context.Context, s *scope) outcome.Outcome {
	request, err := searchNewest(s.live.Name, s.resolution.Search)
	if err != nil {
		return outcome.Stall(v1alpha1.ReasonRequestRefused, err.Error())
	}
	page, err := s.view.Client().SearchModelVersions(ctx, request)
	if err != nil {
		return outcome.Request(err)
	}
	var found *entities.ModelVersion
	if len(page.ModelVersions) > 0 {
		found = page.ModelVersions[0]
	}
	s.resolution = promotion.Searched(s.live.Name, s.object.Spec.VersionFrom.Latest.Tags, found)
	s.searched = true
	return outcome.Done()
}
