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
		return reconciler.Waiting(v1alpha1.ReasonSuspended, "spec.suspend is true: set it to false to go on", 0), ""
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

// readModelObject reads the RegisteredModel, which may be gone already: whoever deletes a folder
// deletes all of it at once. It tells whether there is more to do.
func (r *Reconciler) readModelObject(ctx context.Context, s *scope) (bool, reconciler.Result) {
	if why := findReadOnlyReason(nil, s.flags); why != "" {
		s.AddEvent(orphanedEvent(s, why))
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
		return false, reconciler.Waiting(v1alpha1.ReasonModelNotReady, fmt.Sprintf("RegisteredModel %s is suspended", model.Name), reconciler.DeletionRequeueAfter)
	}
	s.model = &model
	return true, reconciler.Continue()
}

// resolveDeletionConnection takes the view of the registry that the version was registered in, as far as the
// connection still allows it. Where the connection is gone, too, nobody knows how to get
// there, and the object goes: else it would hold up its namespace.
func (r *Reconciler) resolveDeletionConnection(ctx context.Context, s *scope) (bool, reconciler.Result) {
	there := modelAtRegistration(s)
	gone, err := r.newResolver().IsConnectionDeleted(ctx, there)
	if err != nil {
		return false, reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	if gone {
		ref := there.Spec.ConnectionRef
		s.AddEvent(orphanedEvent(s, fmt.Sprintf("there is no %s %s any more", cmp.Or(ref.Kind, v1alpha1.ConnectionKindNamespaced), ref.Name)))
		return false, reconciler.Continue()
	}
	view, result := r.newResolver().ResolveConnection(ctx, there)
	if !result.CanContinue() {
		return false, reconciler.Waiting(result.Reason, result.Message, reconciler.DeletionRequeueAfter)
	}
	s.Snapshot = view
	return true, reconciler.Continue()
}

// revalidateDeletion asks the API server itself. After it, the object is still what the pass has read, and
// so is the way to its version, and it is known what the promotions of the model are doing.
func (r *Reconciler) revalidateDeletion(ctx context.Context, s *scope) (bool, reconciler.Result) {
	if result := reconciler.RevalidateObject(ctx, r.APIReader, s.Object, "the object was edited meanwhile"); !result.CanContinue() {
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

// revalidateConnection comes before what is done for a deletion. After it, the connection still leads
// to where the pass has looked, and still allows the model there.
func (r *Reconciler) revalidateConnection(ctx context.Context, s *scope) reconciler.Result {
	result := r.newResolver().Revalidate(ctx, r.APIReader, modelAtRegistration(s), s.Snapshot, "the connection changed meanwhile")
	if result.CanContinue() || result.Reason == v1alpha1.ReasonProgressing {
		return result
	}
	return reconciler.Waiting(result.Reason, result.Message, reconciler.DeletionRequeueAfter)
}

// modelAtRegistration is the model as it was when the version was registered: on that connection,
// under that name. Its RegisteredModel may be gone, or be another one by now.
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

// readMLflowModel reads the model afresh. Where it is gone, or was created again, so is the version.
// An alias that the view shows is waited for without a request.
func (r *Reconciler) readMLflowModel(ctx context.Context, s *scope) (bool, reconciler.Result) {
	if live, listed := s.Snapshot.Model(s.Object.Status.ModelName); listed && s.versionNumber() != "" && !s.ReconcileRequested {
		if use := describeUse(live, &entities.ModelVersion{Version: s.versionNumber()}, nil); use != "" {
			return false, versionInUse(s, use)
		}
	}
	live, err := s.Snapshot.Reader().RegisteredModel(ctx, s.Object.Status.ModelName)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		return false, reconciler.Continue()
	case err != nil:
		return false, reconciler.FromMLflowError(err)
	}
	s.setModel(live)
	if known := s.Object.Status.ModelCreationTimestamp; known != 0 && known != int64(live.CreationTimestamp) {
		return false, reconciler.Continue()
	}
	if owner := ownership.OwnerOf(live); owner != "" && owner != r.newModelOwner(s.Object) {
		s.AddEvent(orphanedEvent(s, fmt.Sprintf("the model is managed by %s by now", owner)))
		return false, reconciler.Continue()
	}
	return true, reconciler.Continue()
}

// newModelOwner is what the RegisteredModel marks its model with, whether or not it still exists.
func (r *Reconciler) newModelOwner(object *v1alpha1.ModelVersion) ownership.Owner {
	return ownership.NewOwner(r.InstanceID, &v1alpha1.RegisteredModel{
		ObjectMeta: metav1.ObjectMeta{Namespace: object.Namespace, Name: string(object.Spec.ModelRef.Name)},
	})
}

// readMLflowVersion reads the version, or looks for one whose registration nobody lived to tell.
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

// disposeVersion archives or deletes the version, unless somebody needs it. That is judged by the
// version as it was read last: nothing comes between that and the write.
func (r *Reconciler) disposeVersion(ctx context.Context, s *scope) (bool, reconciler.Result) {
	deletes := s.Object.Spec.DeletionPolicy == v1alpha1.VersionDeletionPolicyDelete
	switch {
	case deletes && !isRegisteredBy(s.mlflowVersion, s.Object):
		s.AddEvent(orphanedEvent(s, fmt.Sprintf("it does not carry the tag %s of this object", v1alpha1.RegisteredByTag)))
		return false, reconciler.Continue()
	case !deletes && s.mlflowVersion.CurrentStage == entities.StageArchived:
		return true, reconciler.Continue()
	}
	if use := describeUse(s.mlflowModel, s.mlflowVersion, s.promotions); use != "" {
		return false, versionInUse(s, use)
	}
	return true, r.executeDeletion(ctx, s, deletes)
}

func versionInUse(s *scope, use string) reconciler.Result {
	return reconciler.Waiting(v1alpha1.ReasonVersionInUse, fmt.Sprintf(
		"version %s of model %s %s: let another version take its place, or set deletionPolicy to Retain",
		s.versionNumber(), s.Object.Status.ModelName, use), reconciler.DeletionRequeueAfter)
}

func (r *Reconciler) executeDeletion(ctx context.Context, s *scope, deletes bool) reconciler.Result {
	ctx, cancel := reconciler.WithGracePeriod(ctx, reconciler.MLflowShutdownTimeout)
	defer cancel()
	if deletes {
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
	if live, err := s.Snapshot.Reader().RegisteredModel(ctx, s.mlflowModel.Name); err == nil {
		s.setModel(live)
	}
	return reconciler.Continue()
}

// describeUse says what holds a version: aliases, those included that the version tells and the
// model did not, a promotion that is moving its stage to it, or one of MLflow's legacy stages;
// empty where nothing does.
func describeUse(live *entities.RegisteredModel, version *entities.ModelVersion, promotions []v1alpha1.ModelPromotion) string {
	aliases := slices.Sorted(slices.Values(slices.Concat(live.AliasesOf(version.Version), version.Aliases)))
	if len(aliases) > 0 {
		return "holds alias " + strings.Join(slices.Compact(aliases), ", ")
	}
	for i := range promotions {
		p := &promotions[i]
		if u := p.Status.PendingTransition; u != nil && string(u.Version) == version.Version {
			return fmt.Sprintf("is taking stage %s by ModelPromotion %s", p.Spec.Stage, p.Name)
		}
	}
	if stage := version.CurrentStage; stage == entities.StageStaging || stage == entities.StageProduction {
		return "is in MLflow's stage " + stage
	}
	return ""
}
