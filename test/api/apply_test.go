// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestApplyTwice applies an object twice. The second apply changes nothing, and neither does one by another field
// manager that takes the object over.
func TestApplyTwice(t *testing.T) {
	for kind, objects := range fullObjects() {
		for _, object := range objects {
			t.Run(kind+"/"+object.GetName(), func(t *testing.T) {
				assignIdentity(t, object)
				manifest := toUnstructured(t, object)

				first := applyManifest(t, manifest, "argocd")
				second := applyManifest(t, manifest, "argocd")
				expectEqual(t, first, second, "generation")
				// The first write after the create stores the default of status.
				expectEqual(t, second, applyManifest(t, manifest, "argocd"), "generation", "resourceVersion")
				expectEqual(t, first, applyManifest(t, manifest, "flux"), "generation")
			})
		}
	}
}

// TestApplyStoresTheManifest checks that the stored spec is the applied one.
func TestApplyStoresTheManifest(t *testing.T) {
	model := fullModel()
	model.Namespace = controlPlane.NewNamespace(t)
	manifest := toUnstructured(t, model)

	want := manifest.DeepCopy()
	setField(t, want, "spec.stages[0].driftPolicy", "Revert")
	setField(t, want, "spec.stages[0].rollbackPolicy", "Trusted")
	setField(t, want, "spec.stages[0].overridePolicy", "Forbid")

	if diff := cmp.Diff(want.Object["spec"], applyManifest(t, manifest, "argocd").Object["spec"]); diff != "" {
		t.Errorf("spec (-written +stored):\n%s", diff)
	}
}

func applyManifest(t *testing.T, manifest *unstructured.Unstructured, owner string) *unstructured.Unstructured {
	t.Helper()
	configuration := client.ApplyConfigurationFromUnstructured(manifest.DeepCopy())
	if err := controlPlane.Client.Apply(t.Context(), configuration, client.FieldOwner(owner)); err != nil {
		t.Fatalf("apply %s: %v", manifest.GetName(), err)
	}
	return getObject(t, manifest)
}

func expectEqual(t *testing.T, before, after *unstructured.Unstructured, metadata ...string) {
	t.Helper()
	if diff := cmp.Diff(before.Object["spec"], after.Object["spec"]); diff != "" {
		t.Errorf("spec (-before +after):\n%s", diff)
	}
	for _, field := range metadata {
		was, _, _ := unstructured.NestedFieldNoCopy(before.Object, "metadata", field)
		is, _, _ := unstructured.NestedFieldNoCopy(after.Object, "metadata", field)
		if was != is {
			t.Errorf("metadata.%s went from %v to %v", field, was, is)
		}
	}
}
