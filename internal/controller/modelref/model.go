// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelref

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
)

// GetModel reads the RegisteredModel that an object names, or tells how its pass ends without
// it: it waits for a model that does not exist, which is nil then, and so it is where the
// question could not be asked.
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

// RevalidateModel asks the API server itself whether a model is still ready, and what a pass has
// read from the cache. Why is what to say when it was edited.
func RevalidateModel(ctx context.Context, live client.Reader, model *v1alpha1.RegisteredModel, why string) reconciler.Result {
	var now v1alpha1.RegisteredModel
	if err := live.Get(ctx, client.ObjectKeyFromObject(model), &now); err != nil {
		return reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	if result := CheckModelReady(&now); !result.CanContinue() {
		return result
	}
	if now.Generation != model.Generation || now.UID != model.UID {
		return reconciler.RequeueConflict(why)
	}
	return reconciler.Continue()
}

// IsModelReconciling tells whether the model's own pass has not spoken yet. It will in a moment,
// and wakes us.
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

// NotReadyMessage is the sentence of whoever waits for a model that a person has to change.
func NotReadyMessage(model *v1alpha1.RegisteredModel, why string) string {
	return fmt.Sprintf("RegisteredModel %s is not ready: %s", model.Name, why)
}
