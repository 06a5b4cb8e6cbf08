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
	"github.com/neuronews/mlflow-registry-operator/internal/controller/connecting"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
)

// resolveModel reads the RegisteredModel. After it, it is known which model is meant.
func (r *Reconciler) resolveModel(ctx context.Context, s *scope) outcome.Outcome {
	model, ended := connecting.ModelOf(ctx, r.Client, s.object, s.object.Spec.ModelRef)
	s.model = model
	return ended
}

// connect takes the view of the registry that the model belongs to. After it, the model may
// be there.
func (r *Reconciler) connect(ctx context.Context, s *scope) outcome.Outcome {
	early := s.object.Status.ObservedGeneration == s.object.Generation && r.connector().IsUnsettled(ctx, s.model)
	view, ended := r.connector().View(ctx, s.model)
	s.view, s.quiet = view, early && view == nil
	return ended
}

// permitSource comes before anything is read for a version. After it, what is to be
// registered is no copy of a model that the connection does not allow here. What was
// registered once stays what it is.
func (r *Reconciler) permitSource(ctx context.Context, s *scope) outcome.Outcome {
	return r.permitSourceNow(ctx, r.Client, s)
}

// permitSourceNow is permitSource with the rules of whoever is asked.
func (r *Reconciler) permitSourceNow(ctx context.Context, objects client.Reader, s *scope) outcome.Outcome {
	copied, isCopy := entities.CopiedModel(s.object.Spec.Source.URI)
	if !isCopy || s.number() != "" {
		return outcome.Done()
	}
	return r.connector().PermitCopy(ctx, objects, s.model, copied)
}

func (r *Reconciler) connector() connecting.Connector {
	return connecting.Connector{Registry: r.Registry, Objects: r.Client}
}

// awaitModel waits for the model. After it, the model in MLflow is known to be as declared.
func (r *Reconciler) awaitModel(_ context.Context, s *scope) outcome.Outcome {
	ended := connecting.ModelReady(s.model)
	s.quiet = !ended.IsDone() && connecting.IsUnderWay(s.model)
	return ended
}

// observe finds the model in the view. MLflow itself is asked only where somebody wants it,
// or where the view does not show the model.
func (r *Reconciler) observe(ctx context.Context, s *scope) outcome.Outcome {
	live, listed := s.view.Model(s.model.MLflowName())
	if listed && !s.requested {
		s.live = live
		return outcome.Done()
	}
	return r.readModel(ctx, s)
}

// renamed is how soon it is noticed that a prompt gave up its name. Lists hide prompts,
// so that no poll tells.
const renamed = 5 * time.Minute

// readModel gets the model from MLflow, and makes sure that it is a model and no prompt.
func (r *Reconciler) readModel(ctx context.Context, s *scope) outcome.Outcome {
	name := s.model.MLflowName()
	live, err := s.view.Reader().RegisteredModel(ctx, name)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		s.view.Forget(name)
		return outcome.Wait(v1alpha1.ReasonModelNotReady, fmt.Sprintf("model %s does not exist in MLflow", name), 0)
	case err != nil:
		return outcome.Request(err)
	case live.IsPrompt():
		return outcome.Wait(v1alpha1.ReasonModelNotReady, fmt.Sprintf("the name %s belongs to a prompt in MLflow", name), renamed)
	}
	s.note(live)
	return outcome.Done()
}

// confirmModel asks the API server whether the model is still what the pass has read from
// the cache, and makes sure that the connection still leads to where the pass has looked, and
// still allows the model there.
func (r *Reconciler) confirmModel(ctx context.Context, s *scope) outcome.Outcome {
	if ended := connecting.ConfirmModel(ctx, r.Reader, s.model, "the model was edited meanwhile"); !ended.IsDone() {
		return ended
	}
	return r.connector().Confirm(ctx, r.Reader, s.model, s.view, "the connection changed meanwhile")
}

// owned tells why the model may not be written to: it carries the mark of another.
func (r *Reconciler) owned(s *scope) outcome.Outcome {
	if owner := ownership.Of(s.live); owner != ownership.NewMark(r.Instance, s.model) {
		return outcome.Wait(v1alpha1.ReasonModelNotReady, fmt.Sprintf(
			"model %s is managed by %q, not by RegisteredModel %s", s.live.Name, owner, s.model.Name), 0)
	}
	return outcome.Done()
}
