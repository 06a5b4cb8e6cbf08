// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"k8s.io/utils/ptr"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/tagsync"
)

// scope is what one reconcile has read and decided.
type scope struct {
	reconciler.Scope[*v1alpha1.ModelVersion]

	// flags are the feature flags of the operator.
	flags featureflags.Flags

	// model is the RegisteredModel; nil if it does not exist. Set by resolveModel.
	model *v1alpha1.RegisteredModel
	// mlflowModel is the model in MLflow. Set by observeModel, and by each later read of the model.
	mlflowModel *entities.RegisteredModel
	// mlflowVersion is the version in MLflow; nil if it does not exist, or if the model shows that it
	// has not changed since it was last read. Set by adoptVersion, registerVersion and verifyExists.
	mlflowVersion *entities.ModelVersion
	// versionFresh is true if mlflowVersion was read from MLflow in this reconcile, and not from the
	// snapshot. Set with mlflowVersion.
	versionFresh bool
	// loggedModelID is the logged model that the run has under the artifact path; empty if it has
	// none. Set by registerVersion.
	loggedModelID string
	// plannedSource is what would be registered if writes were allowed; empty if nothing would. Set by
	// registerVersion.
	plannedSource string
	// pendingChanges are the differences that read-only mode leaves; nil without differences. Set by
	// syncMetadata.
	pendingChanges []tagsync.Change
	// promotions are the promotions of the model; nil unless the object is being deleted. Set by
	// revalidateDeletion.
	promotions []v1alpha1.ModelPromotion
}

func (r *Reconciler) newScope(object *v1alpha1.ModelVersion) *scope {
	return &scope{
		Scope: reconciler.NewScope(object, reconciler.ObjectState{
			Suspended:              isSuspended(object),
			ObservedGeneration:     object.Status.ObservedGeneration,
			LastHandledReconcileAt: object.Status.LastHandledReconcileAt,
		}),
		flags: r.Flags,
	}
}

func isSuspended(object *v1alpha1.ModelVersion) bool {
	return ptr.Deref(object.Spec.Suspend, false)
}

// isReadOnly reports whether writes to MLflow are forbidden.
func (s *scope) isReadOnly() bool {
	return findReadOnlyReason(s.model, s.flags) != ""
}

// findReadOnlyReason returns why nothing may be written to a model, which is nil if it does not exist;
// empty if writes are allowed.
func findReadOnlyReason(model *v1alpha1.RegisteredModel, flags featureflags.Flags) string {
	switch {
	case flags.ReadOnly:
		return flags.ReadOnlyReason()
	case model != nil && model.Spec.ManagementPolicy == v1alpha1.ManagementPolicyObserve:
		return "managementPolicy of the model is Observe"
	default:
		return ""
	}
}

// versionNumber returns the version of the status; empty while none is registered.
func (s *scope) versionNumber() string {
	return string(s.Object.Status.Version)
}

// setVersion sets the version that was just read from MLflow, or written to it.
func (s *scope) setVersion(version *entities.ModelVersion) {
	s.mlflowVersion, s.versionFresh = version, true
}

// setModel sets the model that was just read from MLflow.
func (s *scope) setModel(model *entities.RegisteredModel) {
	s.mlflowModel = model
	s.UpdateSnapshot(model)
}

// listedVersion returns the version as the model shows it; nil if it is not the newest of its legacy
// stage.
func (s *scope) listedVersion() *entities.ModelVersion {
	return s.mlflowModel.ListedVersion(s.versionNumber())
}
