// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/inheritance"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
	"github.com/neuronews/mlflow-registry-operator/internal/switches"
)

// scope is everything that one pass has read and found out.
type scope struct {
	// object is the ModelPromotion. Its status is rewritten as the pass goes on.
	object *v1alpha1.ModelPromotion
	// before is the status as it was read.
	before v1alpha1.ModelPromotionStatus
	// began is when the pass began, and switches are what is turned off meanwhile.
	began    time.Time
	switches switches.Switches
	// requested is whether somebody asks for a look at MLflow itself.
	requested bool

	// model is the RegisteredModel, and from resolveStage on with the stages of its class.
	// Set by resolveModel.
	model *v1alpha1.RegisteredModel
	// inherited is what the model has by way of its class. Set by resolveStage.
	inherited inheritance.Effective
	// stage is the stage of the model that is to be held. Set by resolveStage.
	stage *v1alpha1.Stage
	// dryRun says why nothing is written; empty when it may be. Set by resolveStage.
	dryRun string
	// demands are the gates of the class, of the stage and of the promotion. Set by resolveStage.
	demands []gate.Demand
	// siblings are all promotions of the model, this one included. Set by resolveRivals.
	siblings []v1alpha1.ModelPromotion
	// unwatched is whether nobody looks after the stage for this promotion, so that it does
	// not know any more how long it has been held. Set by Reconcile, resolveModel,
	// resolveStage and resolveRivals.
	unwatched bool
	// quiet is whether the pass ends without a word: what was told stands until more is
	// known, which wakes us. Set by connect and resolveStage.
	quiet bool
	// noted is whether the view shows something else of the model than before, which others
	// are to be told at the end of the pass. Set by whoever reads or writes the model.
	noted bool
	// changedHands is whether the history has a new entry, which wakes everybody whom it
	// concerns when the status shows it. Set by record.
	changedHands bool
	// view is the registry. Set by connect.
	view *registry.View
	// live is the model in MLflow. Set by observe, and again by everybody who has read it
	// afresh: resume, take and restore.
	live *entities.RegisteredModel
	// resolution is which version is wanted. Set by resolveCandidate.
	resolution promotion.Resolution
	// searched is whether the candidate was found by a search, which nothing wakes us to
	// repeat. Set by resolveCandidate.
	searched bool
	// repinned is whether another candidate is judged than the status spoke of, or the same
	// one for another spec. Set by pin.
	repinned bool
	// step is what has to happen. Set by decide, and corrected by confirmHolder.
	step promotion.StepKind
	// evidence is what was read of MLflow, and of approvals, in this pass. Filled by pin and by whoever asks
	// the gates.
	evidence *gate.Evidence
	// judgement is what the gates said of the candidate; nil when they were not asked.
	// Set by judge.
	judgement *gate.Judgement
	// judgedAnew is whether the status told another verdict until now, or one on another
	// question. Set by judge.
	judgedAnew bool
	// refused is why the candidate may not have the stage; empty reason when it may.
	// Set by judge, or by take where the stage is not as expected. Restore adds to it.
	refused refusal
	// unread is why a gate could not be asked about the candidate; nil when all could.
	// Set by judge.
	unread error
	// denied is how the pass ends for the first evidence that the connection or MLflow did
	// not permit to be read; Done when there was none. Set by whoever asks the gates.
	denied outcome.Outcome
	// acted is whether something was written to MLflow that the status has to tell,
	// whatever became of the object meanwhile. Set by take and restore.
	acted bool

	// events are told once the status is written, and outcomes counted.
	events   []kube.Event
	outcomes []promotion.Outcome
}

// refusal is a verdict that stands in the way.
type refusal struct {
	reason, message string
	// waits is set where the way may clear by itself.
	waits bool
}

// note makes the view show what was just seen of the model.
func (s *scope) note(live *entities.RegisteredModel) {
	s.noted = s.view.Note(live) || s.noted
}

// wake tells the others what was noted; and this object, too, where its pass has not come
// to an end with it: whoever was refused may pass now that the stage was put right, and who
// looks for versions itself may find another one in what was read last.
func (s *scope) wake(ended outcome.Outcome) {
	settled := ended.IsDone() && s.refused.reason == "" && !s.continuous()
	if !s.noted || settled && s.changedHands {
		return
	}
	by := ""
	if settled {
		by = kube.Saw(kind, client.ObjectKeyFromObject(s.object))
	}
	s.view.Wake(s.model.MLflowName(), by)
}

// deny keeps the first reason why evidence may not be read.
func (s *scope) deny(ended outcome.Outcome) {
	if s.denied.IsDone() {
		s.denied = ended
	}
}

func (s *scope) happened(e kube.Event) {
	s.events = append(s.events, e)
}

// cameTo is said of what was done.
func (s *scope) cameTo(o promotion.Outcome, e kube.Event) {
	s.outcomes = append(s.outcomes, o)
	s.happened(e)
}

// situation is what the planner decides on, for the version that is wanted.
func (s *scope) situation() promotion.Situation {
	return s.situationOf(s.resolution.Version)
}

// situationOf is the situation if another version were wanted.
func (s *scope) situationOf(version string) promotion.Situation {
	return promotion.Situation{
		Stage:     s.stage,
		Stages:    s.model.Spec.Stages,
		Model:     s.live,
		Candidate: version,
		History:   s.object.Status.History,
	}
}

// recorded is the version that the history shows as the holder; empty when none is.
func (s *scope) recorded() string {
	if s.live == nil {
		return ""
	}
	if record := promotion.Recorded(s.object.Status.History, s.live); record != nil {
		return string(record.Version)
	}
	return ""
}

// continuous tells whether the operator looks for the version itself. A ModelVersion is one
// version, as a number is.
func (s *scope) continuous() bool {
	return s.object.Spec.VersionFrom != nil && s.object.Spec.Reference() == nil
}
