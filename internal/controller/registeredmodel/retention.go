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

// applyRetention archives or deletes the versions that nothing protects. After it, all of them are
// archived or deleted, or the first batch is and another reconcile follows; or, in read-only mode,
// the plan lists them. The versions are listed only if one may have become due.
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

// findProtected returns the versions that something in the cluster needs. The ModelVersions that
// promotions refer to are read from the same reader as the promotions.
func findProtected(
	ctx context.Context, reader client.Reader, s *scope, promotions []v1alpha1.ModelPromotion,
) (retention.ProtectedVersions, reconciler.Result) {
	versions, err := kubeutil.ListReferencedVersions(ctx, reader, promotions)
	if err != nil {
		return nil, reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	return retention.FindProtected(s.effectiveSpec.Stages, promotions, versions), reconciler.Continue()
}

// retentionState returns what the retention depends on in this reconcile.
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
	// maxVersionPages limits how much memory a server can make the operator use.
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
	versions := map[string]*entities.ModelVersion{}
	for range maxVersionPages {
		page, err := s.Snapshot.Client().SearchModelVersions(ctx, request)
		if err != nil {
			return nil, reconciler.FromMLflowError(err)
		}
		for _, v := range page.ModelVersions {
			// Some databases treat names that differ in case as the same.
			if v.Name == s.modelName {
				versions[v.Version] = v
			}
		}
		if page.NextPageToken == "" {
			return slices.Collect(maps.Values(versions)), reconciler.Continue()
		}
		request.PageToken = page.NextPageToken
	}
	return nil, reconciler.Terminal(v1alpha1.ReasonInvalidSpec, fmt.Sprintf(
		"model %s has more than %d versions, too many for its retention: remove it, or delete some",
		s.modelName, maxVersionPages*versionPageSize))
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
	// versionFieldPrefix begins the fields of status.plan that are about versions.
	versionFieldPrefix = "versions/"
	// maxPlannedVersions is the limit of the API.
	maxPlannedVersions = 100
)

// planVersionChanges returns what read-only mode leaves undone.
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

// retainedPlan returns the part of the last plan that is about versions. It is valid until the
// versions are listed again.
func retainedPlan(plan []v1alpha1.PlannedChange) []v1alpha1.PlannedChange {
	return slices.DeleteFunc(slices.Clone(plan), func(p v1alpha1.PlannedChange) bool {
		return !strings.HasPrefix(p.Field, versionFieldPrefix)
	})
}

const (
	// batchSize is how many versions one reconcile archives or deletes: less than half a second of
	// a server's time, so that other objects do not wait long.
	batchSize = 20
	// nextBatchDelay is when the next batch follows.
	nextBatchDelay = 100 * time.Millisecond
)

// disposeVersions archives or deletes a batch of versions. What was decided on the snapshot and the
// cache is decided again on what MLflow and the API server show now: an alias may have been moved
// to a version, or a promotion may want it now.
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
		isDone, result := r.disposeVersion(ctx, s, plan, d)
		if isDone {
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

// verifyDisposal reads the versions again: MLflow may accept a write and not persist it. After it,
// nothing is due, or another reconcile follows.
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
		// The read of each version has shown something that protects it.
		return reconciler.Continue().WithRequeueAfter(reconciler.DeletionRequeueAfter)
	}
	return reconciler.Continue()
}

// revalidateDisposal reads again everything that may protect a version. After it, the object and
// its class are the ones that were read before, and this object still owns the model. It returns
// the versions that are needed in the cluster, as the API server shows them.
func (r *Reconciler) revalidateDisposal(ctx context.Context, s *scope) (retention.ProtectedVersions, reconciler.Result) {
	if result := reconciler.RevalidateObject(ctx, r.APIReader, s.Object, "the object was edited during the reconcile"); !result.CanContinue() {
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
	createdAt := s.mlflowModel.CreationTimestamp
	if result := r.readModel(ctx, s); !result.CanContinue() {
		return nil, result
	}
	if s.mlflowModel == nil || s.mlflowModel.CreationTimestamp != createdAt || ownership.OwnerOf(s.mlflowModel) != s.owner {
		return nil, reconciler.RequeueConflict("the model was created again, or has another owner")
	}
	return protected, reconciler.Continue()
}

// disposeVersion archives or deletes one version, and returns whether it did: a version that no
// longer exists, or is protected now, is left alone.
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
	current, err := s.Snapshot.Client().GetModelVersion(ctx, s.modelName, d.Version.Version)
	if err != nil {
		return d, err
	}
	if current.CreationTimestamp != d.Version.CreationTimestamp {
		return retention.Decision{Version: current, Action: retention.ActionKeep}, nil
	}
	return plan.Decide(current), nil
}

// archiveVersion writes the reason to the version, and then archives it: no version is archived
// without its reason.
func (r *Reconciler) archiveVersion(ctx context.Context, s *scope, d retention.Decision) error {
	value := retention.ArchiveTag(d, *s.effectiveSpec.Retention, string(s.owner), r.Clock.Now())
	if err := s.Snapshot.Client().SetModelVersionTag(ctx, s.modelName, d.Version.Version, v1alpha1.ArchivedTag, value); err != nil {
		return err
	}
	s.WroteMLflow = true
	return s.Snapshot.Client().TransitionModelVersionStage(ctx, s.modelName, d.Version.Version, entities.StageArchived, false)
}
