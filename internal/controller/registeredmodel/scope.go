// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"k8s.io/utils/ptr"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/modelclass"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
)

// scope is what one reconcile has read and decided.
type scope struct {
	reconciler.Scope[*v1alpha1.RegisteredModel]

	// modelName is the name of the model in MLflow.
	modelName string
	// owner is the value of the owner tag of this object.
	owner ownership.Owner
	// readOnlyReason is why nothing may be written to MLflow; empty if writes are allowed.
	readOnlyReason string

	// effectiveSpec is the spec merged with the model's class. Set by resolveClass.
	effectiveSpec modelclass.EffectiveSpec
	// mlflowModel is the model in MLflow; nil if it does not exist. Set by observeModel, and by each
	// later read of the model.
	mlflowModel *entities.RegisteredModel
	// modelFresh is true if mlflowModel was read from MLflow in this reconcile, and not from the
	// snapshot. Set with mlflowModel.
	modelFresh bool
	// accessDenied is true if MLflow does not show whether the model exists. Set by readModel.
	accessDenied bool
	// releasedOwner is the owner tag of an object of this cluster that has given up the model; empty
	// if no object has. Set by adoptModel.
	releasedOwner ownership.Owner
	// hasPlan is true once the differences between spec and MLflow are known. Set by syncMetadata.
	hasPlan bool
	// pendingChanges are the differences that read-only mode leaves; nil without differences. Set by
	// syncMetadata and applyRetention.
	pendingChanges []v1alpha1.PlannedChange
	// promotions are the promotions of this model. Set by publishStages.
	promotions []v1alpha1.ModelPromotion
}

func (r *Reconciler) newScope(object *v1alpha1.RegisteredModel) *scope {
	return &scope{
		Scope: reconciler.NewScope(object, reconciler.ObjectState{
			Suspended:              ptr.Deref(object.Spec.Suspend, false),
			ObservedGeneration:     object.Status.ObservedGeneration,
			LastHandledReconcileAt: object.Status.LastHandledReconcileAt,
		}),
		modelName:      object.MLflowName(),
		owner:          ownership.NewOwner(r.InstanceID, object),
		readOnlyReason: findReadOnlyReason(object, r.Flags),
	}
}

// findReadOnlyReason returns why nothing may be written to MLflow for an object; empty if writes are
// allowed.
func findReadOnlyReason(object *v1alpha1.RegisteredModel, flags featureflags.Flags) string {
	switch {
	case flags.ReadOnly:
		return flags.ReadOnlyReason()
	case object.Spec.ManagementPolicy == v1alpha1.ManagementPolicyObserve:
		return "managementPolicy is Observe"
	default:
		return ""
	}
}

// isReadOnly reports whether writes to MLflow are forbidden.
func (s *scope) isReadOnly() bool {
	return s.readOnlyReason != ""
}

// setModel sets the model that was just read from MLflow, or written to it.
func (s *scope) setModel(model *entities.RegisteredModel) {
	s.mlflowModel, s.modelFresh = model, true
	s.UpdateSnapshot(model)
}
