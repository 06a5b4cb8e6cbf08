// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/internal/tagsync"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// scope is everything that one pass has read and found out.
type scope struct {
	// object is the ModelVersion. Its status is rewritten as the pass goes on.
	object *v1alpha1.ModelVersion
	// oldStatus is the status as it was read.
	oldStatus v1alpha1.ModelVersionStatus
	// reconcileRequested is whether somebody asks for a look at MLflow itself.
	reconcileRequested bool
	// flags are what the operator's environment turns off.
	flags featureflags.Flags

	// model is the RegisteredModel. Set by resolveModel.
	model *v1alpha1.RegisteredModel
	// skipStatus is whether the pass ends without a word: what was told stands until more is
	// known, which wakes us. Set by connect and waitForModel.
	skipStatus bool
	// snapshot is the registry. Set by connect.
	snapshot *registrycache.Snapshot
	// mlflowModel is the model in MLflow. Set by observe, and again by everybody who has read it
	// afresh.
	mlflowModel *entities.RegisteredModel
	// mlflowVersion is the version in MLflow; nil while there is none, and where nothing tells that
	// it is not what it was. Set by adopt, register and look.
	mlflowVersion *entities.ModelVersion
	// versionFresh is whether version was read from MLflow in this pass. Set with version.
	versionFresh bool
	// loggedModelID is the logged model that the declared run put out under the declared path; empty
	// where it put out none. Set by register.
	loggedModelID string
	// plannedSource is what would be registered if that were allowed; empty where nothing would. Set by register.
	plannedSource string
	// pendingChanges is what is left unwritten because nothing may be written. Set by syncMetadata.
	pendingChanges []tagsync.Change
	// promotions are those of the model, where the version is to be archived or deleted. Set by
	// confirm.
	promotions []v1alpha1.ModelPromotion
	// snapshotChanged is whether the view shows something else of the model than before, which others
	// are to be told at the end of the pass. Set with live.
	snapshotChanged bool
	// wroteMLflow is whether something was written to MLflow that the status and the events have to
	// tell, whatever became of the object meanwhile. Set by register and syncMetadata.
	wroteMLflow bool

	// events are told once the status is written.
	events []kubeutil.Event
}

func (r *Reconciler) newScope(object *v1alpha1.ModelVersion) *scope {
	return &scope{
		object:             object,
		flags:              r.Flags,
		oldStatus:          *object.Status.DeepCopy(),
		reconcileRequested: kubeutil.ReconcileRequestedAt(object) != object.Status.LastHandledReconcileAt,
	}
}

// isReadOnly tells whether nothing may be written.
func (s *scope) isReadOnly() bool {
	return readOnlyReason(s.model, s.flags) != ""
}

// readOnlyReason says why nothing is written to a model, which may be gone; empty where
// something may be.
func readOnlyReason(model *v1alpha1.RegisteredModel, turned featureflags.Flags) string {
	switch {
	case turned.ReadOnly:
		return turned.ReadOnlyReason()
	case model != nil && model.Spec.ManagementPolicy == v1alpha1.ManagementPolicyObserve:
		return "managementPolicy of the model is Observe"
	default:
		return ""
	}
}

// versionNumber is the version that the status knows; empty while none is registered.
func (s *scope) versionNumber() string {
	return string(s.object.Status.Version)
}

// setVersion takes a version that was just read from MLflow, or written to it.
func (s *scope) setVersion(version *entities.ModelVersion) {
	s.mlflowVersion, s.versionFresh = version, true
}

// updateSnapshot makes the view show what was just seen of the model.
func (s *scope) updateSnapshot(live *entities.RegisteredModel) {
	s.mlflowModel = live
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
	s.snapshot.Notify(s.mlflowModel.Name, by)
}

func (s *scope) addEvent(e kubeutil.Event) {
	s.events = append(s.events, e)
}

// listedVersion is the version as the model's own answer shows it; nil where it is not the highest
// of its legacy stage.
func (s *scope) listedVersion() *entities.ModelVersion {
	return s.mlflowModel.ListedVersion(s.versionNumber())
}
