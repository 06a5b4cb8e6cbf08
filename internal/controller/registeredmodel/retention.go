// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelref"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
	"github.com/neuronews/mlflow-registry-operator/internal/retention"
)

// applyRetention looks after the versions that nothing keeps. After it, they are archived or
// deleted, or as many as one pass does and the next one follows; or, in Observe mode, it is
// known which they would be. The versions are listed only when one may have become due.
func (r *Reconciler) applyRetention(ctx context.Context, s *scope) reconciler.Result {
	status := &s.Object.Status
	if s.effectiveSpec.Retention == nil || s.mlflowModel == nil {
		status.Versions = nil
		return reconciler.Continue()
	}
	protected, result := findProtected(ctx, r.Client, s, s.promotions)
	if !result.CanContinue() {
		s.pendingChanges = append(s.pendingChanges, retainedPlan(s.Before.Status.Plan)...)
		return result
	}
	state := s.retentionState(protected)
	digest := state.Digest()
	if status.Versions != nil && status.Versions.ObservedHash == digest && !s.ReconcileRequested {
		s.pendingChanges = append(s.pendingChanges, retainedPlan(s.Before.Status.Plan)...)
		return reconciler.Continue()
	}
	versions, result := listVersions(ctx, s)
	if !result.CanContinue() {
		s.pendingChanges = append(s.pendingChanges, retainedPlan(s.Before.Status.Plan)...)
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
	return retention.FindProtected(s.effectiveSpec.Stages, promotions, versions), reconciler.Continue()
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
		page, err := s.Snapshot.Client().SearchModelVersions(ctx, request)
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

const (
	// batchSize is how many versions one pass archives or deletes: less than half a second of
	// a server's time, after which the others have their turn.
	batchSize = 20
	// nextBatchDelay is when the next pass follows where there is more to do.
	nextBatchDelay = 100 * time.Millisecond
)

// disposeVersions archives or deletes a batch of the versions that nothing keeps. What was decided
// on the view and the cache is decided again on what MLflow and the API server show now:
// an alias may have been moved to a version, or a promotion may have begun to want it.
func (r *Reconciler) disposeVersions(ctx context.Context, s *scope, versions []*entities.ModelVersion) reconciler.Result {
	protected, result := r.revalidateDisposal(ctx, s)
	if !result.CanContinue() {
		return result
	}
	plan := retention.NewPlan(s.retentionState(protected), versions)
	due := plan.Pending()
	due = due[:min(len(due), batchSize)]
	var done []retention.Decision
	for _, d := range due {
		did, result := r.disposeVersion(ctx, s, plan, d)
		if did {
			done = append(done, d)
		}
		if !result.CanContinue() {
			s.addArchivedEvent(done)
			return result
		}
	}
	s.addArchivedEvent(done)
	return r.verifyDisposal(ctx, s, protected, done)
}

// verifyDisposal trusts no write: what was archived or deleted must be so. After it, there is
// nothing more to do, or another pass follows.
func (r *Reconciler) verifyDisposal(
	ctx context.Context, s *scope, protected retention.ProtectedVersions, done []retention.Decision,
) reconciler.Result {
	if result := r.readModel(ctx, s); !result.CanContinue() || s.mlflowModel == nil {
		return result
	}
	versions, result := listVersions(ctx, s)
	if !result.CanContinue() {
		return result
	}
	state := s.retentionState(protected)
	plan := retention.NewPlan(state, versions)
	s.Object.Status.Versions = countVersions(plan)
	due := plan.Pending()
	for _, d := range due {
		if slices.ContainsFunc(done, func(before retention.Decision) bool { return before.Version.Version == d.Version.Version }) {
			return reconciler.RetryableError(v1alpha1.ReasonMLflowError, notPersistedError(d))
		}
	}
	switch {
	case len(due) == 0:
		s.Object.Status.Versions.ObservedHash = state.Digest()
	case len(done) > 0:
		return reconciler.Continue().WithRequeueAfter(nextBatchDelay)
	default:
		// Each of them was spared by what a look at itself has shown.
		return reconciler.Continue().WithRequeueAfter(reconciler.DeletionRequeueAfter)
	}
	return reconciler.Continue()
}

// revalidateDisposal looks at everything that may keep a version once more. After it, the object
// and its class are what the pass has read, and the model in MLflow is ours, as it is now. It
// tells which versions are needed in the cluster, as the API server itself shows it.
func (r *Reconciler) revalidateDisposal(ctx context.Context, s *scope) (retention.ProtectedVersions, reconciler.Result) {
	if result := reconciler.RevalidateObject(ctx, r.APIReader, s.Object, "the object was edited meanwhile"); !result.CanContinue() {
		return nil, result
	}
	if result := modelref.RevalidateClass(ctx, r.APIReader, s.effectiveSpec); !result.CanContinue() {
		return nil, result
	}
	promotions, err := kubeutil.ListPromotionsUncached(ctx, r.APIReader, client.ObjectKeyFromObject(s.Object))
	if err != nil {
		return nil, reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	protected, result := findProtected(ctx, r.APIReader, s, promotions)
	if !result.CanContinue() {
		return nil, result
	}
	if result := r.revalidateConnection(ctx, s); !result.CanContinue() {
		return nil, result
	}
	created := s.mlflowModel.CreationTimestamp
	if result := r.readModel(ctx, s); !result.CanContinue() {
		return nil, result
	}
	if s.mlflowModel == nil || s.mlflowModel.CreationTimestamp != created || ownership.OwnerOf(s.mlflowModel) != s.owner {
		return nil, reconciler.RequeueConflict("the model is another one, or another owner's, meanwhile")
	}
	return protected, reconciler.Continue()
}

// disposeVersion archives or deletes one version. It tells whether that was done: a version that
// is gone, or that is kept by now, is left alone.
func (r *Reconciler) disposeVersion(ctx context.Context, s *scope, plan retention.Plan, d retention.Decision) (bool, reconciler.Result) {
	d, err := recheckDecision(ctx, s, plan, d)
	if err == nil {
		switch d.Action {
		case retention.ActionDelete:
			err = s.Snapshot.Client().DeleteModelVersion(ctx, s.modelName, d.Version.Version)
			s.addDeletedEvent(d, err)
		case retention.ActionArchive:
			err = r.archiveVersion(ctx, s, d)
		case retention.ActionKeep:
			return false, reconciler.Continue()
		}
	}
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		return false, reconciler.Continue()
	case err != nil:
		return false, reconciler.FromMLflowError(err)
	}
	s.WroteMLflow = true
	return true, reconciler.Continue()
}

// recheckDecision reads a version right before it is archived or deleted.
func recheckDecision(ctx context.Context, s *scope, plan retention.Plan, d retention.Decision) (retention.Decision, error) {
	now, err := s.Snapshot.Client().GetModelVersion(ctx, s.modelName, d.Version.Version)
	if err != nil {
		return d, err
	}
	if now.CreationTimestamp != d.Version.CreationTimestamp {
		return retention.Decision{Version: now, Action: retention.ActionKeep}, nil
	}
	return plan.Decide(now), nil
}

// archiveVersion says on the version why it is archived, and then archives it: none is ever
// archived without its reason.
func (r *Reconciler) archiveVersion(ctx context.Context, s *scope, d retention.Decision) error {
	note := retention.ArchiveTag(d, *s.effectiveSpec.Retention, string(s.owner), r.Clock.Now())
	if err := s.Snapshot.Client().SetModelVersionTag(ctx, s.modelName, d.Version.Version, v1alpha1.ArchivedTag, note); err != nil {
		return err
	}
	s.WroteMLflow = true
	return s.Snapshot.Client().TransitionModelVersionStage(ctx, s.modelName, d.Version.Version, entities.StageArchived, false)
}
