// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/telling"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/text"
)

// register makes the version, exactly once. After it, it is in MLflow, and the status knows
// which one it is; or it is known what would be registered.
func (r *Reconciler) register(ctx context.Context, s *scope) outcome.Outcome {
	if s.number() != "" {
		return outcome.Done()
	}
	if s.saidBefore(v1alpha1.ReasonRegistrationFailed) {
		return outcome.Stall(v1alpha1.ReasonRegistrationFailed, registeredMessage(s.before.Conditions))
	}
	if s.observes() && s.object.Status.Registering == nil {
		s.planned = sourceOf(s.object)
		return outcome.Done()
	}
	if ended := r.find(ctx, s); !ended.IsDone() || s.number() != "" {
		return ended
	}
	if s.observes() {
		s.object.Status.Registering, s.planned = nil, sourceOf(s.object)
		return outcome.Done()
	}
	if ended := r.checkSource(ctx, s); !ended.IsDone() {
		return ended
	}
	return r.create(ctx, s)
}

// create announces the version, makes sure that the model is still what the pass has seen
// and that its source is still allowed, and asks MLflow for the version, once. The
// announcement is written onto the very object that was read, so that of two passes only one
// gets on. An operator that is told to stop ends what it has announced. What was announced is
// asked for soon, or not at all: the next operator is patient for so long and no longer.
func (r *Reconciler) create(ctx context.Context, s *scope) outcome.Outcome {
	if ended := r.confirmModel(ctx, s); !ended.IsDone() {
		return ended
	}
	if ended := r.permitSourceNow(ctx, r.Reader, s); !ended.IsDone() {
		return ended
	}
	if ended := r.announce(ctx, s); !ended.IsDone() {
		return ended
	}
	ctx, cancel := telling.Unstoppable(ctx, telling.Acting)
	defer cancel()
	if ended := r.readAgain(ctx, s); !ended.IsDone() {
		recall(s)
		return ended
	}
	left := r.patience(s)/2 - r.Clock.Since(s.object.Status.Registering.Time.Time)
	if left <= 0 {
		recall(s)
		return telling.StartAgain("MLflow was too slow to be asked for the version in time")
	}
	ctx, late := context.WithTimeout(ctx, left)
	defer late()
	version, err := s.view.Client().CreateModelVersion(ctx, s.live.Name, r.newVersion(s))
	if err != nil {
		if mlflow.Refused(err) {
			recall(s)
		}
		return refused(s, err)
	}
	s.acted = true
	takeVersion(s, version)
	s.happened(registered(s))
	// The model has changed with it. If it can't be read, the next poll shows it.
	_ = r.readModel(ctx, s)
	return outcome.Done()
}

// announce writes down that MLflow is about to be asked, and which tags it will be given.
func (r *Reconciler) announce(ctx context.Context, s *scope) outcome.Outcome {
	status := &s.object.Status
	status.Registering = &v1alpha1.Registration{Time: metav1.NewTime(r.Clock.Now().Truncate(time.Second))}
	status.ManagedTags = slices.Sorted(maps.Keys(desiredTags(s.object)))
	status.Connection = s.model.Spec.ConnectionRef.DeepCopy()
	status.ModelName = s.live.Name
	ended := r.remember(ctx, s)
	if !ended.IsDone() {
		recall(s)
	}
	return ended
}

// recall takes an announcement back: MLflow has surely not registered anything.
func recall(s *scope) {
	s.object.Status.Registering = nil
}

// readAgain makes sure, as the last thing before the write, that the model in MLflow is ours.
func (r *Reconciler) readAgain(ctx context.Context, s *scope) outcome.Outcome {
	if ended := r.readModel(ctx, s); !ended.IsDone() {
		return ended
	}
	return r.owned(s)
}

// newVersion is the version as it is declared, with our mark.
func (r *Reconciler) newVersion(s *scope) mlflow.NewModelVersion {
	source := s.object.Spec.Source
	if s.logged != "" {
		source = v1alpha1.VersionSource{RunID: source.RunID, LoggedModelID: s.logged}
	}
	declared := desired(s.object)
	declared.Tags[v1alpha1.RegisteredByTag] = markOf(r.Instance, s.object)
	return mlflow.NewModelVersion{
		Source:        source.EffectiveURI(),
		RunID:         source.RunID,
		LoggedModelID: source.LoggedModelID,
		Description:   declared.Description,
		Tags:          declared.Tags,
	}
}

// refused is how the pass ends when MLflow did not register the version. What the server
// does not take will not be taken later either: the source never changes.
func refused(s *scope, err error) outcome.Outcome {
	err = unquoted(s.object, err)
	switch {
	case errors.Is(err, mlflow.ErrNotFound) && s.object.Spec.Source.URI != "":
		return sourceNotFound(fmt.Sprintf("what %s names does not exist in MLflow: %v", sourceOf(s.object), err))
	case errors.Is(err, mlflow.ErrNotFound):
		return telling.StartAgain("the model was deleted meanwhile")
	case errors.Is(err, mlflow.ErrInvalidParameter):
		return outcome.Stall(v1alpha1.ReasonRegistrationFailed, fmt.Sprintf(
			"MLflow refuses to register %s, create another ModelVersion with another source: %v", sourceOf(s.object), err))
	default:
		return outcome.Request(err)
	}
}

// unquoted is the error without MLflow's words where these may repeat a source that holds
// credentials.
func unquoted(object *v1alpha1.ModelVersion, err error) error {
	failed, ours := errors.AsType[*mlflow.Error](err)
	if !ours || !hidesSomething(object) {
		return err
	}
	quiet := *failed
	quiet.Message = ""
	return &quiet
}

// hidesSomething tells whether the source is not shown as it is.
func hidesSomething(object *v1alpha1.ModelVersion) bool {
	return sourceOf(object) != object.Spec.Source.EffectiveURI()
}

// maxSource is the bound of the API. What is longer is cut: it is there to be read.
const maxSource = 1024

// sourceOf is the declared source as it may be shown.
func sourceOf(object *v1alpha1.ModelVersion) string {
	return text.Source(object.Spec.Source.EffectiveURI(), maxSource)
}
