// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"

	"github.com/neuronews/mlflow-registry-operator/internal/retention"
)

// applyRetention looks after the versions that nothing keeps. After it, they are archived or
// deleted, or as many as one pass does and the next one follows; or, in Observe mode, it is
// known which they would be. The versions are listed only when one may have become due.
func (r *Reconciler) applyRetention(ctx context.Context, s *scope) reconciler.Result {
	status := &s.object.Status
	if s.effectiveSpec.Retention == nil || s.mlflowModel == nil {
		status.Versions = nil
		return reconciler.Continue()
	}
	protected, result := findProtected(ctx, r.Client, s, s.promotions)
	if !result.CanContinue() {
		s.pendingChanges = append(s.pendingChanges, retainedPlan(s.oldStatus.Plan)...)
		return result
	}
	state := s.retentionState(protected)
	digest := state.Digest()
	if status.Versions != nil && status.Versions.ObservedHash == digest && !s.reconcileRequested {
		s.pendingChanges = append(s.pendingChanges, retainedPlan(s.oldStatus.Plan)...)
		return reconciler.Continue()
	}
	versions, result := listVersions(ctx, s)
	if !result.CanContinue() {
		s.pendingChanges = append(s.pendingChanges, retainedPlan(s.oldStatus.Plan)...)
		return result
	}
	plan := retention.NewPlan(state, versions)
	status.Versions = countVersions(plan)
	if len(plan.Pending()) > 0 && !s.isReadOnly() {
		return r.disposeVersions(ctx, s, versions)
	}
	s.pendingChanges = append(s.pendingChanges, planVersionChanges(plan)...)
	status.Versions.ObservedHash = digest
	return reconciler.Continue()
}

// findProtected finds the versions that something in the cluster needs. The ModelVersions that
// promotions name are read where the promotions were.
func findProtected(
	ctx context.Context, reader client.Reader, s *scope, promotions []v1alpha1.ModelPromotion,
) (retention.ProtectedVersions, reconciler.Result) {
	versions, err := kubeutil.ListReferencedVersions(ctx, reader, promotions)
	if err != nil {
		return nil, reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	return retention.FindProtected(s.stages, promotions, versions), reconciler.Continue()
}

// retentionState is what the retention depends on, as the pass sees it.
func (s *scope) retentionState(protected retention.ProtectedVersions) retention.State {
	return retention.State{
		Policy:    *s.effectiveSpec.Retention,
		Model:     s.mlflowModel,
		Protected: protected,
		ReadOnly:  s.isReadOnly(),
	}
}

const (
	// versionPageSize is one request for nearly every model: a version is about 1 KB.
	versionPageSize = 1000
	// maxVersionPages bounds what a server can make the operator hold.
	maxVersionPages = 100
)

// listVersions reads all versions of the model, each once.
func listVersions(ctx context.Context, s *scope) ([]*entities.ModelVersion, reconciler.Result) {
	filter, err := mlflow.FilterEquals("name", s.modelName)
	if err != nil {
		return nil, reconciler.Terminal(v1alpha1.ReasonInvalidSpec, fmt.Sprintf(
			"the versions of model %s can't be listed for its retention, remove it: %v", s.modelName, err))
	}
	request := mlflow.SearchRequest{Filter: filter, MaxResults: versionPageSize}
	seen := map[string]*entities.ModelVersion{}
	for range maxVersionPages {
		page, err := s.snapshot.Client().SearchModelVersions(ctx, request)
		if err != nil {
			return nil, reconciler.FromMLflowError(err)
		}
		for _, v := range page.ModelVersions {
			// Some databases take names that differ in case for the same.
			if v.Name == s.modelName {
				seen[v.Version] = v
			}
		}
		if page.NextPageToken == "" {
			return slices.Collect(maps.Values(seen)), reconciler.Continue()
		}
		request.PageToken = page.NextPageToken
	}
	return nil, reconciler.Terminal(v1alpha1.ReasonInvalidSpec, fmt.Sprintf(
		"model %s has more than %d versions, too many for its retention: remove it, or delete some", s.modelName, maxVersionPages*versionPageSize))
}

func countVersions(plan retention.Plan) *v1alpha1.VersionsStatus {
	count := &v1alpha1.VersionsStatus{}
	for _, d := range plan.Decisions {
		count.Total++
		if d.Version.CurrentStage == entities.StageArchived {
			count.Archived++
		}
	}
	return count
}

const (
	// versionFieldPrefix begins the fields of status.plan that speak of versions.
	versionFieldPrefix = "versions/"
	// maxPlannedVersions is the bound that the API names.
	maxPlannedVersions = 100
)

// planVersionChanges is what Observe mode leaves undone.
func planVersionChanges(plan retention.Plan) []v1alpha1.PlannedChange {
	due := plan.Pending()
	due = due[:min(len(due), maxPlannedVersions)]
	changes := make([]v1alpha1.PlannedChange, 0, len(due))
	for _, d := range due {
		desired := ""
		if d.Action == retention.ActionArchive {
			desired = entities.StageArchived
		}
		changes = append(changes, newPlannedChange(versionFieldPrefix+d.Version.Version, d.Version.CurrentStage, desired))
	}
	return changes
}

// retainedPlan is the part of the last plan that speaks of versions: it holds as long as
// they need not be listed again.
func retainedPlan(plan []v1alpha1.PlannedChange) []v1alpha1.PlannedChange {
	return slices.DeleteFunc(slices.Clone(plan), func(p v1alpha1.PlannedChange) bool {
		return !strings.HasPrefix(p.Field, versionFieldPrefix)
	})
}
