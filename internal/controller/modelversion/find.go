// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// markOf is what our tag on a version says.
func markOf(instance string, object *v1alpha1.ModelVersion) string {
	return fmt.Sprintf("%s/%s/%s/%s", instance, object.Namespace, object.Name, object.UID)
}

// isMarked tells whether this very object registered the version. Only the UID counts: it
// stays the same where the operator is given another instance-id.
func isMarked(version *entities.ModelVersion, object *v1alpha1.ModelVersion) bool {
	return strings.HasSuffix(version.Tags[v1alpha1.RegisteredByTag], "/"+string(object.UID))
}

// find looks for a version that this object registered already: in a pass that did not live
// to tell, or that never heard the answer. After it, that version is taken, or it is certain
// that there is none.
func (r *Reconciler) find(ctx context.Context, s *scope) outcome.Outcome {
	found, ended := r.searchMarked(ctx, s)
	if !ended.IsDone() {
		return ended
	}
	switch len(found) {
	case 0:
		return r.outwait(ctx, s)
	case 1:
		// The model may not show the version yet, and may have been created again.
		if ended := r.readModel(ctx, s); !ended.IsDone() {
			return ended
		}
		takeVersion(s, found[0])
		s.happened(registered(s))
		return outcome.Done()
	default:
		return outcome.Stall(v1alpha1.ReasonAmbiguous, fmt.Sprintf(
			"versions %s of model %s carry the tag %s of this object: remove it from all but the one that is meant",
			numbersOf(found), s.live.Name, v1alpha1.RegisteredByTag)).LookAgain(resolved)
	}
}

// maxFound is more than there can be, unless somebody copied our tag.
const maxFound = 10

// searchMarked are the versions of the model that carry our mark, the first one first.
func (r *Reconciler) searchMarked(ctx context.Context, s *scope) ([]*entities.ModelVersion, outcome.Outcome) {
	name, err := mlflow.FilterEquals("name", s.live.Name)
	if err != nil {
		return nil, outcome.Stall(v1alpha1.ReasonRequestRefused, unsearchable(s, err))
	}
	marked, err := mlflow.FilterTagSuffix(v1alpha1.RegisteredByTag, "/"+string(s.object.UID))
	if err != nil {
		return nil, outcome.Stall(v1alpha1.ReasonRequestRefused, unsearchable(s, err))
	}
	page, err := s.view.Client().SearchModelVersions(ctx, mlflow.SearchRequest{
		Filter: name + " and " + marked, OrderBy: []string{"version_number ASC"}, MaxResults: maxFound,
	})
	if err != nil {
		return nil, outcome.Request(err)
	}
	return page.ModelVersions, outcome.Done()
}

// unsearchable is a model in which nothing is registered: it could not be told whether it
// was already.
func unsearchable(s *scope, err error) string {
	return fmt.Sprintf("the versions of model %s can't be searched, so that nothing is registered there: %v", s.live.Name, err)
}

// leastPatience is how long a registration is waited for whose answer was lost, at least: a
// server that is asked to stop, or a proxy that gives up, may still be at it.
const leastPatience = time.Minute

// outwait lets nothing be registered as long as an earlier request may still be carried out.
// A search that shows no version of a model that has some proves nothing.
func (r *Reconciler) outwait(ctx context.Context, s *scope) outcome.Outcome {
	underway := s.object.Status.Registering
	if underway == nil {
		return outcome.Done()
	}
	if left := r.patience(s) - r.Clock.Since(underway.Time.Time); left > 0 {
		return outcome.Wait(v1alpha1.ReasonPending,
			"whether MLflow has registered the version is not known, since its answer was lost: it is looked for before it is registered again",
			left)
	}
	return r.provesAbsence(ctx, s)
}

// patience is how long a registration may be under way, from its announcement on.
func (r *Reconciler) patience(s *scope) time.Duration {
	return max(leastPatience, 2*s.view.Client().Timeout())
}

// provesAbsence makes sure that a search shows the versions of the model at all. MLflow
// hides all of them where one carries the mark of a prompt.
func (r *Reconciler) provesAbsence(ctx context.Context, s *scope) outcome.Outcome {
	if ended := r.readModel(ctx, s); !ended.IsDone() || len(s.live.LatestVersions) == 0 {
		return ended
	}
	name, err := mlflow.FilterEquals("name", s.live.Name)
	if err != nil {
		return outcome.Stall(v1alpha1.ReasonRequestRefused, unsearchable(s, err))
	}
	page, err := s.view.Client().SearchModelVersions(ctx, mlflow.SearchRequest{Filter: name, MaxResults: 1})
	if err != nil {
		return outcome.Request(err)
	}
	if len(page.ModelVersions) == 0 {
		return outcome.Stall(v1alpha1.ReasonRequestRefused, unsearchable(s, errHidden)).LookAgain(resolved)
	}
	return outcome.Done()
}

func numbersOf(versions []*entities.ModelVersion) string {
	numbers := make([]string, 0, len(versions))
	for _, v := range versions {
		numbers = append(numbers, v.Version)
	}
	return strings.Join(numbers, ", ")
}
