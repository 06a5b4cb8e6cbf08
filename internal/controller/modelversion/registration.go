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
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// registerVersion makes the version, exactly once. After it, it is in MLflow, and the status knows
// which one it is; or it is known what would be registered.
func (r *Reconciler) registerVersion(ctx context.Context, s *scope) reconciler.Result {
	if s.versionNumber() != "" {
		return reconciler.Continue()
	}
	if s.isAlreadyReported(v1alpha1.ReasonRegistrationFailed) {
		return reconciler.Terminal(v1alpha1.ReasonRegistrationFailed, registeredMessage(s.oldStatus.Conditions))
	}
	if s.isReadOnly() && s.object.Status.PendingRegistration == nil {
		s.plannedSource = displaySource(s.object)
		return reconciler.Continue()
	}
	if result := r.findExisting(ctx, s); !result.CanContinue() || s.versionNumber() != "" {
		return result
	}
	if s.isReadOnly() {
		s.object.Status.PendingRegistration, s.plannedSource = nil, displaySource(s.object)
		return reconciler.Continue()
	}
	if result := r.checkSource(ctx, s); !result.CanContinue() {
		return result
	}
	return r.createVersion(ctx, s)
}

// createVersion announces the version, makes sure that the model is still what the pass has seen
// and that its source is still allowed, and asks MLflow for the version, once. The
// announcement is written onto the very object that was read, so that of two passes only one
// gets on. An operator that is told to stop ends what it has announced. What was announced is
// asked for soon, or not at all: the next operator is patient for so long and no longer.
func (r *Reconciler) createVersion(ctx context.Context, s *scope) reconciler.Result {
	if result := r.revalidateModel(ctx, s); !result.CanContinue() {
		return result
	}
	if result := r.authorizeSourceWith(ctx, r.APIReader, s); !result.CanContinue() {
		return result
	}
	if result := r.writeAhead(ctx, s); !result.CanContinue() {
		return result
	}
	ctx, cancel := reconciler.WithGracePeriod(ctx, reconciler.MLflowShutdownTimeout)
	defer cancel()
	if result := r.recheckModel(ctx, s); !result.CanContinue() {
		clearPending(s)
		return result
	}
	left := r.inFlightTimeout(s)/2 - r.Clock.Since(s.object.Status.PendingRegistration.Time.Time)
	if left <= 0 {
		clearPending(s)
		return reconciler.RequeueConflict("MLflow was too slow to be asked for the version in time")
	}
	ctx, late := context.WithTimeout(ctx, left)
	defer late()
	version, err := s.snapshot.Client().CreateModelVersion(ctx, s.mlflowModel.Name, r.newCreateRequest(s))
	if err != nil {
		if mlflow.IsDefinitive(err) {
			clearPending(s)
		}
		return registrationError(s, err)
	}
	s.wroteMLflow = true
	recordVersion(s, version)
	s.addEvent(registeredEvent(s))
	// The model has changed with it. If it can't be read, the next poll shows it.
	_ = r.readModel(ctx, s)
	return reconciler.Continue()
}

// writeAhead writes down that MLflow is about to be asked, and which tags it will be given.
func (r *Reconciler) writeAhead(ctx context.Context, s *scope) reconciler.Result {
	status := &s.object.Status
	status.PendingRegistration = &v1alpha1.Registration{Time: metav1.NewTime(r.Clock.Now().Truncate(time.Second))}
	status.ManagedTags = slices.Sorted(maps.Keys(desiredTags(s.object)))
	status.Connection = s.model.Spec.ConnectionRef.DeepCopy()
	status.ModelName = s.mlflowModel.Name
	result := r.saveStatus(ctx, s)
	if !result.CanContinue() {
		clearPending(s)
	}
	return result
}

// clearPending takes an announcement back: MLflow has surely not registered anything.
func clearPending(s *scope) {
	s.object.Status.PendingRegistration = nil
}

// recheckModel makes sure, as the last thing before the write, that the model in MLflow is ours.
func (r *Reconciler) recheckModel(ctx context.Context, s *scope) reconciler.Result {
	if result := r.readModel(ctx, s); !result.CanContinue() {
		return result
	}
	return r.checkOwnership(s)
}

// newCreateRequest is the version as it is declared, with our mark.
func (r *Reconciler) newCreateRequest(s *scope) mlflow.CreateModelVersionRequest {
	source := s.object.Spec.Source
	if s.loggedModelID != "" {
		source = v1alpha1.VersionSource{RunID: source.RunID, LoggedModelID: s.loggedModelID}
	}
	declared := desiredMetadata(s.object)
	declared.Tags[v1alpha1.RegisteredByTag] = registeredByValue(r.InstanceID, s.object)
	return mlflow.CreateModelVersionRequest{
		Source:        source.EffectiveURI(),
		RunID:         source.RunID,
		LoggedModelID: source.LoggedModelID,
		Description:   declared.Description,
		Tags:          declared.Tags,
	}
}

// registrationError is how the pass ends when MLflow did not register the version. What the server
// does not take will not be taken later either: the source never changes.
func registrationError(s *scope, err error) reconciler.Result {
	err = redactSource(s.object, err)
	switch {
	case errors.Is(err, mlflow.ErrNotFound) && s.object.Spec.Source.URI != "":
		return sourceMissing(fmt.Sprintf("what %s names does not exist in MLflow: %v", displaySource(s.object), err))
	case errors.Is(err, mlflow.ErrNotFound):
		return reconciler.RequeueConflict("the model was deleted meanwhile")
	case errors.Is(err, mlflow.ErrInvalidParameter):
		return reconciler.Terminal(v1alpha1.ReasonRegistrationFailed, fmt.Sprintf(
			"MLflow refuses to register %s, create another ModelVersion with another source: %v", displaySource(s.object), err))
	default:
		return reconciler.FromMLflowError(err)
	}
}

// redactSource is the error without MLflow's words where these may repeat a source that holds
// credentials.
func redactSource(object *v1alpha1.ModelVersion, err error) error {
	failed, ours := errors.AsType[*mlflow.Error](err)
	if !ours || !isSourceRedacted(object) {
		return err
	}
	quiet := *failed
	quiet.Message = ""
	return &quiet
}

// isSourceRedacted tells whether the source is not shown as it is.
func isSourceRedacted(object *v1alpha1.ModelVersion) bool {
	return displaySource(object) != object.Spec.Source.EffectiveURI()
}

// maxSourceLength is the bound of the API. What is longer is cut: it is there to be read.
const maxSourceLength = 1024

// displaySource is the declared source as it may be shown.
func displaySource(object *v1alpha1.ModelVersion) string {
	return sanitize.RedactSource(object.Spec.Source.EffectiveURI(), maxSourceLength)
}
