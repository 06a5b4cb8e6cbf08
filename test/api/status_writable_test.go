// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// TestStatusAndMetadataAreWritable checks that no rule of the spec, including those for immutable fields, rejects a write of a
// status, a finalizer or an annotation.
func TestStatusAndMetadataAreWritable(t *testing.T) {
	for kind, objects := range fullObjects() {
		t.Run(kind, func(t *testing.T) {
			object := objects[0]
			assignIdentity(t, object)
			createObject(t, object)

			if writeStatus(object) {
				expectError(t, controlPlane.Client.Status().Update(t.Context(), object, strictValidation), "")
			}

			before := object.DeepCopyObject().(client.Object)
			object.SetFinalizers([]string{"registry.mlflow-operator.io/test"})
			object.SetAnnotations(map[string]string{v1alpha1.ReconcileRequestedAtAnnotation: "now"})
			expectError(t, controlPlane.Client.Patch(t.Context(), object, client.MergeFrom(before), strictValidation), "")
		})
	}
}

// writeStatus writes a status as a controller does, if the kind has one.
func writeStatus(object client.Object) bool {
	ready := []metav1.Condition{{
		Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue,
		Reason: "Synced", Message: "as declared", LastTransitionTime: metav1.Now(),
	}}
	switch object := object.(type) {
	case *v1alpha1.MLflowConnection:
		object.Status.Conditions = ready
	case *v1alpha1.ClusterMLflowConnection:
		object.Status.Conditions = ready
	case *v1alpha1.RegisteredModel:
		object.Status.Conditions = ready
	case *v1alpha1.ModelPromotion:
		object.Status.Conditions = ready
	case *v1alpha1.ModelClass:
		object.Status.Conditions = ready
	case *v1alpha1.ModelVersion:
		object.Status.Conditions = ready
	default:
		return false
	}
	return true
}
