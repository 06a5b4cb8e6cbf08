// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestChanges(t *testing.T) {
	t.Run("MLflowConnection", func(t *testing.T) { connectionChanges.runOnUpdate(t, fullConnection()) })
	t.Run("ClusterMLflowConnection", func(t *testing.T) { sharedChanges.runOnUpdate(t, sharedConnection()) })
	t.Run("RegisteredModel", func(t *testing.T) { modelChanges.runOnUpdate(t, fullModel()) })
	t.Run("ModelClass", func(t *testing.T) { classChanges.runOnUpdate(t, fullClass()) })
	t.Run("ModelPromotion", func(t *testing.T) { promotionChanges.runOnUpdate(t, fullPromotion()) })
	t.Run("ModelVersion", func(t *testing.T) { versionChanges.runOnUpdate(t, fullVersion()) })
	t.Run("PromotionApproval", func(t *testing.T) { approvalChanges.runOnUpdate(t, fullApproval()) })
}

// TestIdentityIsNotAdded checks that an absent name cannot be set later: the model with the old name in MLflow would have no owner.
func TestIdentityIsNotAdded(t *testing.T) {
	model := fullModel()
	model.Spec.ModelName = ""
	model.Spec.ConnectionRef = nil

	validationCases{
		"modelName added":     {"spec.modelName", "other", modelNameImmutable},
		"connectionRef added": {"spec.connectionRef", map[string]any{"name": "mlflow"}, connectionImmutable},
	}.runOnUpdate(t, model)
}

// TestMetricsAreNotAdded checks that absent metrics cannot be declared later.
func TestMetricsAreNotAdded(t *testing.T) {
	version := fullVersion()
	version.Spec.Metrics = nil

	validationCases{
		"metrics added": {"spec.metrics", map[string]any{"f1": "1"}, metricsImmutable},
	}.runOnUpdate(t, version)
}

// runOnUpdate stores the object and sends each change of it as a dry run.
func (all validationCases) runOnUpdate(t *testing.T, object client.Object) {
	t.Helper()
	assignIdentity(t, object)
	stored := toUnstructured(t, object)
	createObject(t, stored)

	for name, r := range all {
		t.Run(name, func(t *testing.T) {
			changed := stored.DeepCopy()
			setField(t, changed, r.path, r.value)
			expectError(t, controlPlane.Client.Update(t.Context(), changed, client.DryRunAll, strictValidation), r.want)
		})
	}
}
