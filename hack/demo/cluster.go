// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

const (
	// waitTimeout is generous: each wait takes a few seconds on an idle machine.
	waitTimeout = 2 * time.Minute
	// checkInterval is the delay between two reads of a wait.
	checkInterval = 100 * time.Millisecond
)

func (e *environment) getObject(ctx context.Context, object client.Object, name string) error {
	return e.plane.Client.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, object)
}

func (e *environment) patchObject(ctx context.Context, object client.Object, name, patch string) error {
	object.SetNamespace(namespace)
	object.SetName(name)
	return e.plane.Client.Patch(ctx, object, client.RawPatch(types.MergePatchType, []byte(patch)))
}

// editModel patches the model of the demo, as its team would.
func (e *environment) editModel(ctx context.Context, patch string) error {
	e.printCommand("kubectl patch rmodel %s -n %s --type merge -p '%s'", model, namespace, patch)
	return e.patchObject(ctx, &v1alpha1.RegisteredModel{}, model, patch)
}

// editClass patches the class of the model, as the platform team would.
func (e *environment) editClass(ctx context.Context, kind types.PatchType, patch string) error {
	flag := map[types.PatchType]string{types.MergePatchType: "merge", types.JSONPatchType: "json"}[kind]
	e.printCommand("kubectl patch mclass %s --type %s -p '%s'", class, flag, patch)
	object := &v1alpha1.ModelClass{}
	object.SetName(class)
	return e.plane.Client.Patch(ctx, object, client.RawPatch(kind, []byte(patch)))
}

// impersonate returns a client with the rights of a user.
func (e *environment) impersonate(user string) (client.Client, error) {
	config := rest.CopyConfig(e.plane.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: []string{"system:authenticated"}}
	return client.New(config, client.Options{Scheme: e.plane.Client.Scheme()})
}

// waitForObject reads an object until a condition on it is met. The condition also describes the
// state of the object.
func (e *environment) waitForObject(ctx context.Context, object client.Object, name, what string, condition func() (bool, string)) error {
	return e.waitUntil(ctx, what, func(ctx context.Context) (bool, string) {
		if err := e.getObject(ctx, object, name); err != nil {
			return false, err.Error()
		}
		done, state := condition()
		return done, name + " has " + state
	})
}

// waitUntil calls a check until it succeeds. The error contains the last state that the check
// returned.
func (e *environment) waitUntil(ctx context.Context, what string, check func(context.Context) (bool, string)) error {
	ctx, cancel := context.WithTimeout(ctx, waitTimeout)
	defer cancel()
	ticker := time.NewTicker(checkInterval)
	defer ticker.Stop()
	for last := ""; ; {
		done, state := check(ctx)
		if done {
			return nil
		}
		if ctx.Err() == nil {
			last = state
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("timed out after %s waiting for %s: %s", waitTimeout, what, last)
		case <-e.operator.Exited():
			return fmt.Errorf("the operator exited while waiting for %s: %s", what, last)
		case <-ticker.C:
		}
	}
}

func (e *environment) waitForPromotion(ctx context.Context, name, what string, condition func(*v1alpha1.ModelPromotion) bool) error {
	var p v1alpha1.ModelPromotion
	return e.waitForObject(ctx, &p, name, what, func() (bool, string) {
		r := readyCondition(&p)
		current := r.ObservedGeneration == p.Generation && p.Status.Candidate != nil || r.Reason == v1alpha1.ReasonVersionNotFound
		return current && condition(&p), r.Reason + ": " + r.Message
	})
}

// waitForModel waits until a model is Ready at its generation.
func (e *environment) waitForModel(ctx context.Context, name string) error {
	var m v1alpha1.RegisteredModel
	return e.waitForObject(ctx, &m, name, "the model to be Ready", func() (bool, string) {
		return isReady(m.Generation, m.Status.Conditions)
	})
}

// readyCondition returns the condition Ready of a promotion, or a zero condition.
func readyCondition(p *v1alpha1.ModelPromotion) metav1.Condition {
	return findReady(p.Status.Conditions)
}

func findReady(conditions []metav1.Condition) metav1.Condition {
	if found := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady); found != nil {
		return *found
	}
	return metav1.Condition{}
}

func isReady(generation int64, conditions []metav1.Condition) (bool, string) {
	r := findReady(conditions)
	return r.Status == metav1.ConditionTrue && r.ObservedGeneration == generation, r.Reason + ": " + r.Message
}

// getAliasVersion returns the version in MLflow that the alias champion points to.
func (e *environment) getAliasVersion(ctx context.Context) (string, error) {
	var answer struct {
		Model entities.RegisteredModel `json:"registered_model"`
	}
	err := e.user.CallEndpoint(ctx, http.MethodGet, "registered-models/get", map[string]any{"name": modelName}, &answer)
	return answer.Model.Aliases[champion], err
}

// getVersion returns a version in MLflow.
func (e *environment) getVersion(ctx context.Context, number string) (*entities.ModelVersion, error) {
	var answer struct {
		Version entities.ModelVersion `json:"model_version"`
	}
	err := e.user.CallEndpoint(ctx, http.MethodGet, "model-versions/get", map[string]any{"name": modelName, "version": number}, &answer)
	return &answer.Version, err
}

// pollInterval is short, so that the demo notices changes in MLflow within seconds.
const pollInterval = "2s"

// applySamples applies a directory of samples. It only replaces the URL and the poll interval of
// the connection.
func (e *environment) applySamples(ctx context.Context, dir string) error {
	dir = filepath.Join(e.root, dir)
	content, err := os.ReadFile(filepath.Join(dir, "kustomization.yaml"))
	if err != nil {
		return err
	}
	var kustomization struct{ Resources []string }
	if err := yaml.Unmarshal(content, &kustomization); err != nil {
		return fmt.Errorf("read the kustomization: %w", err)
	}
	for _, file := range kustomization.Resources {
		if err := e.applyFile(ctx, filepath.Join(dir, file)); err != nil {
			return fmt.Errorf("apply %s: %w", file, err)
		}
	}
	return nil
}

func (e *environment) applyFile(ctx context.Context, file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for document := range strings.SplitSeq(string(content), "\n---\n") {
		object, err := e.applyDocument(ctx, document)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(e.out, "%s.registry.mlflow-operator.io/%s serverside-applied\n", strings.ToLower(object.GetKind()), object.GetName())
	}
	return nil
}

func (e *environment) applyDocument(ctx context.Context, document string) (*unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
		return nil, err
	}
	if err := e.setLocalServer(object); err != nil {
		return nil, err
	}
	return object, e.plane.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("kubectl"))
}

// setLocalServer points the connection to the MLflow server of the demo.
func (e *environment) setLocalServer(object *unstructured.Unstructured) error {
	if object.GetKind() != "MLflowConnection" {
		return nil
	}
	if err := unstructured.SetNestedField(object.Object, e.mlflow.URL, "spec", "url"); err != nil {
		return err
	}
	return unstructured.SetNestedField(object.Object, pollInterval, "spec", "pollInterval")
}
