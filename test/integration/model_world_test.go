// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// synced are the conditions of a model that is as declared.
func synced(name string) []string {
	is := "Synced: model " + name + " in MLflow is as declared"
	return []string{
		"Ready=True " + is,
		"ConnectionReady=True Connected: the registry is read at every poll",
		"Synced=True " + is,
	}
}

// unsynced are the conditions of a model that is not as declared. State is Stalled or
// Reconciling.
func unsynced(state, reason, message string) []string {
	why := reason + ": " + message
	return []string{
		"Ready=False " + why,
		state + "=True " + why,
		"ConnectionReady=True Connected: the registry is read at every poll",
		"Synced=False " + why,
	}
}

// planned are the conditions of a model that is observed and differs.
func planned(differences int, first string) []string {
	plan := fmt.Sprintf("PlanPending: %d differences, the first in %s, are listed in status.plan; "+
		"nothing is written while management is Observe", differences, first)
	if differences == 1 {
		plan = "PlanPending: 1 difference, in " + first + ", is listed in status.plan; nothing is written while management is Observe"
	}
	return []string{
		"Ready=True " + plan,
		"ConnectionReady=True Connected: the registry is read at every poll",
		"Synced=False " + plan,
	}
}

// suspendedModel are the conditions of a model that nobody looks after.
func suspendedModel() []string {
	var all []string
	for _, kind := range []string{"Ready", "ConnectionReady", "Synced"} {
		all = append(all, kind+"=Unknown Suspended: spec.suspend is true: set it to false to go on")
	}
	return all
}

// mark is how MLflow shows that an object of the story owns a model.
func (w *world) mark(name string) string {
	return instance + "/" + w.namespace + "/" + name
}

// gone is the sentence about a model that was managed and is no longer there.
func gone(name string) string {
	return "model " + name + " is gone from MLflow and is not created again, since its versions would not come back: " +
		"restore it, or delete this object and apply it again to begin with an empty model"
}

// wroteNothing asserts that the operator asked MLflow for no change since the last
// Reset.
func (w *world) wroteNothing() {
	GinkgoHelper()
	Expect(w.mlflow.Writes()).To(BeEmpty())
}

// read is the model of the story as it is now.
func (w *world) read(ctx SpecContext) *v1alpha1.RegisteredModel {
	GinkgoHelper()
	m := w.model(modelName)
	Expect(plane.Client.Get(ctx, key(m), m)).To(Succeed())
	return m
}

// readConnection is the connection of the story as it is now.
func (w *world) readConnection(ctx SpecContext) *v1alpha1.MLflowConnection {
	GinkgoHelper()
	c := w.theConnection()
	Expect(plane.Client.Get(ctx, key(c), c)).To(Succeed())
	return c
}

// exist are the models and promotions that are there, if only to be deleted.
func (w *world) exist(ctx SpecContext) []string {
	GinkgoHelper()
	var names []string
	for _, list := range []client.ObjectList{&v1alpha1.RegisteredModelList{}, &v1alpha1.ModelPromotionList{}} {
		Expect(plane.Client.List(ctx, list, client.InNamespace(w.namespace))).To(Succeed())
		Expect(meta.EachListItem(list, func(obj runtime.Object) error {
			names = append(names, obj.(client.Object).GetName())
			return nil
		})).To(Succeed())
	}
	return names
}

// versions are the resource versions of objects: one that was written to has another.
func versions(ctx SpecContext, objects []client.Object) []string {
	GinkgoHelper()
	var all []string
	for _, obj := range objects {
		Expect(plane.Client.Get(ctx, key(obj), obj)).To(Succeed())
		all = append(all, obj.GetResourceVersion())
	}
	return all
}
