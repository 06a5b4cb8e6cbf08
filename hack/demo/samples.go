// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// pollInterval is how long the demo's audience should have to wait for what happens in
// MLflow behind the operator's back.
const pollInterval = "2s"

// applySamples applies a directory of samples as it is, but for the address of the server and
// how often it is looked at.
func (w *world) applySamples(ctx context.Context, dir string) error {
	dir = filepath.Join(w.root, dir)
	content, err := os.ReadFile(filepath.Join(dir, "kustomization.yaml"))
	if err != nil {
		return err
	}
	var kustomization struct{ Resources []string }
	if err := yaml.Unmarshal(content, &kustomization); err != nil {
		return fmt.Errorf("read the kustomization: %w", err)
	}
	for _, file := range kustomization.Resources {
		if err := w.applyFile(ctx, filepath.Join(dir, file)); err != nil {
			return fmt.Errorf("apply %s: %w", file, err)
		}
	}
	return nil
}

func (w *world) applyFile(ctx context.Context, file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for document := range strings.SplitSeq(string(content), "\n---\n") {
		object, err := w.apply(ctx, document)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(w.out, "%s.registry.mlflow-operator.io/%s serverside-applied\n", strings.ToLower(object.GetKind()), object.GetName())
	}
	return nil
}

func (w *world) apply(ctx context.Context, document string) (*unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
		return nil, err
	}
	if err := w.localize(object); err != nil {
		return nil, err
	}
	return object, w.plane.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("kubectl"))
}

// localize points the connection to the server of this machine.
func (w *world) localize(object *unstructured.Unstructured) error {
	if object.GetKind() != "MLflowConnection" {
		return nil
	}
	if err := unstructured.SetNestedField(object.Object, w.mlflow.URL, "spec", "url"); err != nil {
		return err
	}
	return unstructured.SetNestedField(object.Object, pollInterval, "spec", "pollInterval")
}
