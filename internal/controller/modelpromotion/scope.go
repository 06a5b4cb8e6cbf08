// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"time"

	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/modelclass"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"
)

// scope is one reconcile of a promotion: what it has read, what was decided on that, and what
// it has done.
type scope struct {
	reconciler.Scope[*v1alpha1.ModelPromotion]
	inputs
	// decision is what has to happen. Set by planPromotion, and completed by pinCandidate. Zero
	// until then: the candidate is not known.
	decision promotion.Decision
	effects
}

// inputs are set once each, by the phase that resolves them. They are zero in the phases before.
type inputs struct {
	// startTime is when the reconcile began, and flags are the feature flags. Set by newScope.
	startTime time.Time
	flags     featureflags.Flags
	// evidence is what was read for the gates. Set by newScope, and filled by the phases that
	// read the candidate or evaluate gates.
	evidence *gate.Evidence

	// model is the RegisteredModel; from resolveStage on with the stages of its class. Set by resolveModel.
	model *v1alpha1.RegisteredModel
	// effectiveSpec is the spec of the model merged with its class. Set by resolveStage.
	effectiveSpec modelclass.EffectiveSpec
	// stage is the stage of the promotion. Set by resolveStage.
	stage *v1alpha1.Stage
	// gates are the gates of the class, of the stage and of the promotion. Set by resolveStage.
	gates []gate.Spec
	// dryRunReason says why nothing is written; empty if the promotion may write. Set by resolveStage.
	dryRunReason string
	// siblings are all promotions of the model, this one included. Set by resolveConflict.
	siblings []v1alpha1.ModelPromotion
	// resolution is which version is wanted. Set by resolveCandidate.
	resolution promotion.Resolution
	// version is the candidate in MLflow; nil if it was not read, or versionMissing is true: then
	// MLflow has no such version. Set by readCandidate.
	version        *entities.ModelVersion
	versionMissing bool
}

// effects are what the reconcile has done and found out on its way.
type effects struct {
	// mlflowModel is the model in MLflow as it was last read or written; nil if it was not found.
	// Set by observeModel, and by every phase that reads it again.
	mlflowModel *entities.RegisteredModel
	// historyChanged is true if the history has a new record. Set by recordTransition.
	historyChanged bool
	// gateResult is what the gates say of the candidate; nil if they were not evaluated. Set by evaluateGates.
	gateResult *gate.Result
	// rejection is why the candidate may not be promoted; empty reason if it may. Set by
	// evaluateGates. restoreLastPromoted adds to its message.
	rejection rejection
	// accessResult ends the reconcile if a gate lacks evidence that may not be read, by the
	// policy of the connection or by MLflow's permissions; Continue if there was none. Set by denyEvidence.
	accessResult reconciler.Result
	// tenureUnknown is true if the stage is not managed by this promotion, so that it is no longer
	// known since when a version has held it. Set by loseStage.
	tenureUnknown bool
	// outcomes are counted once the status is written. Set by the phases that know them.
	outcomes []promotion.Outcome
}

// rejection is why a candidate may not be promoted.
type rejection struct {
	reason, message string
	// isPending is true if the candidate may pass without a change by a person.
	isPending bool
}

func (r *Reconciler) newScope(object *v1alpha1.ModelPromotion) *scope {
	return &scope{
		Scope: reconciler.NewScope(object, reconciler.ObjectState{
			Suspended:              ptr.Deref(object.Spec.Suspend, false),
			ObservedGeneration:     object.Status.ObservedGeneration,
			LastHandledReconcileAt: object.Status.LastHandledReconcileAt,
		}),
		inputs: inputs{startTime: r.Clock.Now(), flags: r.Flags, evidence: gate.NewEvidence()},
	}
}

// isRejected reports whether the candidate may not be promoted.
func (s *scope) isRejected() bool {
	return s.rejection.reason != ""
}

// loseStage ends the reconcile of a promotion that does not manage its stage.
func (s *scope) loseStage(result reconciler.Result) reconciler.Result {
	s.tenureUnknown = true
	return result
}

// denyEvidence keeps the first reason for which evidence may not be read.
func (s *scope) denyEvidence(result reconciler.Result) {
	if s.accessResult.CanContinue() {
		s.accessResult = result
	}
}

// notifyObservers requests a reconcile of the other objects of the model if the snapshot changed. It
// includes this object if its reconcile is not settled: a candidate that was rejected may pass now
// that the stage was restored, and a version selector may find another version in what was read
// last. If there is a new record, the status notifies the siblings.
func notifyObservers(s *scope, result reconciler.Result) {
	isSettled := result.CanContinue() && !s.isRejected() && !promotion.HasVersionSelector(&s.Object.Spec)
	switch {
	case !isSettled:
		s.NotifyObservers("")
	case !s.historyChanged:
		s.NotifyObservers(workqueue.ObserverID(objectKind, client.ObjectKeyFromObject(s.Object)))
	}
}

// recordTransition reports a transition that was executed, and adds it to the history.
func (s *scope) recordTransition(t *promotion.Transition) {
	s.outcomes = append(s.outcomes, t.Outcome)
	s.AddEvent(kubeutil.Event{Warning: t.Event.Warning, Reason: t.Event.Reason, Action: t.Event.Action, Note: t.Event.Note})
	if t.Record != nil {
		t.AddToHistory(&s.Object.Status)
		s.historyChanged = true
	}
}

// planState is what promotion.Plan decides on.
func (s *scope) planState() promotion.State {
	return promotion.State{
		Object:            s.Object,
		Pending:           s.Before.Status.PendingTransition,
		Stage:             s.stage,
		Stages:            s.model.Spec.Stages,
		Siblings:          s.siblings,
		Gates:             s.gates,
		NotEnforcedReason: s.flags.PerformanceGatesDisabledReason(),
		Model:             s.mlflowModel,
		Candidate:         s.resolution.Version,
		Version:           s.version,
		VersionMissing:    s.versionMissing,
		Now:               s.startTime,
	}
}

// updateDecision plans on what has been read so far, and makes the status show the decision.
func (s *scope) updateDecision() {
	state := s.planState()
	state.AliasesMayDangle = canAliasesDangle(s.Snapshot.ServerInfo())
	s.decision = promotion.Plan(state)
	status := &s.Object.Status
	status.Candidate, status.Override = s.decision.Candidate, s.decision.Override
	if s.decision.ClearsGates {
		status.Gates, status.Comparison, status.EvidenceDigest = nil, nil, ""
	}
}
