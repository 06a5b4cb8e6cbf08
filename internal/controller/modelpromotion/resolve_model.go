// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/connecting"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// resolveModel reads the RegisteredModel. After it, it is known which model is meant.
func (r *Reconciler) resolveModel(ctx context.Context, s *scope) outcome.Outcome {
	model, ended := connecting.ModelOf(ctx, r.Client, s.object, s.object.Spec.ModelRef)
	s.model, s.unwatched = model, ended.Reason == v1alpha1.ReasonModelNotReady
	return ended
}

// connect takes the view of the registry that the model belongs to.
func (r *Reconciler) connect(ctx context.Context, s *scope) outcome.Outcome {
	early := s.object.Status.ObservedGeneration == s.object.Generation && r.connector().IsUnsettled(ctx, s.model)
	view, ended := r.connector().View(ctx, s.model)
	s.view, s.quiet = view, early && view == nil
	return ended
}

func (r *Reconciler) connector() connecting.Connector {
	return connecting.Connector{Registry: r.Registry, Objects: r.Client}
}

// resolveStage finds the stage. After it, all that it demands is known, and the model in
// MLflow is known to be as declared.
func (r *Reconciler) resolveStage(ctx context.Context, s *scope) outcome.Outcome {
	if ended := connecting.ModelReady(s.model); !ended.IsDone() {
		s.quiet = connecting.IsUnderWay(s.model)
		s.unwatched = isLeftAlone(s.model)
		return ended
	}
	if ended := r.inherit(ctx, s); !ended.IsDone() {
		s.unwatched = ended.Reason != v1alpha1.ReasonProgressing
		return ended
	}
	return gatherDemands(s)
}

// isLeftAlone tells whether nobody looks after the stages of a model that is not ready: it is
// suspended, on its way out, or a person has to change it or its class. An outage is none.
func isLeftAlone(model *v1alpha1.RegisteredModel) bool {
	ready := meta.FindStatusCondition(model.Status.Conditions, v1alpha1.ConditionReady)
	return ptr.Deref(model.Spec.Suspend, false) || !model.DeletionTimestamp.IsZero() ||
		meta.IsStatusConditionTrue(model.Status.Conditions, v1alpha1.ConditionStalled) ||
		ready != nil && (ready.Reason == v1alpha1.ReasonClassNotFound || ready.Reason == v1alpha1.ReasonClassInvalid)
}

func gatherDemands(s *scope) outcome.Outcome {
	s.stage = s.model.Stage(s.object.Spec.Stage)
	if s.stage == nil {
		s.unwatched = true
		return outcome.Stall(v1alpha1.ReasonStageNotFound, fmt.Sprintf(
			"RegisteredModel %s has no stage %s: add it there, or delete this promotion", s.model.Name, s.object.Spec.Stage))
	}
	for _, g := range s.stage.Gates {
		s.demands = append(s.demands, gate.Demand{Gate: g, Origin: s.inherited.Origin(s.stage.Name, g.Name)})
	}
	for _, g := range s.object.Spec.Gates {
		s.demands = append(s.demands, gate.Demand{Gate: g, Origin: v1alpha1.GateOriginPromotion})
	}
	if names := gate.DuplicateNames(s.demands); len(names) > 0 {
		return outcome.Stall(v1alpha1.ReasonDuplicateGate, duplicateMessage(names))
	}
	s.dryRun = dryRun(s)
	return outcome.Done()
}

func duplicateMessage(names []string) string {
	if reserved := slices.DeleteFunc(slices.Clone(names), isOrdinary); len(reserved) > 0 {
		return fmt.Sprintf("the name %s is reserved for a built-in check: give the gate another name", strings.Join(reserved, ", "))
	}
	return fmt.Sprintf("two gates have the name %s: rename those of this promotion, which can't replace the stage's",
		strings.Join(names, ", "))
}

func isOrdinary(name string) bool {
	return !gate.IsReserved(name)
}

func dryRun(s *scope) string {
	switch {
	case s.switches.ReadOnly:
		return s.switches.WhyReadOnly()
	case s.object.IsDryRun():
		return "mode is DryRun"
	case s.model.Spec.Management == v1alpha1.ManagementObserve:
		return "management of the model is Observe"
	default:
		return ""
	}
}

// resolveRivals leaves the stage to an older promotion of it. After it, this object is
// the only one that may act. A dry run never acts, and is in nobody's way: it shows
// what would happen beside the promotion that does it.
func (r *Reconciler) resolveRivals(ctx context.Context, s *scope) outcome.Outcome {
	siblings, err := kube.PromotionsOf(ctx, r.Client, client.ObjectKeyFromObject(s.model))
	if err != nil {
		return outcome.Retry(v1alpha1.ReasonProgressing, err)
	}
	s.siblings = siblings
	if rival := oldestRival(siblings, s.object); rival != nil {
		s.unwatched = true
		return conflict(rival)
	}
	return outcome.Done()
}

// oldestRival is the promotion that has the stage: whatever the order in which the cache
// lists them, it is always the same one that is named.
func oldestRival(siblings []v1alpha1.ModelPromotion, own *v1alpha1.ModelPromotion) *v1alpha1.ModelPromotion {
	var oldest *v1alpha1.ModelPromotion
	for i := range siblings {
		other := &siblings[i]
		if isRival(other, own) && (oldest == nil || kube.Older(other, oldest)) {
			oldest = other
		}
	}
	return oldest
}

// isRival tells whether another promotion has the older claim to the stage.
func isRival(other, own *v1alpha1.ModelPromotion) bool {
	return other.UID != own.UID && other.Spec.Stage == own.Spec.Stage &&
		!other.IsDryRun() && !own.IsDryRun() && kube.Older(other, own)
}

// resolved is how soon the end of a conflict is noticed where nothing woke us.
const resolved = time.Minute

func conflict(older *v1alpha1.ModelPromotion) outcome.Outcome {
	return outcome.Stall(v1alpha1.ReasonConflict, fmt.Sprintf(
		"ModelPromotion %s is older and holds stage %s of the same model: delete one of the two",
		older.Name, older.Spec.Stage)).LookAgain(resolved)
}
