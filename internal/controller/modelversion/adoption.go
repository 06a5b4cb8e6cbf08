// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// adoptVersion takes an existing version if the spec names one. After it, the status shows which
// artifact the version is. Nothing is written to MLflow.
func (r *Reconciler) adoptVersion(ctx context.Context, s *scope) reconciler.Result {
	wanted := s.Object.Spec.Source.Version
	if wanted == "" {
		return reconciler.Continue()
	}
	if result := r.resolveConflict(ctx, s); !result.CanContinue() || s.versionNumber() != "" {
		return result
	}
	version, err := s.Snapshot.Reader().ModelVersion(ctx, s.mlflowModel.Name, string(wanted))
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		return reconciler.Terminal(v1alpha1.ReasonReferenceNotFound, fmt.Sprintf(
			"model %s has no version %s: register it, or create another ModelVersion with another source", s.mlflowModel.Name, wanted))
	case err != nil:
		return reconciler.FromMLflowError(err)
	}
	// The snapshot may show a model that was deleted and created again since.
	if result := r.readModel(ctx, s); !result.CanContinue() {
		return result
	}
	recordVersion(s, version)
	s.AddEvent(adoptedEvent(s))
	return reconciler.Continue()
}

// conflictRequeueAfter is how soon the end of a conflict is noticed.
const conflictRequeueAfter = time.Minute

// resolveConflict yields a version to the object that registered it, or to the oldest object that
// adopts it: two objects would overwrite each other's tags.
func (r *Reconciler) resolveConflict(ctx context.Context, s *scope) reconciler.Result {
	siblings, err := kubeutil.ListVersionsByModel(ctx, r.Client, client.ObjectKeyFromObject(s.model))
	if err != nil {
		return reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	if conflicting := findConflicting(s.Object, siblings); conflicting != nil {
		return reconciler.Terminal(v1alpha1.ReasonConflict, fmt.Sprintf(
			"ModelVersion %s already manages version %s of the same model: delete one of the two",
			conflicting.Name, s.Object.Spec.Source.Version)).WithRequeueAfter(conflictRequeueAfter)
	}
	return reconciler.Continue()
}

// findConflicting returns the object that has a better claim to the version that own adopts: the
// oldest of several.
func findConflicting(own *v1alpha1.ModelVersion, siblings []v1alpha1.ModelVersion) *v1alpha1.ModelVersion {
	var oldest *v1alpha1.ModelVersion
	for i := range siblings {
		other := &siblings[i]
		if other.UID != own.UID && hasPriority(other, own) && (oldest == nil || kubeutil.CreatedBefore(other, oldest)) {
			oldest = other
		}
	}
	return oldest
}

func hasPriority(other, own *v1alpha1.ModelVersion) bool {
	wanted := own.Spec.Source.Version
	if other.Spec.Source.Adopts() {
		return other.Spec.Source.Version == wanted && kubeutil.CreatedBefore(other, own)
	}
	return other.Status.Version == wanted
}

// maxRunIDLength is the limit of the API.
const maxRunIDLength = 64

// recordVersion sets in the status which artifact the version is.
func recordVersion(s *scope, version *entities.ModelVersion) {
	status := &s.Object.Status
	status.PendingRegistration = nil
	status.Connection = s.model.Spec.ConnectionRef.DeepCopy()
	status.ModelName = s.mlflowModel.Name
	status.Version = v1alpha1.Version(version.Version)
	status.RunID = sanitize.CleanText(version.RunID, maxRunIDLength)
	status.LoggedModelID = version.LoggedModelID()
	status.Source = sanitize.RedactSource(version.Source, maxSourceLength)
	status.ModelCreationTimestamp = int64(s.mlflowModel.CreationTimestamp)
	status.VersionCreationTimestamp = int64(version.CreationTimestamp)
	if len(status.ManagedTags) == 0 && isRegisteredBy(version, s.Object) {
		// The status was lost: on a version that this object registered, tags as declared are managed.
		status.ManagedTags = matchingTagKeys(version, desiredTags(s.Object))
	}
	s.setVersion(version)
}

// matchingTagKeys returns the keys of the tags that a version has with these values.
func matchingTagKeys(version *entities.ModelVersion, tags map[string]string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(tags)), func(key string) bool {
		value, exists := version.Tags[key]
		return !exists || value != tags[key]
	})
}
