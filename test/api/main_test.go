// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"os"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/test/envtest"
)

var controlPlane *envtest.ControlPlane

func TestMain(m *testing.M) {
	os.Exit(envtest.RunTests(m, &controlPlane))
}

// strictValidation rejects unknown and duplicate fields, as kubectl does.
const strictValidation = client.FieldValidation(metav1.FieldValidationStrict)

// toUnstructured returns the object as the JSON that a user would write.
func toUnstructured(t *testing.T, object runtime.Object) *unstructured.Unstructured {
	t.Helper()
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		t.Fatalf("convert %T: %v", object, err)
	}
	return &unstructured.Unstructured{Object: content}
}

// assignIdentity gives the object a namespace of its own or, if its kind is cluster-scoped, a name.
func assignIdentity(t *testing.T, object client.Object) {
	t.Helper()
	namespaced, err := controlPlane.Client.IsObjectNamespaced(object)
	if err != nil {
		t.Fatalf("find the scope of %T: %v", object, err)
	}
	unique := controlPlane.NewNamespace(t)
	if namespaced {
		object.SetNamespace(unique)
		return
	}
	object.SetName(unique)
}

// createDryRun creates the object as a dry run.
func createDryRun(t *testing.T, object client.Object) error {
	t.Helper()
	return controlPlane.Client.Create(t.Context(), object, client.DryRunAll, strictValidation)
}

// createObject stores the object until the test ends.
func createObject(t *testing.T, object client.Object) {
	t.Helper()
	if err := controlPlane.Client.Create(t.Context(), object, strictValidation); err != nil {
		t.Fatalf("create %T: %v", object, err)
	}
}

// expectError compares the error with the expected message; "" expects success.
func expectError(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" && err != nil {
		t.Errorf("rejected: %v", err)
	}
	if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("wrong answer\n got: %v\nwant: …%s…", err, want)
	}
}
