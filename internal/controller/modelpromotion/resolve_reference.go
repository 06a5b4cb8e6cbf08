// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// resolveReference takes the version of a ModelVersion, and waits for one that is not
// registered. Another version is not wanted meanwhile: a ModelVersion is one version.
func (r *Reconciler) resolveReference(ctx context.Context, s *scope, name v1alpha1.ObjectName) reconciler.Result {
	var version v1alpha1.ModelVersion
	err := r.Get(ctx, types.NamespacedName{Namespace: s.object.Namespace, Name: string(name)}, &version)
	switch {
	case client.IgnoreNotFound(err) != nil:
		return reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	case err != nil:
		return reconciler.Waiting(v1alpha1.ReasonVersionNotFound, fmt.Sprintf("there is no ModelVersion %s: create it", name), 0)
	case version.Spec.ModelRef != s.object.Spec.ModelRef:
		return reconciler.Terminal(v1alpha1.ReasonVersionNotFound, fmt.Sprintf(
			"ModelVersion %s is of RegisteredModel %s, not of %s: name one of the same model",
			name, version.Spec.ModelRef.Name, s.object.Spec.ModelRef.Name))
	}
	s.resolution = promotion.ResolveModelVersion(&version, s.mlflowModel)
	if s.resolution.Version == "" {
		return reconciler.Waiting(v1alpha1.ReasonVersionNotReady, s.resolution.Message, 0)
	}
	return reconciler.Continue()
}
