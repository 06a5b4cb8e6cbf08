// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/modelclass"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"

	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// scope is everything that one pass has read and found out.
type scope struct {
	// object is the ModelPromotion. Its status is rewritten as the pass goes on.
	object *v1alpha1.ModelPromotion
	// oldStatus is the status as it was read.
	oldStatus v1alpha1.ModelPromotionStatus
	// startTime is when the pass began, and switches are what is turned off meanwhile.
	startTime time.Time
	flags     featureflags.Flags
	// reconcileRequested is whether somebody asks for a look at MLflow itself.
	reconcileRequested bool

	// model is the RegisteredModel, and from resolveStage on with the stages of its class.
	// Set by resolveModel.
	model *v1alpha1.RegisteredModel
	// effectiveSpec is what the model has by way of its class. Set by resolveStage.
	effectiveSpec modelclass.EffectiveSpec
	// stage is the stage of the model that is to be held. Set by resolveStage.
	stage *v1alpha1.Stage
	// dryRunReason says why nothing is written; empty when it may be. Set by resolveStage.
	dryRunReason string
	// gates are the gates of the class, of the stage and of the promotion. Set by resolveStage.
	gates []gate.Spec
	// siblings are all promotions of the model, this one included. Set by resolveConflict.
	siblings []v1alpha1.ModelPromotion
	// tenureUnknown is whether nobody looks after the stage for this promotion, so that it does
	// not know any more how long it has been held. Set by Reconcile, resolveModel,
	// resolveStage and resolveConflict.
	tenureUnknown bool
	// skipStatus is whether the pass ends without a word: what was told stands until more is
	// known, which wakes us. Set by connect and resolveStage.
	skipStatus bool
	// snapshotChanged is whether the view shows something else of the model than before, which others
	// are to be told at the end of the pass. Set by whoever reads or writes the model.
	snapshotChanged bool
	// historyChanged is whether the history has a new entry, which wakes everybody whom it
	// concerns when the status shows it. Set by record.
	historyChanged bool
	// snapshot is the registry. Set by connect.
	snapshot *registrycache.Snapshot
	// mlflowModel is the model in MLflow. Set by observe, and again by everybody who has read it
	// afresh: resume, take and restore.
	mlflowModel *entities.RegisteredModel
	// resolution is which version is wanted. Set by resolveCandidate.
	resolution promotion.Resolution
	// usedSearch is whether the candidate was found by a search, which nothing wakes us to
	// repeat. Set by resolveCandidate.
	usedSearch bool
	// candidateChanged is whether another candidate is judged than the status spoke of, or the same
	// one for another spec. Set by pin.
	candidateChanged bool
	// step is what has to happen. Set by decide, and corrected by verifyCurrentVersion.
	step promotion.Step
	// evidence is what was read of MLflow, and of approvals, in this pass. Filled by pin and by whoever asks
	// the gates.
	evidence *gate.Evidence
	// gateResult is what the gates said of the candidate; nil when they were not asked.
	// Set by judge.
	gateResult *gate.Result
	// gatesChanged is whether the status told another verdict until now, or one on another
	// question. Set by judge.
	gatesChanged bool
	// rejection is why the candidate may not have the stage; empty reason when it may.
	// Set by judge, or by take where the stage is not as expected. Restore adds to it.
	rejection rejection
	// gateErr is why a gate could not be asked about the candidate; nil when all could.
	// Set by judge.
	gateErr error
	// accessResult is how the pass ends for the first evidence that the connection or MLflow did
	// not permit to be read; Done when there was none. Set by whoever asks the gates.
	accessResult reconciler.Result
	// wroteMLflow is whether something was written to MLflow that the status has to tell,
	// whatever became of the object meanwhile. Set by take and restore.
	wroteMLflow bool

	// events are told once the status is written, and outcomes counted.
	events   []kubeutil.Event
	outcomes []promotion.Outcome
}

// rejection is a verdict that stands in the way.
type rejection struct {
	reason, message string
	// isPending is set where the way may clear by itself.
	isPending bool
}

// updateSnapshot makes the view show what was just seen of the model.
func (s *scope) updateSnapshot(live *entities.RegisteredModel) {
	s.snapshotChanged = s.snapshot.Update(live) || s.snapshotChanged
}

// notifyObservers tells the others what was noted; and this object, too, where its pass has not come
// to an end with it: whoever was refused may pass now that the stage was put right, and who
// looks for versions itself may find another one in what was read last.
func (s *scope) notifyObservers(result reconciler.Result) {
	settled := result.CanContinue() && s.rejection.reason == "" && !s.hasVersionSelector()
	if !s.snapshotChanged || settled && s.historyChanged {
		return
	}
	by := ""
	if settled {
		by = workqueue.ObserverID(objectKind, client.ObjectKeyFromObject(s.object))
	}
	s.snapshot.Notify(s.model.MLflowName(), by)
}

// setAccessResult keeps the first reason why evidence may not be read.
func (s *scope) setAccessResult(result reconciler.Result) {
	if s.accessResult.CanContinue() {
		s.accessResult = result
	}
}

func (s *scope) addEvent(e kubeutil.Event) {
	s.events = append(s.events, e)
}

// addOutcome is said of what was done.
func (s *scope) addOutcome(o promotion.Outcome, e kubeutil.Event) {
	s.outcomes = append(s.outcomes, o)
	s.addEvent(e)
}

// planState is what the planner decides on, for the version that is wanted.
func (s *scope) planState() promotion.State {
	return s.planStateFor(s.resolution.Version)
}

// planStateFor is the situation if another version were wanted.
func (s *scope) planStateFor(version string) promotion.State {
	return promotion.State{
		Stage:     s.stage,
		Stages:    s.model.Spec.Stages,
		Model:     s.mlflowModel,
		Candidate: version,
		History:   s.object.Status.History,
	}
}

// lastPromotedVersion is the version that the history shows as the holder; empty when none is.
func (s *scope) lastPromotedVersion() string {
	if s.mlflowModel == nil {
		return ""
	}
	if record := promotion.LastRecord(s.object.Status.History, s.mlflowModel); record != nil {
		return string(record.Version)
	}
	return ""
}

// hasVersionSelector tells whether the operator looks for the version itself. A ModelVersion is one
// version, as a number is.
func (s *scope) hasVersionSelector() bool {
	return s.object.Spec.VersionFrom != nil && s.object.Spec.Reference() == nil
}
