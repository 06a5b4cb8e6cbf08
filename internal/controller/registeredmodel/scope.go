// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/modelclass"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"

	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
)

// scope is everything that one pass has read and found out.
type scope struct {
	// object is the RegisteredModel. Its status is rewritten as the pass goes on.
	object *v1alpha1.RegisteredModel
	// oldStatus is the status as it was read.
	oldStatus v1alpha1.RegisteredModelStatus
	// modelName is the model's name in MLflow, and mark says that it is ours.
	modelName string
	owner     ownership.Owner
	// readOnlyReason says why nothing is written to MLflow; empty where it may be.
	readOnlyReason string
	// reconcileRequested is whether somebody asks for a look at MLflow itself.
	reconcileRequested bool

	// snapshot is the registry. Set by connect.
	snapshot *registrycache.Snapshot
	// effectiveSpec is what the model has by way of its class. Set by inherit.
	effectiveSpec modelclass.EffectiveSpec
	// stages are those of the spec and of the model's class, in order. Set by inherit.
	stages []v1alpha1.Stage
	// mlflowModel is the model in MLflow; nil when it does not exist. Set by observe, and
	// again by everybody who has read it afresh.
	mlflowModel *entities.RegisteredModel
	// modelFresh is whether live was read from MLflow in this pass. Set with live.
	modelFresh bool
	// notFound is whether MLflow confirmed that there is no such model. Set by observe.
	notFound bool
	// accessDenied is whether MLflow would not say whether there is such a model. Set by
	// observe.
	accessDenied bool
	// releasedOwner is the mark of an owner in this cluster that lets go of the model; empty
	// where there is none. Set by adopt.
	releasedOwner ownership.Owner
	// hasPlan is whether it is known what would have to be written. Set by syncMetadata.
	hasPlan bool
	// pendingChanges is what is left unwritten where nothing may be. Set by syncMetadata and retain.
	pendingChanges []v1alpha1.PlannedChange
	// wroteMLflow is whether something was written to MLflow that the status and the events
	// have to tell, whatever became of the object meanwhile. Set by whoever writes.
	wroteMLflow bool
	// snapshotChanged is whether the view shows something else of the model than before, which others
	// are to be told at the end of the pass. Set with live.
	snapshotChanged bool
	// promotions are those of this model. Set by publish.
	promotions []v1alpha1.ModelPromotion
	// requeueAfter is when the next pass follows one that is done; 0: when something wakes it. Set by
	// retain.
	requeueAfter time.Duration

	// events are told once the status is written.
	events []kubeutil.Event
}

// isReadOnly tells whether nothing may be written.
func (s *scope) isReadOnly() bool {
	return s.readOnlyReason != ""
}

// readOnlyReason says why nothing is written for an object; empty where it may be.
func readOnlyReason(object *v1alpha1.RegisteredModel, turned featureflags.Flags) string {
	switch {
	case turned.ReadOnly:
		return turned.ReadOnlyReason()
	case object.Spec.ManagementPolicy == v1alpha1.ManagementPolicyObserve:
		return "managementPolicy is Observe"
	default:
		return ""
	}
}

// setModel takes a model that was just read from MLflow.
func (s *scope) setModel(live *entities.RegisteredModel) {
	s.mlflowModel, s.modelFresh = live, true
	s.snapshotChanged = s.snapshot.Update(live) || s.snapshotChanged
}

// notifyObservers tells the others what was noted; and this object, too, where its pass has not come
// to an end with it.
func (s *scope) notifyObservers(result reconciler.Result) {
	if !s.snapshotChanged {
		return
	}
	by := ""
	if result.CanContinue() {
		by = workqueue.ObserverID(objectKind, client.ObjectKeyFromObject(s.object))
	}
	s.snapshot.Notify(s.modelName, by)
}

func (s *scope) addEvent(e kubeutil.Event) {
	s.events = append(s.events, e)
}
