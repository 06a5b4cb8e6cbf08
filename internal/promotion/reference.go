// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// unusableReasons are the reasons for which a version that has a number is none that may be wanted.
// Other reasons speak of the object's own pass, such as a server that is down: the gates read
// the version themselves.
var unusableReasons = []string{
	v1alpha1.ReasonVersionNotReady, v1alpha1.ReasonRegistrationFailed, v1alpha1.ReasonVersionNotFound, v1alpha1.ReasonConflict,
}

// ResolveModelVersion is the version that a ModelVersion of the model stands for. Where it stands for
// none yet, the resolution has no version, and its message says why.
func ResolveModelVersion(ref *v1alpha1.ModelVersion, model *entities.RegisteredModel) Resolution {
	registered := meta.FindStatusCondition(ref.Status.Conditions, v1alpha1.ConditionRegistered)
	switch {
	case registered == nil || ref.Status.Version == "" && registered.Status == "Unknown":
		return Resolution{Message: fmt.Sprintf("ModelVersion %s is not registered yet", ref.Name)}
	case ref.Status.Version == "" || registered.Status == "False" && slices.Contains(unusableReasons, registered.Reason):
		return Resolution{Message: fmt.Sprintf("ModelVersion %s is not registered: %s", ref.Name, registered.Message)}
	case ref.Status.ModelCreationTimestamp != int64(model.CreationTimestamp):
		return Resolution{Message: fmt.Sprintf(
			"ModelVersion %s is of the model %s that was deleted in MLflow and created again", ref.Name, model.Name)}
	}
	return Resolution{
		Version: string(ref.Status.Version),
		Message: fmt.Sprintf("version %s is what ModelVersion %s registered", ref.Status.Version, ref.Name),
	}
}
