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
	"github.com/neuronews/mlflow-registry-operator/internal/controller/telling"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
)

// findLive reads the model afresh. Where it is gone, or was created again, so is the version.
// An alias that the view shows is waited for without a request.
func (r *Reconciler) findLive(ctx context.Context, s *scope) (bool, outcome.Outcome) {
	if live, listed := s.view.Model(s.object.Status.ModelName); listed && s.number() != "" && !s.requested {
		if use := usesOf(live, &entities.ModelVersion{Version: s.number()}, nil); use != "" {
			return false, inUse(s, use)
		}
	}
	live, err := s.view.Reader().RegisteredModel(ctx, s.object.Status.ModelName)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		return false, outcome.Done()
	case err != nil:
		return false, outcome.Request(err)
	}
	s.note(live)
	if known := s.object.Status.ModelCreationTimestamp; known != 0 && known != int64(live.CreationTimestamp) {
		return false, outcome.Done()
	}
	if owner := ownership.Of(live); owner != "" && owner != r.markOfModel(s.object) {
		s.happened(left(s, fmt.Sprintf("the model is managed by %s by now", owner)))
		return false, outcome.Done()
	}
	return true, outcome.Done()
}

// markOfModel is what the RegisteredModel marks its model with, whether or not it still exists.
func (r *Reconciler) markOfModel(object *v1alpha1.ModelVersion) ownership.Mark {
	return ownership.NewMark(r.Instance, &v1alpha1.RegisteredModel{
		ObjectMeta: metav1.ObjectMeta{Namespace: object.Namespace, Name: string(object.Spec.ModelRef.Name)},
	})
}

// findVersion reads the version, or looks for one whose registration nobody lived to tell.
func (r *Reconciler) findVersion(ctx context.Context, s *scope) (bool, outcome.Outcome) {
	if s.number() == "" {
		return r.findUntold(ctx, s)
	}
	version, err := s.view.Client().GetModelVersion(ctx, s.live.Name, s.number())
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		return false, outcome.Done()
	case err != nil:
		return false, outcome.Request(err)
	}
	s.see(version)
	return true, outcome.Done()
}

func (r *Reconciler) findUntold(ctx context.Context, s *scope) (bool, outcome.Outcome) {
	found, ended := r.searchMarked(ctx, s)
	if !ended.IsDone() {
		return false, ended
	}
	switch len(found) {
	case 0:
		return false, r.outwait(ctx, s)
	case 1:
		s.object.Status.Version = v1alpha1.Version(found[0].Version)
		return r.findVersion(ctx, s)
	default:
		s.happened(left(s, fmt.Sprintf("versions %s carry the tag of this object", numbersOf(found))))
		return false, outcome.Done()
	}
}

// disposeOf archives or deletes the version, unless somebody needs it. That is judged by the
// version as it was read last: nothing comes between that and the write.
func (r *Reconciler) disposeOf(ctx context.Context, s *scope) (bool, outcome.Outcome) {
	deletes := s.object.Spec.DeletionPolicy == v1alpha1.VersionDelete
	switch {
	case deletes && !isMarked(s.version, s.object):
		s.happened(left(s, fmt.Sprintf("it does not carry the tag %s of this object", v1alpha1.RegisteredByTag)))
		return false, outcome.Done()
	case !deletes && s.version.CurrentStage == entities.StageArchived:
		return true, outcome.Done()
	}
	if use := usesOf(s.live, s.version, s.promotions); use != "" {
		return false, inUse(s, use)
	}
	return true, r.carryOut(ctx, s, deletes)
}

func inUse(s *scope, use string) outcome.Outcome {
	return outcome.Wait(v1alpha1.ReasonVersionInUse, fmt.Sprintf(
		"version %s of model %s %s: let another version take its place, or set deletionPolicy to Retain",
		s.number(), s.object.Status.ModelName, use), telling.Patience)
}

func (r *Reconciler) carryOut(ctx context.Context, s *scope, deletes bool) outcome.Outcome {
	ctx, cancel := telling.Unstoppable(ctx, telling.Acting)
	defer cancel()
	if deletes {
		err := s.view.Client().DeleteModelVersion(ctx, s.live.Name, s.number())
		if err != nil && !errors.Is(err, mlflow.ErrNotFound) {
			return outcome.Request(err)
		}
		s.happened(removed(s))
	} else {
		err := s.view.Client().TransitionModelVersionStage(ctx, s.live.Name, s.number(), entities.StageArchived, false)
		if err != nil {
			return outcome.Request(err)
		}
		s.happened(archived(s))
	}
	// If the model can't be read, the next poll shows it.
	if live, err := s.view.Reader().RegisteredModel(ctx, s.live.Name); err == nil {
		s.note(live)
	}
	return outcome.Done()
}

// usesOf says what holds a version: aliases, those included that the version tells and the
// model did not, a promotion that is moving its stage to it, or one of MLflow's legacy stages;
// empty where nothing does.
func usesOf(live *entities.RegisteredModel, version *entities.ModelVersion, promotions []v1alpha1.ModelPromotion) string {
	aliases := slices.Sorted(slices.Values(slices.Concat(live.AliasesOf(version.Version), version.Aliases)))
	if len(aliases) > 0 {
		return "holds alias " + strings.Join(slices.Compact(aliases), ", ")
	}
	for i := range promotions {
		p := &promotions[i]
		if u := p.Status.Underway; u != nil && string(u.Version) == version.Version {
			return fmt.Sprintf("is taking stage %s by ModelPromotion %s", p.Spec.Stage, p.Name)
		}
	}
	if stage := version.CurrentStage; stage == entities.StageStaging || stage == entities.StageProduction {
		return "is in MLflow's stage " + stage
	}
	return ""
}
