// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/neuronews/mlflow-registry-operator/test/envtest"
)

func TestSamples(t *testing.T) {
	var got []string
	for _, sample := range readSamples(t, "registry_*.yaml", filepath.Join("shared", "registry_*.yaml")) {
		got = append(got, sample.GetKind()+"/"+sample.GetName())
		t.Run(sample.GetName(), func(t *testing.T) {
			assignIdentity(t, sample)
			createObject(t, sample)
		})
	}

	want := []string{
		"MLflowConnection/mlflow",
		"ModelClass/news-standard",
		"ModelPromotion/sentiment-staging",
		"ModelPromotion/sentiment-production",
		"ModelVersion/sentiment-2026-05-03",
		"ModelVersion/sentiment-logged",
		"ModelVersion/sentiment-bucket",
		"ModelVersion/sentiment-legacy",
		"PromotionApproval/sentiment-production-8-alice",
		"RegisteredModel/sentiment",
		"ClusterMLflowConnection/mlflow",
		"RegisteredModel/topics",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
}

// readSamples returns the objects of the files of config/samples that match, in the order of the patterns and of
// the files.
func readSamples(t *testing.T, patterns ...string) []*unstructured.Unstructured {
	t.Helper()
	root, err := envtest.RepositoryRoot()
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join(root, "config", "samples", pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}

	var all []*unstructured.Unstructured
	for _, file := range files {
		all = append(all, readDocuments(t, file)...)
	}
	return all
}

func readDocuments(t *testing.T, file string) []*unstructured.Unstructured {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return decodeYAML(t, filepath.Base(file), content)
}

// decodeYAML decodes YAML documents.
func decodeYAML(t *testing.T, from string, content []byte) []*unstructured.Unstructured {
	t.Helper()
	var all []*unstructured.Unstructured
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(content), len(content))
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(&object.Object)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("decode %s: %v", from, err)
		}
		all = append(all, object)
	}
}
