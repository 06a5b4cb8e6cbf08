// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/metadata"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
	"github.com/neuronews/mlflow-registry-operator/internal/switches"
)

// scope is everything that one pass has read and found out.
type scope struct {
	// object is the ModelVersion. Its status is rewritten as the pass goes on.
	object *v1alpha1.ModelVersion
	// before is the status as it was read.
	before v1alpha1.ModelVersionStatus
	// requested is whether somebody asks for a look at MLflow itself.
	requested bool
	// switches are what the operator's environment turns off.
	switches switches.Switches

	// model is the RegisteredModel. Set by resolveModel.
	model *v1alpha1.RegisteredModel
	// quiet is whether the pass ends without a word: what was told stands until more is
	// known, which wakes us. Set by connect and awaitModel.
	quiet bool
	// view is the registry. Set by connect.
	view *registry.View
	// live is the model in MLflow. Set by observe, and again by everybody who has read it
	// afresh.
	live *entities.RegisteredModel
	// version is the version in MLflow; nil while there is none, and where nothing tells that
	// it is not what it was. Set by adopt, register and look.
	version *entities.ModelVersion
	// fresh is whether version was read from MLflow in this pass. Set with version.
	fresh bool
	// logged is the logged model that the declared run put out under the declared path; empty
	// where it put out none. Set by register.
	logged string
	// planned is what would be registered if that were allowed; empty where nothing would. Set by register.
	planned string
	// pending is what is left unwritten because nothing may be written. Set by syncMetadata.
	pending []metadata.Change
	// promotions are those of the model, where the version is to be archived or deleted. Set by
	// confirm.
	promotions []v1alpha1.ModelPromotion
	// noted is whether the view shows something else of the model than before, which others
	// are to be told at the end of the pass. Set with live.
	noted bool
	// acted is whether something was written to MLflow that the status and the events have to
	// tell, whatever became of the object meanwhile. Set by register and syncMetadata.
	acted bool

	// events are told once the status is written.
	events []kube.Event
}

func (r *Reconciler) newScope(object *v1alpha1.ModelVersion) *scope {
	return &scope{
		object:    object,
		switches:  r.Switches,
		before:    *object.Status.DeepCopy(),
		requested: kube.RequestedAt(object) != object.Status.LastHandledReconcileAt,
	}
}

// observes tells whether nothing may be written.
func (s *scope) observes() bool {
	return whyUnwritten(s.model, s.switches) != ""
}

// whyUnwritten says why nothing is written to a model, which may be gone; empty where
// something may be.
func whyUnwritten(model *v1alpha1.RegisteredModel, turned switches.Switches) string {
	switch {
	case turned.ReadOnly:
		return turned.WhyReadOnly()
	case model != nil && model.Spec.Management == v1alpha1.ManagementObserve:
		return "management of the model is Observe"
	default:
		return ""
	}
}

// number is the version that the status knows; empty while none is registered.
func (s *scope) number() string {
	return string(s.object.Status.Version)
}

// see takes a version that was just read from MLflow, or written to it.
func (s *scope) see(version *entities.ModelVersion) {
	s.version, s.fresh = version, true
}

// note makes the view show what was just seen of the model.
func (s *scope) note(live *entities.RegisteredModel) {
	s.live = live
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
	s.view.Wake(s.live.Name, by)
}

func (s *scope) happened(e kube.Event) {
	s.events = append(s.events, e)
}

// listed is the version as the model's own answer shows it; nil where it is not the highest
// of its legacy stage.
func (s *scope) listed() *entities.ModelVersion {
	return s.live.Shown(s.number())
}
