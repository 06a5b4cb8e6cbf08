// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// resolveCandidate finds the version that is wanted. After it, its number is known. A version
// selector that finds no version keeps the last promoted one.
func (r *Reconciler) resolveCandidate(ctx context.Context, s *scope) reconciler.Result {
	if ref := s.Object.Spec.Reference(); ref != nil {
		return r.resolveReference(ctx, s, ref.Name)
	}
	s.resolution = promotion.Resolve(&s.Object.Spec, s.model.Spec.Stages, s.mlflowModel)
	if s.resolution.SearchTags != nil {
		if result := r.searchCandidate(ctx, s); !result.CanContinue() {
			return result
		}
	}
	if s.resolution.StageNotFound {
		return reconciler.Terminal(v1alpha1.ReasonReferenceNotFound, s.resolution.Message)
	}
	if last := s.planState().LastPromotedVersion(); s.resolution.Version == "" && last != "" {
		s.resolution.Version = last
		s.resolution.Message += fmt.Sprintf(": the last promoted version %s remains the candidate", last)
	}
	if s.resolution.Version == "" {
		return reconciler.Waiting(v1alpha1.ReasonVersionNotFound, s.resolution.Message, 0)
	}
	return reconciler.Continue()
}

// resolveReference gets the version of a ModelVersion, and waits until it is registered. It keeps no
// other version until then: a ModelVersion means one version.
func (r *Reconciler) resolveReference(ctx context.Context, s *scope, name v1alpha1.ObjectName) reconciler.Result {
	var version v1alpha1.ModelVersion
	err := r.Get(ctx, types.NamespacedName{Namespace: s.Object.Namespace, Name: string(name)}, &version)
	switch {
	case client.IgnoreNotFound(err) != nil:
		return reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	case err != nil:
		return reconciler.Waiting(v1alpha1.ReasonVersionNotFound, fmt.Sprintf("there is no ModelVersion %s: create it", name), 0)
	case version.Spec.ModelRef != s.Object.Spec.ModelRef:
		return reconciler.Terminal(v1alpha1.ReasonVersionNotFound, fmt.Sprintf(
			"ModelVersion %s is of RegisteredModel %s, not of %s: name one of the same model",
			name, version.Spec.ModelRef.Name, s.Object.Spec.ModelRef.Name))
	}
	s.resolution = promotion.ResolveModelVersion(&version, s.mlflowModel)
	if s.resolution.Version == "" {
		return reconciler.Waiting(v1alpha1.ReasonVersionNotReady, s.resolution.Message, 0)
	}
	return reconciler.Continue()
}

// searchCandidate searches MLflow for the newest version with the tags, which the list does not show.
func (r *Reconciler) searchCandidate(ctx context.Context, s *scope) reconciler.Result {
	request, err := newSearchRequest(s.mlflowModel.Name, s.resolution.SearchTags)
	if err != nil {
		return reconciler.Terminal(v1alpha1.ReasonInvalidSpec, err.Error())
	}
	page, err := s.Snapshot.Client().SearchModelVersions(ctx, request)
	if err != nil {
		return reconciler.FromMLflowError(err)
	}
	var found *entities.ModelVersion
	if len(page.ModelVersions) > 0 {
		found = page.ModelVersions[0]
	}
	s.resolution = promotion.ResolveSearch(s.mlflowModel.Name, s.Object.Spec.VersionFrom.Latest.Tags, found)
	return reconciler.Continue()
}

// newSearchRequest searches for the newest version of a model that has the tags. The error is a
// sentence about a value that no filter of MLflow can express.
func newSearchRequest(model string, tags map[string]string) (mlflow.SearchRequest, error) {
	name, err := mlflow.FilterEquals("name", model)
	if err != nil {
		return mlflow.SearchRequest{}, err
	}
	clauses := []string{name}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		clause, err := mlflow.FilterTag(key, tags[key])
		if err != nil {
			return mlflow.SearchRequest{}, err
		}
		clauses = append(clauses, clause)
	}
	return mlflow.SearchRequest{
		Filter:     strings.Join(clauses, " and "),
		OrderBy:    []string{"version_number DESC"},
		MaxResults: 1,
	}, nil
}

// planPromotion compares the wanted version with the current one. After it, the step is known. It
// makes no request, unless the version may have been deleted although the alias does not show it:
// a deletion changes the model's timestamp, so one request for each timestamp is enough.
func (r *Reconciler) planPromotion(ctx context.Context, s *scope) reconciler.Result {
	s.Object.Status.BlockedUntil = nil
	s.updateDecision()
	key := client.ObjectKeyFromObject(s.Object)
	if !s.decision.MustVerifyVersion || r.deletionChecks.isChecked(key, s.mlflowModel) {
		return reconciler.Continue()
	}
	if result := r.readCandidate(ctx, s); !result.CanContinue() {
		return result
	}
	if s.versionMissing {
		s.updateDecision()
		return reconciler.Continue()
	}
	r.deletionChecks.timestamps.Store(key, s.mlflowModel.LastUpdatedTimestamp)
	return reconciler.Continue()
}

// pinCandidate reads the candidate. After it, the status shows which artifact is evaluated and which
// version it replaces. The status is written with the write-ahead record or with the gate
// results, whichever comes first: a crash before that leaves MLflow unchanged, and the next
// reconcile evaluates what it finds.
func (r *Reconciler) pinCandidate(ctx context.Context, s *scope) reconciler.Result {
	if result := r.readCandidate(ctx, s); !result.CanContinue() {
		return result
	}
	s.updateDecision()
	if s.decision.StaleSelection == "" {
		return reconciler.Continue()
	}
	// The snapshot is stale, and what it lacks decides which version is wanted.
	if _, result := r.readModel(ctx, s); !result.CanContinue() {
		return result
	}
	return reconciler.RequeueConflict(s.decision.StaleSelection)
}

// readCandidate reads the candidate from MLflow, once. That it does not exist is for the gates to report.
func (r *Reconciler) readCandidate(ctx context.Context, s *scope) reconciler.Result {
	if s.version != nil || s.versionMissing {
		return reconciler.Continue()
	}
	key := gate.VersionKey(s.mlflowModel.Name, s.resolution.Version)
	version, err := s.Snapshot.Reader().ModelVersion(ctx, s.mlflowModel.Name, s.resolution.Version)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		s.versionMissing = true
		s.evidence.PutAbsent(key)
	case err != nil:
		return reconciler.FromMLflowError(err)
	default:
		s.version = version
		s.evidence.Put(key, version)
	}
	return reconciler.Continue()
}
