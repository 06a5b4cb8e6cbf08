// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelref

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

// GetModel reads the RegisteredModel that an object refers to, or returns how the reconcile of the
// object ends without it. The object waits for a model that does not exist.
func GetModel(
	ctx context.Context, objects client.Reader, object client.Object, ref v1alpha1.LocalReference,
) (*v1alpha1.RegisteredModel, reconciler.Result) {
	var model v1alpha1.RegisteredModel
	key := client.ObjectKey{Namespace: object.GetNamespace(), Name: string(ref.Name)}
	err := objects.Get(ctx, key, &model)
	switch {
	case apierrors.IsNotFound(err):
		return nil, reconciler.Waiting(v1alpha1.ReasonModelNotReady, fmt.Sprintf("there is no RegisteredModel %s: create it", key.Name), 0)
	case err != nil:
		return nil, reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	return &model, reconciler.Continue()
}

// RevalidateModel checks in the API server that a model is still ready, and still the one that was
// read from the cache. The message says that it was edited.
func RevalidateModel(ctx context.Context, apiReader client.Reader, model *v1alpha1.RegisteredModel, message string) reconciler.Result {
	var current v1alpha1.RegisteredModel
	if err := apiReader.Get(ctx, client.ObjectKeyFromObject(model), &current); err != nil {
		return reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	if result := CheckModelReady(&current); !result.CanContinue() {
		return result
	}
	if current.Generation != model.Generation || current.UID != model.UID {
		return reconciler.RequeueConflict(message)
	}
	return reconciler.Continue()
}

// IsModelReconciling reports whether the model's own reconcile has not written its status yet. It
// will soon, and the change triggers another reconcile.
func IsModelReconciling(model *v1alpha1.RegisteredModel) bool {
	return model.Status.ObservedGeneration != model.Generation && !ptr.Deref(model.Spec.Suspend, false) &&
		model.DeletionTimestamp.IsZero()
}

// CheckModelReady waits for a model that is not, or no longer, as declared.
func CheckModelReady(model *v1alpha1.RegisteredModel) reconciler.Result {
	if ptr.Deref(model.Spec.Suspend, false) {
		return reconciler.Waiting(v1alpha1.ReasonModelNotReady, fmt.Sprintf("RegisteredModel %s is suspended", model.Name), 0)
	}
	synced := meta.FindStatusCondition(model.Status.Conditions, v1alpha1.ConditionSynced)
	switch {
	case !model.DeletionTimestamp.IsZero():
		return reconciler.Waiting(v1alpha1.ReasonModelNotReady, fmt.Sprintf("RegisteredModel %s is being deleted", model.Name), 0)
	case synced == nil || model.Status.ObservedGeneration != model.Generation:
		return reconciler.Waiting(v1alpha1.ReasonModelNotReady, fmt.Sprintf("RegisteredModel %s is being reconciled", model.Name), 0)
	case synced.Status != "True" && synced.Reason != v1alpha1.ReasonPlanPending:
		return reconciler.Waiting(v1alpha1.ReasonModelNotReady, NotReadyMessage(model, synced.Message), 0)
	default:
		return reconciler.Continue()
	}
}

// NotReadyMessage is the message of an object that waits for a model that a person has to change.
func NotReadyMessage(model *v1alpha1.RegisteredModel, cause string) string {
	return fmt.Sprintf("RegisteredModel %s is not ready: %s", model.Name, cause)
}

// nameConflictRequeueAfter is how soon the end of a name conflict is noticed. Lists do not show
// prompts, so no poll reports that a prompt was deleted. It happens rarely enough for five minutes.
const nameConflictRequeueAfter = 5 * time.Minute

// ReadMLflowModel reads a model from MLflow, or returns how the reconcile of an object that needs the
// model ends.
func ReadMLflowModel(ctx context.Context, snapshot *registrycache.Snapshot, name string) (*entities.RegisteredModel, reconciler.Result) {
	model, err := snapshot.Reader().RegisteredModel(ctx, name)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		snapshot.Remove(name)
		return nil, reconciler.Waiting(v1alpha1.ReasonModelNotReady, fmt.Sprintf("model %s does not exist in MLflow", name), 0)
	case err != nil:
		return nil, reconciler.FromMLflowError(err)
	case model.IsPrompt():
		return nil, reconciler.Waiting(v1alpha1.ReasonModelNotReady,
			fmt.Sprintf("the name %s belongs to a prompt in MLflow", name), nameConflictRequeueAfter)
	}
	return model, reconciler.Continue()
}

// CheckOwnership checks that the owner tag of a model in MLflow names its RegisteredModel. If it does
// not, nothing may be written to the model.
func CheckOwnership(mlflowModel *entities.RegisteredModel, model *v1alpha1.RegisteredModel, instanceID string) reconciler.Result {
	if owner := ownership.OwnerOf(mlflowModel); owner != ownership.NewOwner(instanceID, model) {
		return reconciler.Waiting(v1alpha1.ReasonModelNotReady, fmt.Sprintf(
			"model %s is managed by %q, not by RegisteredModel %s", mlflowModel.Name, owner, model.Name), 0)
	}
	return reconciler.Continue()
}
