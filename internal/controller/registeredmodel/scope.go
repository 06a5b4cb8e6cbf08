// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/inheritance"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
	"github.com/neuronews/mlflow-registry-operator/internal/switches"
)

// scope is everything that one pass has read and found out.
type scope struct {
	// object is the RegisteredModel. Its status is rewritten as the pass goes on.
	object *v1alpha1.RegisteredModel
	// before is the status as it was read.
	before v1alpha1.RegisteredModelStatus
	// name is the model's name in MLflow, and mark says that it is ours.
	name string
	mark ownership.Mark
	// unwritten says why nothing is written to MLflow; empty where it may be.
	unwritten string
	// requested is whether somebody asks for a look at MLflow itself.
	requested bool

	// view is the registry. Set by connect.
	view *registry.View
	// inherited is what the model has by way of its class. Set by inherit.
	inherited inheritance.Effective
	// stages are those of the spec and of the model's class, in order. Set by inherit.
	stages []v1alpha1.Stage
	// live is the model in MLflow; nil when it does not exist. Set by observe, and
	// again by everybody who has read it afresh.
	live *entities.RegisteredModel
	// fresh is whether live was read from MLflow in this pass. Set with live.
	fresh bool
	// absent is whether MLflow confirmed that there is no such model. Set by observe.
	absent bool
	// foreign is whether MLflow would not say whether there is such a model. Set by
	// observe.
	foreign bool
	// released is the mark of an owner in this cluster that lets go of the model; empty
	// where there is none. Set by adopt.
	released ownership.Mark
	// planned is whether it is known what would have to be written. Set by syncMetadata.
	planned bool
	// pending is what is left unwritten where nothing may be. Set by syncMetadata and retain.
	pending []v1alpha1.PlannedChange
	// acted is whether something was written to MLflow that the status and the events
	// have to tell, whatever became of the object meanwhile. Set by whoever writes.
	acted bool
	// noted is whether the view shows something else of the model than before, which others
	// are to be told at the end of the pass. Set with live.
	noted bool
	// promotions are those of this model. Set by publish.
	promotions []v1alpha1.ModelPromotion
	// again is when the next pass follows one that is done; 0: when something wakes it. Set by
	// retain.
	again time.Duration

	// events are told once the status is written.
	events []kube.Event
}

// observes tells whether nothing may be written.
func (s *scope) observes() bool {
	return s.unwritten != ""
}

// whyUnwritten says why nothing is written for an object; empty where it may be.
func whyUnwritten(object *v1alpha1.RegisteredModel, turned switches.Switches) string {
	switch {
	case turned.ReadOnly:
		return turned.WhyReadOnly()
	case object.Spec.Management == v1alpha1.ManagementObserve:
		return "management is Observe"
	default:
		return ""
	}
}

// see takes a model that was just read from MLflow.
func (s *scope) see(live *entities.RegisteredModel) {
	s.live, s.fresh = live, true
	s.noted = s.view.Note(live) || s.noted
}

// wake tells the others what was noted; and this object, too, where its pass has not come
// to an end with it.
func (s *scope) wake(ended outcome.Outcome) {
	if !s.noted {
		return
	}
	by := ""
	if ended.IsDone() {
		by = kube.Saw(kind, client.ObjectKeyFromObject(s.object))
	}
	s.view.Wake(s.name, by)
}

func (s *scope) happened(e kube.Event) {
	s.events = append(s.events, e)
}
