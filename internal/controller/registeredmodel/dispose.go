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
	"github.com/neuronews/mlflow-registry-operator/internal/controller/inheriting"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/telling"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
	"github.com/neuronews/mlflow-registry-operator/internal/retention"
)

const (
	// batch is how many versions one pass archives or deletes: less than half a second of
	// a server's time, after which the others have their turn.
	batch = 20
	// soon is when the next pass follows where there is more to do.
	soon = 100 * time.Millisecond
)

// dispose archives or deletes a batch of the versions that nothing keeps. What was decided
// on the view and the cache is decided again on what MLflow and the API server show now:
// an alias may have been moved to a version, or a promotion may have begun to want it.
func (r *Reconciler) dispose(ctx context.Context, s *scope, versions []*entities.ModelVersion) outcome.Outcome {
	protected, ended := r.confirmDisposal(ctx, s)
	if !ended.IsDone() {
		return ended
	}
	plan := retention.NewPlan(s.situation(protected), versions)
	due := plan.Due()
	due = due[:min(len(due), batch)]
	var done []retention.Decision
	for _, d := range due {
		did, ended := r.disposeOf(ctx, s, plan, d)
		if did {
			done = append(done, d)
		}
		if !ended.IsDone() {
			s.tellArchived(done)
			return ended
		}
	}
	s.tellArchived(done)
	return r.checkDisposal(ctx, s, protected, done)
}

// checkDisposal trusts no write: what was archived or deleted must be so. After it, there is
// nothing more to do, or another pass follows.
func (r *Reconciler) checkDisposal(
	ctx context.Context, s *scope, protected retention.Protected, done []retention.Decision,
) outcome.Outcome {
	if ended := r.look(ctx, s); !ended.IsDone() || s.live == nil {
		return ended
	}
	versions, ended := listVersions(ctx, s)
	if !ended.IsDone() {
		return ended
	}
	situation := s.situation(protected)
	plan := retention.NewPlan(situation, versions)
	s.object.Status.Versions = counted(plan)
	due := plan.Due()
	for _, d := range due {
		if slices.ContainsFunc(done, func(before retention.Decision) bool { return before.Version.Version == d.Version.Version }) {
			return outcome.Retry(v1alpha1.ReasonRequestFailed, notDone(d))
		}
	}
	switch {
	case len(due) == 0:
		s.object.Status.Versions.CheckedFor = situation.Digest()
	case len(done) > 0:
		s.again = soon
	default:
		// Each of them was spared by what a look at itself has shown.
		s.again = telling.Patience
	}
	return outcome.Done()
}

// confirmDisposal looks at everything that may keep a version once more. After it, the object
// and its class are what the pass has read, and the model in MLflow is ours, as it is now. It
// tells which versions are needed in the cluster, as the API server itself shows it.
func (r *Reconciler) confirmDisposal(ctx context.Context, s *scope) (retention.Protected, outcome.Outcome) {
	if ended := telling.Confirm(ctx, r.Reader, s.object, "the object was edited meanwhile"); !ended.IsDone() {
		return nil, ended
	}
	if ended := inheriting.Confirm(ctx, r.Reader, s.inherited); !ended.IsDone() {
		return nil, ended
	}
	promotions, err := kube.PromotionsNow(ctx, r.Reader, client.ObjectKeyFromObject(s.object))
	if err != nil {
		return nil, outcome.Retry(v1alpha1.ReasonProgressing, err)
	}
	protected, ended := protect(ctx, r.Reader, s, promotions)
	if !ended.IsDone() {
		return nil, ended
	}
	if ended := r.confirmView(ctx, s); !ended.IsDone() {
		return nil, ended
	}
	created := s.live.CreationTimestamp
	if ended := r.look(ctx, s); !ended.IsDone() {
		return nil, ended
	}
	if s.live == nil || s.live.CreationTimestamp != created || ownership.Of(s.live) != s.mark {
		return nil, telling.StartAgain("the model is another one, or another owner's, meanwhile")
	}
	return protected, outcome.Done()
}

// disposeOf archives or deletes one version. It tells whether that was done: a version that
// is gone, or that is kept by now, is left alone.
func (r *Reconciler) disposeOf(ctx context.Context, s *scope, plan retention.Plan, d retention.Decision) (bool, outcome.Outcome) {
	d, err := judgeAgain(ctx, s, plan, d)
	if err == nil {
		switch d.Action {
		case retention.Delete:
			err = s.view.Client().DeleteModelVersion(ctx, s.name, d.Version.Version)
			s.tellDeleted(d, err)
		case retention.Archive:
			err = r.archive(ctx, s, d)
		default:
			return false, outcome.Done()
		}
	}
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		return false, outcome.Done()
	case err != nil:
		return false, outcome.Request(err)
	}
	s.acted = true
	return true, outcome.Done()
}

// judgeAgain reads a version right before it is archived or deleted.
func judgeAgain(ctx context.Context, s *scope, plan retention.Plan, d retention.Decision) (retention.Decision, error) {
	now, err := s.view.Client().GetModelVersion(ctx, s.name, d.Version.Version)
	if err != nil {
		return d, err
	}
	if now.CreationTimestamp != d.Version.CreationTimestamp {
		return retention.Decision{Version: now, Action: retention.Keep}, nil
	}
	return plan.Judge(now), nil
}

// archive says on the version why it is archived, and then archives it: none is ever
// archived without its reason.
func (r *Reconciler) archive(ctx context.Context, s *scope, d retention.Decision) error {
	note := retention.Note(d, *s.inherited.Retention, string(s.mark), r.Clock.Now())
	if err := s.view.Client().SetModelVersionTag(ctx, s.name, d.Version.Version, v1alpha1.ArchivedTag, note); err != nil {
		return err
	}
	s.acted = true
	return s.view.Client().TransitionModelVersionStage(ctx, s.name, d.Version.Version, entities.StageArchived, false)
}
