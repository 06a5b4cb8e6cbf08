// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"
	"errors"
	"slices"
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
	s.object.Status.Versions = countVersions(plan)
	due := plan.Pending()
	for _, d := range due {
		if slices.ContainsFunc(done, func(before retention.Decision) bool { return before.Version.Version == d.Version.Version }) {
			return reconciler.RetryableError(v1alpha1.ReasonMLflowError, notPersistedError(d))
		}
	}
	switch {
	case len(due) == 0:
		s.object.Status.Versions.ObservedHash = state.Digest()
	case len(done) > 0:
		s.requeueAfter = nextBatchDelay
	default:
		// Each of them was spared by what a look at itself has shown.
		s.requeueAfter = reconciler.DeletionRequeueAfter
	}
	return reconciler.Continue()
}

// revalidateDisposal looks at everything that may keep a version once more. After it, the object
// and its class are what the pass has read, and the model in MLflow is ours, as it is now. It
// tells which versions are needed in the cluster, as the API server itself shows it.
func (r *Reconciler) revalidateDisposal(ctx context.Context, s *scope) (retention.ProtectedVersions, reconciler.Result) {
	if result := reconciler.RevalidateObject(ctx, r.APIReader, s.object, "the object was edited meanwhile"); !result.CanContinue() {
		return nil, result
	}
	if result := modelref.RevalidateClass(ctx, r.APIReader, s.effectiveSpec); !result.CanContinue() {
		return nil, result
	}
	promotions, err := kubeutil.ListPromotionsUncached(ctx, r.APIReader, client.ObjectKeyFromObject(s.object))
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
			err = s.snapshot.Client().DeleteModelVersion(ctx, s.modelName, d.Version.Version)
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
	s.wroteMLflow = true
	return true, reconciler.Continue()
}

// recheckDecision reads a version right before it is archived or deleted.
func recheckDecision(ctx context.Context, s *scope, plan retention.Plan, d retention.Decision) (retention.Decision, error) {
	now, err := s.snapshot.Client().GetModelVersion(ctx, s.modelName, d.Version.Version)
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
	if err := s.snapshot.Client().SetModelVersionTag(ctx, s.modelName, d.Version.Version, v1alpha1.ArchivedTag, note); err != nil {
		return err
	}
	s.wroteMLflow = true
	return s.snapshot.Client().TransitionModelVersionStage(ctx, s.modelName, d.Version.Version, entities.StageArchived, false)
}
