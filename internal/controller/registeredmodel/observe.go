// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// observe finds the model in the view, and asks MLflow only for what the view does
// not show: absence from a list proves nothing. After it, the model is known, or known
// not to exist.
func (r *Reconciler) observe(ctx context.Context, s *scope) outcome.Outcome {
	live, listed := s.view.Model(s.name)
	if listed && !s.requested {
		s.live = live
		return r.checkIncarnation(s)
	}
	if ended := r.look(ctx, s); !ended.IsDone() {
		return ended
	}
	return r.checkIncarnation(s)
}

// look reads the model from MLflow.
func (r *Reconciler) look(ctx context.Context, s *scope) outcome.Outcome {
	live, err := s.view.Reader().RegisteredModel(ctx, s.name)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		s.view.Forget(s.name)
		s.live, s.fresh, s.absent = nil, true, true
		return outcome.Done()
	case errors.Is(err, mlflow.ErrPermissionDenied) && s.object.Status.CreationTimestamp == 0:
		// Who is not admin is told the same of a model that does not exist. Creating it
		// will tell.
		s.live, s.foreign = nil, true
		return outcome.Done()
	case err != nil:
		return outcome.Request(err)
	case live.IsPrompt():
		return nameIsPrompt(s.name)
	}
	s.see(live)
	return outcome.Done()
}

// renamed is how soon it is noticed that a prompt gave up its name. Lists hide prompts,
// so that no poll tells.
const renamed = 5 * time.Minute

func nameIsPrompt(name string) outcome.Outcome {
	return outcome.Stall(v1alpha1.ReasonNameIsPrompt, fmt.Sprintf(
		"the name %s belongs to a prompt in MLflow: choose another modelName", name)).LookAgain(renamed)
}

// checkIncarnation compares the model with the one that was managed before. One that
// was deleted is not created again: its versions would be missing all the same, and a
// backup could not be restored over it.
func (r *Reconciler) checkIncarnation(s *scope) outcome.Outcome {
	known := s.object.Status.CreationTimestamp
	switch {
	case known == 0:
		return outcome.Done()
	case s.live == nil:
		return outcome.Stall(v1alpha1.ReasonNotFound, fmt.Sprintf(
			"model %s is gone from MLflow and is not created again, since its versions would not come back: "+
				"restore it, or delete this object and apply it again to begin with an empty model", s.name))
	case known != int64(s.live.CreationTimestamp):
		s.happened(recreated(s))
		// What was written was written to another model.
		s.object.Status.ManagedTags = nil
		s.object.Status.CreationTimestamp = 0
	}
	return outcome.Done()
}
