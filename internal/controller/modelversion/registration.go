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

// registerVersion registers the version exactly once. After it, the version is in MLflow and the
// status has its number; or, in read-only mode, the status shows what would be registered.
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

// createVersion writes the write-ahead record, checks that the model and the authorization of the
// source have not changed, and sends one registration request. The record is written only if the
// object is still the one that was read, so that of two reconciles only one continues. A stopping
// operator finishes the request. The request is sent soon after the record, or not at all, because
// the next operator waits for it no longer than inFlightTimeout.
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
		return reconciler.RequeueConflict("MLflow was too slow to register the version in time")
	}
	ctx, cancelRequest := context.WithTimeout(ctx, left)
	defer cancelRequest()
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
	// The registration changed the model. If the model can't be read, the next poll shows it.
	_ = r.readModel(ctx, s)
	return reconciler.Continue()
}

// writeAhead saves that a registration request follows, and which tags it sets.
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

// clearPending removes the write-ahead record: MLflow has certainly registered nothing.
func clearPending(s *scope) {
	s.Object.Status.PendingRegistration = nil
}

// recheckModel reads the model as the last step before a write, and checks its owner tag.
func (r *Reconciler) recheckModel(ctx context.Context, s *scope) reconciler.Result {
	if result := r.readModel(ctx, s); !result.CanContinue() {
		return result
	}
	return r.checkOwnership(s)
}

// newCreateRequest returns the version as declared, with the tag that identifies this object.
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

// registrationError returns how the reconcile ends if MLflow did not register the version. A source
// that the server rejects is terminal: the source of an object never changes.
func registrationError(s *scope, err error) reconciler.Result {
	err = redactSource(s.Object, err)
	switch {
	case errors.Is(err, mlflow.ErrNotFound) && s.Object.Spec.Source.URI != "":
		return sourceMissing(fmt.Sprintf("what %s names does not exist in MLflow: %v", displaySource(s.Object), err))
	case errors.Is(err, mlflow.ErrNotFound):
		return reconciler.RequeueConflict("the model was deleted during the reconcile")
	case errors.Is(err, mlflow.ErrInvalidParameter):
		return reconciler.Terminal(v1alpha1.ReasonRegistrationFailed, fmt.Sprintf(
			"MLflow rejects the registration of %s, create another ModelVersion with another source: %v", displaySource(s.Object), err))
	default:
		return reconciler.FromMLflowError(err)
	}
}

// registeredByValue returns the value of the tag that identifies the object on its version.
func registeredByValue(instanceID string, object *v1alpha1.ModelVersion) string {
	return fmt.Sprintf("%s/%s/%s/%s", instanceID, object.Namespace, object.Name, object.UID)
}

// isRegisteredBy reports whether this object registered the version. Only the UID counts: it
// remains the same if the instance ID of the operator changes.
func isRegisteredBy(version *entities.ModelVersion, object *v1alpha1.ModelVersion) bool {
	return strings.HasSuffix(version.Tags[v1alpha1.RegisteredByTag], "/"+string(object.UID))
}

// findExisting searches for a version that this object has registered already, in a reconcile that
// ended before it could save the number, or that received no answer. After it, that version is
// recorded, or it certainly does not exist.
func (r *Reconciler) findExisting(ctx context.Context, s *scope) reconciler.Result {
	found, result := r.searchRegistered(ctx, s)
	if !result.CanContinue() {
		return result
	}
	switch len(found) {
	case 0:
		return r.waitForInFlight(ctx, s)
	case 1:
		// The snapshot may be older than the version, or than the model.
		if result := r.readModel(ctx, s); !result.CanContinue() {
			return result
		}
		recordVersion(s, found[0])
		s.AddEvent(registeredEvent(s))
		return reconciler.Continue()
	default:
		return reconciler.Terminal(v1alpha1.ReasonConflict, fmt.Sprintf(
			"versions %s of model %s carry the tag %s of this object: remove it from all but the right one",
			joinNumbers(found), s.mlflowModel.Name, v1alpha1.RegisteredByTag)).WithRequeueAfter(conflictRequeueAfter)
	}
}

// maxSearchResults is more than there can be, unless the tag was copied to other versions.
const maxSearchResults = 10

// searchRegistered returns the versions of the model with the tag of this object, the oldest first.
func (r *Reconciler) searchRegistered(ctx context.Context, s *scope) ([]*entities.ModelVersion, reconciler.Result) {
	name, err := mlflow.FilterEquals("name", s.mlflowModel.Name)
	if err != nil {
		return nil, reconciler.Terminal(v1alpha1.ReasonInvalidSpec, notSearchableMessage(s, err))
	}
	registeredBy, err := mlflow.FilterTagSuffix(v1alpha1.RegisteredByTag, "/"+string(s.Object.UID))
	if err != nil {
		return nil, reconciler.Terminal(v1alpha1.ReasonInvalidSpec, notSearchableMessage(s, err))
	}
	page, err := s.Snapshot.Client().SearchModelVersions(ctx, mlflow.SearchRequest{
		Filter: name + " and " + registeredBy, OrderBy: []string{"version_number ASC"}, MaxResults: maxSearchResults,
	})
	if err != nil {
		return nil, reconciler.FromMLflowError(err)
	}
	return page.ModelVersions, reconciler.Continue()
}

// notSearchableMessage is the message for a model whose versions can't be searched. Nothing is
// registered there, because the operator could not find out whether it already did.
func notSearchableMessage(s *scope, err error) string {
	return fmt.Sprintf("the versions of model %s can't be searched, so that nothing is registered there: %v", s.mlflowModel.Name, err)
}

// minInFlightTimeout is how long a registration without an answer is waited for, at least: a server
// that is stopping, or that is behind a proxy which gave up, may still be working on it.
const minInFlightTimeout = time.Minute

// waitForInFlight blocks a registration while an earlier request may still be running.
func (r *Reconciler) waitForInFlight(ctx context.Context, s *scope) reconciler.Result {
	pending := s.Object.Status.PendingRegistration
	if pending == nil {
		return reconciler.Continue()
	}
	if left := r.inFlightTimeout(s) - r.Clock.Since(pending.Time.Time); left > 0 {
		return reconciler.Waiting(v1alpha1.ReasonProgressing,
			"it is unknown whether MLflow has registered the version, since its answer was lost: "+
				"the version is searched for before it is registered again",
			left).Settle()
	}
	return r.confirmNotRegistered(ctx, s)
}

// inFlightTimeout is how long after its write-ahead record a registration request may be running.
func (r *Reconciler) inFlightTimeout(s *scope) time.Duration {
	return max(minInFlightTimeout, 2*s.Snapshot.Client().Timeout())
}

// confirmNotRegistered checks that a search shows the versions of the model at all. MLflow hides
// all of them if one has the tag of a prompt, and an empty result proves nothing then.
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
var errVersionsHidden = errors.New("MLflow shows none of them, which happens if one has the tag of a prompt")
