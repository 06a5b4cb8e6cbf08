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

// syncedConditions are the conditions of a model that is as declared.
func syncedConditions(name string) []string {
	is := "Synced: model " + name + " in MLflow is as declared"
	return []string{
		"Ready=True " + is,
		"ConnectionReady=True Connected: the registry is read at every poll",
		"Synced=True " + is,
	}
}

// unsyncedConditions are the conditions of a model that is not as declared. State is Stalled or
// Reconciling.
func unsyncedConditions(state, reason, message string) []string {
	why := reason + ": " + message
	return []string{
		"Ready=False " + why,
		state + "=True " + why,
		"ConnectionReady=True Connected: the registry is read at every poll",
		"Synced=False " + why,
	}
}

// plannedConditions are the conditions of a model that is observed and differs.
func plannedConditions(differences int, first string) []string {
	plan := fmt.Sprintf("PlanPending: %d differences, the first in %s, are listed in status.plan; "+
		"nothing is written while managementPolicy is Observe", differences, first)
	if differences == 1 {
		plan = "PlanPending: 1 difference, in " + first + ", is listed in status.plan; nothing is written while managementPolicy is Observe"
	}
	return []string{
		"Ready=True " + plan,
		"ConnectionReady=True Connected: the registry is read at every poll",
		"Synced=False " + plan,
	}
}

// suspendedModelConditions are the conditions of a model that nobody looks after.
func suspendedModelConditions() []string {
	var all []string
	for _, kind := range []string{"Ready", "ConnectionReady", "Synced"} {
		all = append(all, kind+"=Unknown Suspended: spec.suspend is true: set it to false to go on")
	}
	return all
}

// ownerTag is how MLflow shows that an object of the story owns a model.
func (e *env) ownerTag(name string) string {
	return instance + "/" + e.namespace + "/" + name
}

// goneMessage is the sentence about a model that was managed and is no longer there.
func goneMessage(name string) string {
	return "model " + name + " is gone from MLflow and is not created again, since its versions would not come back: " +
		"restore it, or delete this object and apply it again to begin with an empty model"
}

// expectNoWrites asserts that the operator asked MLflow for no change since the last
// Reset.
func (e *env) expectNoWrites() {
	GinkgoHelper()
	Expect(e.mlflow.Writes()).To(BeEmpty())
}

// getModel is the model of the story as it is now.
func (e *env) getModel(ctx SpecContext) *v1alpha1.RegisteredModel {
	GinkgoHelper()
	m := e.modelObject(modelName)
	Expect(controlPlane.Client.Get(ctx, keyOf(m), m)).To(Succeed())
	return m
}

// getConnection is the connection of the story as it is now.
func (e *env) getConnection(ctx SpecContext) *v1alpha1.MLflowConnection {
	GinkgoHelper()
	c := e.connectionObject()
	Expect(controlPlane.Client.Get(ctx, keyOf(c), c)).To(Succeed())
	return c
}

// listExisting are the models and promotions that are there, if only to be deleted.
func (e *env) listExisting(ctx SpecContext) []string {
	GinkgoHelper()
	var names []string
	for _, list := range []client.ObjectList{&v1alpha1.RegisteredModelList{}, &v1alpha1.ModelPromotionList{}} {
		Expect(controlPlane.Client.List(ctx, list, client.InNamespace(e.namespace))).To(Succeed())
		Expect(meta.EachListItem(list, func(obj runtime.Object) error {
			names = append(names, obj.(client.Object).GetName())
			return nil
		})).To(Succeed())
	}
	return names
}

// resourceVersionsOf are the resource versions of objects: one that was written to has another.
func resourceVersionsOf(ctx SpecContext, objects []client.Object) []string {
	GinkgoHelper()
	var all []string
	for _, obj := range objects {
		Expect(controlPlane.Client.Get(ctx, keyOf(obj), obj)).To(Succeed())
		all = append(all, obj.GetResourceVersion())
	}
	return all
}
