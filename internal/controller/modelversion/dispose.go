// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"

	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
)

// readMLflowModel reads the model afresh. Where it is gone, or was created again, so is the version.
// An alias that the view shows is waited for without a request.
func (r *Reconciler) readMLflowModel(ctx context.Context, s *scope) (bool, reconciler.Result) {
	if live, listed := s.snapshot.Model(s.object.Status.ModelName); listed && s.versionNumber() != "" && !s.reconcileRequested {
		if use := describeUse(live, &entities.ModelVersion{Version: s.versionNumber()}, nil); use != "" {
			return false, versionInUse(s, use)
		}
	}
	live, err := s.snapshot.Reader().RegisteredModel(ctx, s.object.Status.ModelName)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		return false, reconciler.Continue()
	case err != nil:
		return false, reconciler.FromMLflowError(err)
	}
	s.updateSnapshot(live)
	if known := s.object.Status.ModelCreationTimestamp; known != 0 && known != int64(live.CreationTimestamp) {
		return false, reconciler.Continue()
	}
	if owner := ownership.OwnerOf(live); owner != "" && owner != r.newModelOwner(s.object) {
		s.addEvent(orphanedEvent(s, fmt.Sprintf("the model is managed by %s by now", owner)))
		return false, reconciler.Continue()
	}
	return true, reconciler.Continue()
}

// newModelOwner is what the RegisteredModel marks its model with, whether or not it still exists.
func (r *Reconciler) newModelOwner(object *v1alpha1.ModelVersion) ownership.Owner {
	return ownership.NewOwner(r.InstanceID, &v1alpha1.RegisteredModel{
		ObjectMeta: metav1.ObjectMeta{Namespace: object.Namespace, Name: string(object.Spec.ModelRef.Name)},
	})
}

// readMLflowVersion reads the version, or looks for one whose registration nobody lived to tell.
func (r *Reconciler) readMLflowVersion(ctx context.Context, s *scope) (bool, reconciler.Result) {
	if s.versionNumber() == "" {
		return r.findUnrecorded(ctx, s)
	}
	version, err := s.snapshot.Client().GetModelVersion(ctx, s.mlflowModel.Name, s.versionNumber())
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		return false, reconciler.Continue()
	case err != nil:
		return false, reconciler.FromMLflowError(err)
	}
	s.setVersion(version)
	return true, reconciler.Continue()
}

func (r *Reconciler) findUnrecorded(ctx context.Context, s *scope) (bool, reconciler.Result) {
	found, result := r.searchRegistered(ctx, s)
	if !result.CanContinue() {
		return false, result
	}
	switch len(found) {
	case 0:
		return false, r.waitForInFlight(ctx, s)
	case 1:
		s.object.Status.Version = v1alpha1.Version(found[0].Version)
		return r.readMLflowVersion(ctx, s)
	default:
		s.addEvent(orphanedEvent(s, fmt.Sprintf("versions %s carry the tag of this object", joinNumbers(found))))
		return false, reconciler.Continue()
	}
}

// disposeVersion archives or deletes the version, unless somebody needs it. That is judged by the
// version as it was read last: nothing comes between that and the write.
func (r *Reconciler) disposeVersion(ctx context.Context, s *scope) (bool, reconciler.Result) {
	deletes := s.object.Spec.DeletionPolicy == v1alpha1.VersionDeletionPolicyDelete
	switch {
	case deletes && !isRegisteredBy(s.mlflowVersion, s.object):
		s.addEvent(orphanedEvent(s, fmt.Sprintf("it does not carry the tag %s of this object", v1alpha1.RegisteredByTag)))
		return false, reconciler.Continue()
	case !deletes && s.mlflowVersion.CurrentStage == entities.StageArchived:
		return true, reconciler.Continue()
	}
	if use := describeUse(s.mlflowModel, s.mlflowVersion, s.promotions); use != "" {
		return false, versionInUse(s, use)
	}
	return true, r.executeDeletion(ctx, s, deletes)
}

func versionInUse(s *scope, use string) reconciler.Result {
	return reconciler.Waiting(v1alpha1.ReasonVersionInUse, fmt.Sprintf(
		"version %s of model %s %s: let another version take its place, or set deletionPolicy to Retain",
		s.versionNumber(), s.object.Status.ModelName, use), reconciler.DeletionRequeueAfter)
}

func (r *Reconciler) executeDeletion(ctx context.Context, s *scope, deletes bool) reconciler.Result {
	ctx, cancel := reconciler.WithGracePeriod(ctx, reconciler.MLflowShutdownTimeout)
	defer cancel()
	if deletes {
		err := s.snapshot.Client().DeleteModelVersion(ctx, s.mlflowModel.Name, s.versionNumber())
		if err != nil && !errors.Is(err, mlflow.ErrNotFound) {
			return reconciler.FromMLflowError(err)
		}
		s.addEvent(deletedEvent(s))
	} else {
		err := s.snapshot.Client().TransitionModelVersionStage(ctx, s.mlflowModel.Name, s.versionNumber(), entities.StageArchived, false)
		if err != nil {
			return reconciler.FromMLflowError(err)
		}
		s.addEvent(archivedEvent(s))
	}
	// If the model can't be read, the next poll shows it.
	if live, err := s.snapshot.Reader().RegisteredModel(ctx, s.mlflowModel.Name); err == nil {
		s.updateSnapshot(live)
	}
	return reconciler.Continue()
}

// describeUse says what holds a version: aliases, those included that the version tells and the
// model did not, a promotion that is moving its stage to it, or one of MLflow's legacy stages;
// empty where nothing does.
func describeUse(live *entities.RegisteredModel, version *entities.ModelVersion, promotions []v1alpha1.ModelPromotion) string {
	aliases := slices.Sorted(slices.Values(slices.Concat(live.AliasesOf(version.Version), version.Aliases)))
	if len(aliases) > 0 {
		return "holds alias " + strings.Join(slices.Compact(aliases), ", ")
	}
	for i := range promotions {
		p := &promotions[i]
		if u := p.Status.PendingTransition; u != nil && string(u.Version) == version.Version {
			return fmt.Sprintf("is taking stage %s by ModelPromotion %s", p.Spec.Stage, p.Name)
		}
	}
	if stage := version.CurrentStage; stage == entities.StageStaging || stage == entities.StageProduction {
		return "is in MLflow's stage " + stage
	}
	return ""
}
