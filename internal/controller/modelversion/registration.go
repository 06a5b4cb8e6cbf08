// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// registerVersion makes the version, exactly once. After it, it is in MLflow, and the status knows
// which one it is; or it is known what would be registered.
func (r *Reconciler) registerVersion(ctx context.Context, s *scope) reconciler.Result {
	if s.versionNumber() != "" {
		return reconciler.Continue()
	}
	if s.isAlreadyReported(v1alpha1.ReasonRegistrationFailed) {
		return reconciler.Terminal(v1alpha1.ReasonRegistrationFailed, registeredMessage(s.Before.Status.Conditions))
	}
	if s.isReadOnly() && s.Object.Status.PendingRegistration == nil {
		s.plannedSource = displaySource(s.Object)
		return reconciler.Continue()
	}
	if result := r.findExisting(ctx, s); !result.CanContinue() || s.versionNumber() != "" {
		return result
	}
	if s.isReadOnly() {
		s.Object.Status.PendingRegistration, s.plannedSource = nil, displaySource(s.Object)
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
	left := r.inFlightTimeout(s)/2 - r.Clock.Since(s.Object.Status.PendingRegistration.Time.Time)
	if left <= 0 {
		clearPending(s)
		return reconciler.RequeueConflict("MLflow was too slow to be asked for the version in time")
	}
	ctx, late := context.WithTimeout(ctx, left)
	defer late()
	version, err := s.Snapshot.Client().CreateModelVersion(ctx, s.mlflowModel.Name, r.newCreateRequest(s))
	if err != nil {
		if mlflow.IsDefinitive(err) {
			clearPending(s)
		}
		return registrationError(s, err)
	}
	s.WroteMLflow = true
	recordVersion(s, version)
	s.AddEvent(registeredEvent(s))
	// The model has changed with it. If it can't be read, the next poll shows it.
	_ = r.readModel(ctx, s)
	return reconciler.Continue()
}

// writeAhead writes down that MLflow is about to be asked, and which tags it will be given.
func (r *Reconciler) writeAhead(ctx context.Context, s *scope) reconciler.Result {
	status := &s.Object.Status
	status.PendingRegistration = &v1alpha1.Registration{Time: metav1.NewTime(r.Clock.Now().Truncate(time.Second))}
	status.ManagedTags = slices.Sorted(maps.Keys(desiredTags(s.Object)))
	status.Connection = s.model.Spec.ConnectionRef.DeepCopy()
	status.ModelName = s.mlflowModel.Name
	result := s.SaveStatus(ctx, r.Client)
	if !result.CanContinue() {
		clearPending(s)
	}
	return result
}

// clearPending takes an announcement back: MLflow has surely not registered anything.
func clearPending(s *scope) {
	s.Object.Status.PendingRegistration = nil
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
	source := s.Object.Spec.Source
	if s.loggedModelID != "" {
		source = v1alpha1.VersionSource{RunID: source.RunID, LoggedModelID: s.loggedModelID}
	}
	declared := desiredMetadata(s.Object)
	declared.Tags[v1alpha1.RegisteredByTag] = registeredByValue(r.InstanceID, s.Object)
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
	err = redactSource(s.Object, err)
	switch {
	case errors.Is(err, mlflow.ErrNotFound) && s.Object.Spec.Source.URI != "":
		return sourceMissing(fmt.Sprintf("what %s names does not exist in MLflow: %v", displaySource(s.Object), err))
	case errors.Is(err, mlflow.ErrNotFound):
		return reconciler.RequeueConflict("the model was deleted meanwhile")
	case errors.Is(err, mlflow.ErrInvalidParameter):
		return reconciler.Terminal(v1alpha1.ReasonRegistrationFailed, fmt.Sprintf(
			"MLflow refuses to register %s, create another ModelVersion with another source: %v", displaySource(s.Object), err))
	default:
		return reconciler.FromMLflowError(err)
	}
}

// registeredByValue is what our tag on a version says.
func registeredByValue(instance string, object *v1alpha1.ModelVersion) string {
	return fmt.Sprintf("%s/%s/%s/%s", instance, object.Namespace, object.Name, object.UID)
}

// isRegisteredBy tells whether this very object registered the version. Only the UID counts: it
// stays the same where the operator is given another instance-id.
func isRegisteredBy(version *entities.ModelVersion, object *v1alpha1.ModelVersion) bool {
	return strings.HasSuffix(version.Tags[v1alpha1.RegisteredByTag], "/"+string(object.UID))
}

// findExisting looks for a version that this object registered already: in a pass that did not live
// to tell, or that never heard the answer. After it, that version is taken, or it is certain
// that there is none.
func (r *Reconciler) findExisting(ctx context.Context, s *scope) reconciler.Result {
	found, result := r.searchRegistered(ctx, s)
	if !result.CanContinue() {
		return result
	}
	switch len(found) {
	case 0:
		return r.waitForInFlight(ctx, s)
	case 1:
		// The model may not show the version yet, and may have been created again.
		if result := r.readModel(ctx, s); !result.CanContinue() {
			return result
		}
		recordVersion(s, found[0])
		s.AddEvent(registeredEvent(s))
		return reconciler.Continue()
	default:
		return reconciler.Terminal(v1alpha1.ReasonConflict, fmt.Sprintf(
			"versions %s of model %s carry the tag %s of this object: remove it from all but the one that is meant",
			joinNumbers(found), s.mlflowModel.Name, v1alpha1.RegisteredByTag)).WithRequeueAfter(conflictRequeueAfter)
	}
}

// maxSearchResults is more than there can be, unless somebody copied our tag.
const maxSearchResults = 10

// searchRegistered are the versions of the model that carry our mark, the first one first.
func (r *Reconciler) searchRegistered(ctx context.Context, s *scope) ([]*entities.ModelVersion, reconciler.Result) {
	name, err := mlflow.FilterEquals("name", s.mlflowModel.Name)
	if err != nil {
		return nil, reconciler.Terminal(v1alpha1.ReasonInvalidSpec, notSearchableMessage(s, err))
	}
	marked, err := mlflow.FilterTagSuffix(v1alpha1.RegisteredByTag, "/"+string(s.Object.UID))
	if err != nil {
		return nil, reconciler.Terminal(v1alpha1.ReasonInvalidSpec, notSearchableMessage(s, err))
	}
	page, err := s.Snapshot.Client().SearchModelVersions(ctx, mlflow.SearchRequest{
		Filter: name + " and " + marked, OrderBy: []string{"version_number ASC"}, MaxResults: maxSearchResults,
	})
	if err != nil {
		return nil, reconciler.FromMLflowError(err)
	}
	return page.ModelVersions, reconciler.Continue()
}

// notSearchableMessage is a model in which nothing is registered: it could not be told whether it
// was already.
func notSearchableMessage(s *scope, err error) string {
	return fmt.Sprintf("the versions of model %s can't be searched, so that nothing is registered there: %v", s.mlflowModel.Name, err)
}

// minInFlightTimeout is how long a registration is waited for whose answer was lost, at least: a
// server that is asked to stop, or a proxy that gives up, may still be at it.
const minInFlightTimeout = time.Minute

// waitForInFlight lets nothing be registered as long as an earlier request may still be carried out.
// A search that shows no version of a model that has some proves nothing.
func (r *Reconciler) waitForInFlight(ctx context.Context, s *scope) reconciler.Result {
	underway := s.Object.Status.PendingRegistration
	if underway == nil {
		return reconciler.Continue()
	}
	if left := r.inFlightTimeout(s) - r.Clock.Since(underway.Time.Time); left > 0 {
		return reconciler.Waiting(v1alpha1.ReasonProgressing,
			"whether MLflow has registered the version is not known, since its answer was lost: it is looked for before it is registered again",
			left).Settle()
	}
	return r.confirmNotRegistered(ctx, s)
}

// inFlightTimeout is how long a registration may be under way, from its announcement on.
func (r *Reconciler) inFlightTimeout(s *scope) time.Duration {
	return max(minInFlightTimeout, 2*s.Snapshot.Client().Timeout())
}

// confirmNotRegistered makes sure that a search shows the versions of the model at all. MLflow
// hides all of them where one carries the mark of a prompt.
func (r *Reconciler) confirmNotRegistered(ctx context.Context, s *scope) reconciler.Result {
	if result := r.readModel(ctx, s); !result.CanContinue() || len(s.mlflowModel.LatestVersions) == 0 {
		return result
	}
	name, err := mlflow.FilterEquals("name", s.mlflowModel.Name)
	if err != nil {
		return reconciler.Terminal(v1alpha1.ReasonInvalidSpec, notSearchableMessage(s, err))
	}
	page, err := s.Snapshot.Client().SearchModelVersions(ctx, mlflow.SearchRequest{Filter: name, MaxResults: 1})
	if err != nil {
		return reconciler.FromMLflowError(err)
	}
	if len(page.ModelVersions) == 0 {
		return reconciler.Terminal(v1alpha1.ReasonInvalidSpec, notSearchableMessage(s, errVersionsHidden)).WithRequeueAfter(conflictRequeueAfter)
	}
	return reconciler.Continue()
}

func joinNumbers(versions []*entities.ModelVersion) string {
	numbers := make([]string, 0, len(versions))
	for _, v := range versions {
		numbers = append(numbers, v.Version)
	}
	return strings.Join(numbers, ", ")
}

// errVersionsHidden is a search that shows none of the versions that a model has.
var errVersionsHidden = errors.New("MLflow shows none of them, as where one is marked as a prompt's")
