// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
)

// needsFinalizer reports whether the deletion of the object changes something in MLflow. An object
// that is suspended keeps the finalizer that it has.
func needsFinalizer(object *v1alpha1.ModelVersion) bool {
	if isSuspended(object) {
		return kubeutil.HasFinalizer(object)
	}
	return !object.IsRetained()
}

// applyDeletionPolicy does what deletionPolicy requires. After it, the finalizer can be removed.
func (r *Reconciler) applyDeletionPolicy(ctx context.Context, s *scope) (reconciler.Result, string) {
	switch {
	case s.Object.IsRetained():
		return reconciler.Continue(), ""
	case s.versionNumber() == "" && s.Object.Status.PendingRegistration == nil:
		return reconciler.Continue(), ""
	case kubeutil.ShouldOrphan(s.Object):
		s.AddEvent(orphanedEvent(s, "the annotation "+v1alpha1.OrphanOnDeleteAnnotation+" says so"))
		return reconciler.Continue(), ""
	case isSuspended(s.Object):
		return reconciler.Waiting(v1alpha1.ReasonSuspended, "spec.suspend is true: set it to false to continue", 0), ""
	}
	for _, step := range []func(context.Context, *scope) (bool, reconciler.Result){
		r.readModelObject, r.resolveDeletionConnection, r.readMLflowModel, r.revalidateDeletion, r.readMLflowVersion, r.disposeVersion,
	} {
		if more, result := step(ctx, s); !more || !result.CanContinue() {
			return result, ""
		}
	}
	return reconciler.Continue(), ""
}

// readModelObject reads the RegisteredModel. It may be deleted already: a person who deletes a
// folder deletes all objects at once. The bool is true if more steps follow.
func (r *Reconciler) readModelObject(ctx context.Context, s *scope) (bool, reconciler.Result) {
	if reason := findReadOnlyReason(nil, s.flags); reason != "" {
		s.AddEvent(orphanedEvent(s, reason))
		return false, reconciler.Continue()
	}
	var model v1alpha1.RegisteredModel
	key := types.NamespacedName{Namespace: s.Object.Namespace, Name: string(s.Object.Spec.ModelRef.Name)}
	err := r.Get(ctx, key, &model)
	switch {
	case apierrors.IsNotFound(err):
		return true, reconciler.Continue()
	case err != nil:
		return false, reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	case findReadOnlyReason(&model, s.flags) != "":
		s.AddEvent(orphanedEvent(s, findReadOnlyReason(&model, s.flags)))
		return false, reconciler.Continue()
	case ptr.Deref(model.Spec.Suspend, false):
		return false, reconciler.Waiting(v1alpha1.ReasonModelNotReady,
			fmt.Sprintf("RegisteredModel %s is suspended", model.Name), reconciler.DeletionRequeueAfter)
	}
	s.model = &model
	return true, reconciler.Continue()
}

// resolveDeletionConnection takes the snapshot of the registry that the version was registered in,
// if the connection still allows the model. If the connection is deleted, the version can't be
// reached, and the finalizer is removed: otherwise it would block the deletion of the namespace.
func (r *Reconciler) resolveDeletionConnection(ctx context.Context, s *scope) (bool, reconciler.Result) {
	model := modelAtRegistration(s)
	isDeleted, err := r.newResolver().IsConnectionDeleted(ctx, model)
	if err != nil {
		return false, reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	if isDeleted {
		ref := model.Spec.ConnectionRef
		s.AddEvent(orphanedEvent(s, fmt.Sprintf("there is no %s %s any more", cmp.Or(ref.Kind, v1alpha1.ConnectionKindNamespaced), ref.Name)))
		return false, reconciler.Continue()
	}
	snapshot, result := r.newResolver().ResolveConnection(ctx, model)
	if !result.CanContinue() {
		return false, reconciler.Waiting(result.Reason, result.Message, reconciler.DeletionRequeueAfter)
	}
	s.Snapshot = snapshot
	return true, reconciler.Continue()
}

// revalidateDeletion reads from the API server. After it, the object and the connection are still
// the ones that were read before, and the promotions of the model are known.
func (r *Reconciler) revalidateDeletion(ctx context.Context, s *scope) (bool, reconciler.Result) {
	if result := reconciler.RevalidateObject(ctx, r.APIReader, s.Object, "the object was edited during the reconcile"); !result.CanContinue() {
		return false, result
	}
	if result := r.revalidateConnection(ctx, s); !result.CanContinue() {
		return false, result
	}
	key := types.NamespacedName{Namespace: s.Object.Namespace, Name: string(s.Object.Spec.ModelRef.Name)}
	promotions, err := kubeutil.ListPromotionsUncached(ctx, r.APIReader, key)
	if err != nil {
		return false, reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	s.promotions = promotions
	return true, reconciler.Continue()
}

// revalidateConnection runs before the deletion changes something in MLflow. After it, the
// connection still leads to the same server and allows the model.
func (r *Reconciler) revalidateConnection(ctx context.Context, s *scope) reconciler.Result {
	result := r.newResolver().Revalidate(ctx, r.APIReader, modelAtRegistration(s), s.Snapshot, "the connection changed during the reconcile")
	if result.CanContinue() || result.Reason == v1alpha1.ReasonProgressing {
		return result
	}
	return reconciler.Waiting(result.Reason, result.Message, reconciler.DeletionRequeueAfter)
}

// modelAtRegistration returns the model as it was when the version was registered: with that
// connection and that name. The RegisteredModel may be deleted or changed since.
func modelAtRegistration(s *scope) *v1alpha1.RegisteredModel {
	model := &v1alpha1.RegisteredModel{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.Object.Namespace, Name: string(s.Object.Spec.ModelRef.Name)},
	}
	if s.model != nil {
		model = s.model.DeepCopy()
	}
	model.Spec.ConnectionRef = s.Object.Status.Connection
	model.Spec.ModelName = s.Object.Status.ModelName
	return model
}

// readMLflowModel reads the model from MLflow. If it does not exist, or was created again, the
// version does not exist either. If the snapshot shows an alias of the version, the deletion waits
// for it without a request.
func (r *Reconciler) readMLflowModel(ctx context.Context, s *scope) (bool, reconciler.Result) {
	if model, isListed := s.Snapshot.Model(s.Object.Status.ModelName); isListed && s.versionNumber() != "" && !s.ReconcileRequested {
		if use := describeUse(model, &entities.ModelVersion{Version: s.versionNumber()}, nil); use != "" {
			return false, versionInUse(s, use)
		}
	}
	model, err := s.Snapshot.Reader().RegisteredModel(ctx, s.Object.Status.ModelName)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		return false, reconciler.Continue()
	case err != nil:
		return false, reconciler.FromMLflowError(err)
	}
	s.setModel(model)
	if known := s.Object.Status.ModelCreationTimestamp; known != 0 && known != int64(model.CreationTimestamp) {
		return false, reconciler.Continue()
	}
	if owner := ownership.OwnerOf(model); owner != "" && owner != r.newModelOwner(s.Object) {
		s.AddEvent(orphanedEvent(s, fmt.Sprintf("the model is managed by %s now", owner)))
		return false, reconciler.Continue()
	}
	return true, reconciler.Continue()
}

// newModelOwner returns the owner tag of the RegisteredModel, which may not exist any more.
func (r *Reconciler) newModelOwner(object *v1alpha1.ModelVersion) ownership.Owner {
	return ownership.NewOwner(r.InstanceID, &v1alpha1.RegisteredModel{
		ObjectMeta: metav1.ObjectMeta{Namespace: object.Namespace, Name: string(object.Spec.ModelRef.Name)},
	})
}

// readMLflowVersion reads the version, or finds one whose number could not be saved.
func (r *Reconciler) readMLflowVersion(ctx context.Context, s *scope) (bool, reconciler.Result) {
	if s.versionNumber() == "" {
		return r.findUnrecorded(ctx, s)
	}
	version, err := s.Snapshot.Client().GetModelVersion(ctx, s.mlflowModel.Name, s.versionNumber())
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		return false, reconciler.Continue()
	case err != nil:
		return false, reconciler.FromMLflowError(err)
	}
	s.setVersion(version)
	return true, reconciler.Continue()
}

func (r *Reconciler) findUnrecorded(ctx context.Context, s *scope) (bool, reconciler.Result) {
	found, result := r.searchRegistered(ctx, s)
	if !result.CanContinue() {
		return false, result
	}
	switch len(found) {
	case 0:
		return false, r.waitForInFlight(ctx, s)
	case 1:
		s.Object.Status.Version = v1alpha1.Version(found[0].Version)
		return r.readMLflowVersion(ctx, s)
	default:
		s.AddEvent(orphanedEvent(s, fmt.Sprintf("versions %s carry the tag of this object", joinNumbers(found))))
		return false, reconciler.Continue()
	}
}

// disposeVersion archives or deletes the version if nothing uses it. This is decided on the version
// as it was read last: no request comes between that read and the write.
func (r *Reconciler) disposeVersion(ctx context.Context, s *scope) (bool, reconciler.Result) {
	isDelete := s.Object.Spec.DeletionPolicy == v1alpha1.VersionDeletionPolicyDelete
	switch {
	case isDelete && !isRegisteredBy(s.mlflowVersion, s.Object):
		s.AddEvent(orphanedEvent(s, fmt.Sprintf("it does not carry the tag %s of this object", v1alpha1.RegisteredByTag)))
		return false, reconciler.Continue()
	case !isDelete && s.mlflowVersion.CurrentStage == entities.StageArchived:
		return true, reconciler.Continue()
	}
	if use := describeUse(s.mlflowModel, s.mlflowVersion, s.promotions); use != "" {
		return false, versionInUse(s, use)
	}
	return true, r.executeDeletion(ctx, s, isDelete)
}

func versionInUse(s *scope, use string) reconciler.Result {
	return reconciler.Waiting(v1alpha1.ReasonVersionInUse, fmt.Sprintf(
		"version %s of model %s %s: let another version take its place, or set deletionPolicy to Retain",
		s.versionNumber(), s.Object.Status.ModelName, use), reconciler.DeletionRequeueAfter)
}

func (r *Reconciler) executeDeletion(ctx context.Context, s *scope, isDelete bool) reconciler.Result {
	ctx, cancel := reconciler.WithGracePeriod(ctx, reconciler.MLflowShutdownTimeout)
	defer cancel()
	if isDelete {
		err := s.Snapshot.Client().DeleteModelVersion(ctx, s.mlflowModel.Name, s.versionNumber())
		if err != nil && !errors.Is(err, mlflow.ErrNotFound) {
			return reconciler.FromMLflowError(err)
		}
		s.AddEvent(deletedEvent(s))
	} else {
		err := s.Snapshot.Client().TransitionModelVersionStage(ctx, s.mlflowModel.Name, s.versionNumber(), entities.StageArchived, false)
		if err != nil {
			return reconciler.FromMLflowError(err)
		}
		s.AddEvent(archivedEvent(s))
	}
	// If the model can't be read, the next poll shows it.
	if model, err := s.Snapshot.Reader().RegisteredModel(ctx, s.mlflowModel.Name); err == nil {
		s.setModel(model)
	}
	return reconciler.Continue()
}

// describeUse returns what uses a version: aliases, including those that only the version shows, a
// promotion that is moving its stage to it, or a legacy stage; empty if nothing does.
func describeUse(model *entities.RegisteredModel, version *entities.ModelVersion, promotions []v1alpha1.ModelPromotion) string {
	aliases := slices.Sorted(slices.Values(slices.Concat(model.AliasesOf(version.Version), version.Aliases)))
	if len(aliases) > 0 {
		return "holds alias " + strings.Join(slices.Compact(aliases), ", ")
	}
	for i := range promotions {
		p := &promotions[i]
		if t := p.Status.PendingTransition; t != nil && string(t.Version) == version.Version {
			return fmt.Sprintf("is being promoted to stage %s by ModelPromotion %s", p.Spec.Stage, p.Name)
		}
	}
	if stage := version.CurrentStage; stage == entities.StageStaging || stage == entities.StageProduction {
		return "is in MLflow's stage " + stage
	}
	return ""
}
