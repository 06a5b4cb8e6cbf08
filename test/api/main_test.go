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

	"github.com/neuronews/mlflow-registry-operator/test/kubeenv"
)

var plane *kubeenv.ControlPlane

func TestMain(m *testing.M) {
	os.Exit(kubeenv.Main(m, &plane))
}

// strict refuses unknown and duplicate fields, as kubectl does.
const strict = client.FieldValidation(metav1.FieldValidationStrict)

// tree is the object as the JSON that a user would write.
func tree(t *testing.T, object runtime.Object) *unstructured.Unstructured {
	t.Helper()
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		t.Fatalf("convert %T: %v", object, err)
	}
	return &unstructured.Unstructured{Object: content}
}

// place gives the object a place of its own: a namespace, or, where its kind has none, a
// name.
func place(t *testing.T, object client.Object) {
	t.Helper()
	namespaced, err := plane.Client.IsObjectNamespaced(object)
	if err != nil {
		t.Fatalf("find the scope of %T: %v", object, err)
	}
	unique := plane.NewNamespace(t)
	if namespaced {
		object.SetNamespace(unique)
		return
	}
	object.SetName(unique)
}

// submit asks the server whether it would create the object.
func submit(t *testing.T, object client.Object) error {
	t.Helper()
	return plane.Client.Create(t.Context(), object, client.DryRunAll, strict)
}

// create stores the object until the test ends.
func create(t *testing.T, object client.Object) {
	t.Helper()
	if err := plane.Client.Create(t.Context(), object, strict); err != nil {
		t.Fatalf("create %T: %v", object, err)
	}
}

// expect compares an answer with the wanted sentence; "" wants none.
func expect(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" && err != nil {
		t.Errorf("refused: %v", err)
	}
	if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("wrong answer\n got: %v\nwant: …%s…", err, want)
	}
}
