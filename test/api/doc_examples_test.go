// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/envtest"
)

// TestDocExamples checks that the API server accepts every complete object on a documentation page.
func TestDocExamples(t *testing.T) {
	root, err := envtest.RepositoryRoot()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "reference", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, filepath.Join(root, "docs", "migrating-from-a-python-registry.md"), filepath.Join(root, "README.md")) {
		t.Run(filepath.Base(page), func(t *testing.T) {
			shown := readExamples(t, page)
			if len(shown) == 0 {
				t.Error("shows no object")
			}
			for _, object := range shown {
				t.Run(object.GetKind()+"/"+object.GetName(), func(t *testing.T) {
					assignIdentity(t, object)
					expectError(t, createDryRun(t, object), "")
				})
			}
		})
	}
}

// wholeObjectPattern matches the code blocks that are a complete object. Other blocks show a part of one.
var wholeObjectPattern = regexp.MustCompile("(?s)```yaml\n(apiVersion: .*?)```")

// readExamples returns the objects of the operator's kinds on a page.
func readExamples(t *testing.T, page string) []*unstructured.Unstructured {
	t.Helper()
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var ours []*unstructured.Unstructured
	for _, block := range wholeObjectPattern.FindAllSubmatch(content, -1) {
		for _, object := range decodeYAML(t, filepath.Base(page), block[1]) {
			if object.GroupVersionKind().Group == v1alpha1.SchemeGroupVersion.Group {
				ours = append(ours, object)
			}
		}
	}
	return ours
}
