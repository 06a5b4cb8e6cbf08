// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

const (
	// bound is far more than anything takes on an idle machine.
	bound = 2 * time.Minute
	// pulse is how often the cluster is asked meanwhile.
	pulse = 100 * time.Millisecond
)

func (w *world) get(ctx context.Context, object client.Object, name string) error {
	return w.plane.Client.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, object)
}

func (w *world) patch(ctx context.Context, object client.Object, name, patch string) error {
	object.SetNamespace(namespace)
	object.SetName(name)
	return w.plane.Client.Patch(ctx, object, client.RawPatch(types.MergePatchType, []byte(patch)))
}

// editModel changes the model that the story is about, as its team would.
func (w *world) editModel(ctx context.Context, patch string) error {
	w.command("kubectl patch rmodel %s -n %s --type merge -p '%s'", model, namespace, patch)
	return w.patch(ctx, &v1alpha1.RegisteredModel{}, model, patch)
}

// editClass changes its class, as the platform team would.
func (w *world) editClass(ctx context.Context, kind types.PatchType, patch string) error {
	flag := map[types.PatchType]string{types.MergePatchType: "merge", types.JSONPatchType: "json"}[kind]
	w.command("kubectl patch mclass %s --type %s -p '%s'", class, flag, patch)
	object := &v1alpha1.ModelClass{}
	object.SetName(class)
	return w.plane.Client.Patch(ctx, object, client.RawPatch(kind, []byte(patch)))
}

// as is a client with which a person acts, who may do what the roles of the cluster let them.
func (w *world) as(user string) (client.Client, error) {
	config := rest.CopyConfig(w.plane.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: []string{"system:authenticated"}}
	return client.New(config, client.Options{Scheme: w.plane.Client.Scheme()})
}

// await reads an object until it is as wanted.
func (w *world) await(ctx context.Context, object client.Object, name, what string, seen func() (bool, string)) error {
	return w.until(ctx, what, func(ctx context.Context) (bool, string) {
		if err := w.get(ctx, object, name); err != nil {
			return false, err.Error()
		}
		so, shows := seen()
		return so, name + " shows " + shows
	})
}

// until looks again and again until it is so. The error says what was waited for, and what
// was there instead.
func (w *world) until(ctx context.Context, what string, look func(context.Context) (bool, string)) error {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	ticker := time.NewTicker(pulse)
	defer ticker.Stop()
	for last := ""; ; {
		so, now := look(ctx)
		if so {
			return nil
		}
		if ctx.Err() == nil {
			last = now
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited %s in vain for %s; %s", bound, what, last)
		case <-w.operator.Exited():
			return fmt.Errorf("the operator ended while waiting for %s; %s", what, last)
		case <-ticker.C:
		}
	}
}

func (w *world) awaitPromotion(ctx context.Context, name, what string, seen func(*v1alpha1.ModelPromotion) bool) error {
	var p v1alpha1.ModelPromotion
	return w.await(ctx, &p, name, what, func() (bool, string) {
		r := ready(&p)
		current := r.ObservedGeneration == p.Generation && p.Status.Candidate != nil || r.Reason == v1alpha1.ReasonVersionNotFound
		return current && seen(&p), r.Reason + ": " + r.Message
	})
}

// awaitModel waits until a model is as it is declared now.
func (w *world) awaitModel(ctx context.Context, name string) error {
	var m v1alpha1.RegisteredModel
	return w.await(ctx, &m, name, "the model to be as declared", func() (bool, string) {
		return isReady(m.Generation, m.Status.Conditions)
	})
}

// ready is the condition Ready of a promotion; a zero one until there is one.
func ready(p *v1alpha1.ModelPromotion) metav1.Condition { return readyOf(p.Status.Conditions) }

func readyOf(conditions []metav1.Condition) metav1.Condition {
	if found := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady); found != nil {
		return *found
	}
	return metav1.Condition{}
}

func isReady(generation int64, conditions []metav1.Condition) (bool, string) {
	r := readyOf(conditions)
	return r.Status == metav1.ConditionTrue && r.ObservedGeneration == generation, r.Reason + ": " + r.Message
}

// holder is the version that the champion's alias points to in MLflow.
func (w *world) holder(ctx context.Context) (string, error) {
	var answer struct {
		Model entities.RegisteredModel `json:"registered_model"`
	}
	err := w.user.CallEndpoint(ctx, http.MethodGet, "registered-models/get", map[string]any{"name": modelName}, &answer)
	return answer.Model.Aliases[champion], err
}

// version is a version as MLflow shows it.
func (w *world) version(ctx context.Context, number string) (*entities.ModelVersion, error) {
	var answer struct {
		Version entities.ModelVersion `json:"model_version"`
	}
	err := w.user.CallEndpoint(ctx, http.MethodGet, "model-versions/get", map[string]any{"name": modelName, "version": number}, &answer)
	return &answer.Version, err
}
