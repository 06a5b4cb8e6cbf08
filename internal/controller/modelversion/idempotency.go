// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

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
		s.addEvent(registeredEvent(s))
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
	marked, err := mlflow.FilterTagSuffix(v1alpha1.RegisteredByTag, "/"+string(s.object.UID))
	if err != nil {
		return nil, reconciler.Terminal(v1alpha1.ReasonInvalidSpec, notSearchableMessage(s, err))
	}
	page, err := s.snapshot.Client().SearchModelVersions(ctx, mlflow.SearchRequest{
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
	underway := s.object.Status.PendingRegistration
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
	return max(minInFlightTimeout, 2*s.snapshot.Client().Timeout())
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
	page, err := s.snapshot.Client().SearchModelVersions(ctx, mlflow.SearchRequest{Filter: name, MaxResults: 1})
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
