// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const (
	createVersion = "model-versions/create"
	searchVersion = "model-versions/search"
	getVersion    = "model-versions/get"
	// april is the ModelVersion of most stories.
	april = "april"
)

// version is an object to be read.
func (w *world) version(name string) *v1alpha1.ModelVersion {
	return &v1alpha1.ModelVersion{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}}
}

// modeled is a world with a model that is as declared and has the stage production.
func modeled(ctx SpecContext) *world {
	GinkgoHelper()
	w := connected(ctx)
	w.apply(ctx, demanding())
	shows(ctx, w.model(modelName), synced(modelName)...)
	w.mlflow.Reset()
	return w
}

// isRegistered applies a ModelVersion of a new run, and waits until it is version 1.
func (w *world) isRegistered(ctx SpecContext, b *builder.VersionBuilder) *v1alpha1.ModelVersion {
	GinkgoHelper()
	v := build(b.Run(w.run(ctx, metrics{"accuracy": "0.9"}))).(*v1alpha1.ModelVersion)
	w.apply(ctx, v)
	return shows(ctx, w.version(v.Name), registeredVersion("1")...)
}

// registeredVersion are the conditions of a version that is as declared.
func registeredVersion(number string) []string {
	is := "Registered: version " + number + " of model " + modelName + " is registered"
	return []string{
		"Ready=True " + is,
		"Registered=True " + is,
		"Synced=True Synced: description and tags of version " + number + " are as declared",
	}
}

// unregistered are the conditions of a version that is not registered, or not usable. State
// is Stalled or Reconciling.
func unregistered(state, reason, message string) []string {
	why := reason + ": " + message
	return []string{
		"Ready=False " + why,
		state + "=True " + why,
		"Registered=False " + why,
		"Synced=Unknown " + reason + ": not known while Registered is False",
	}
}

// versionLeaving are the conditions of a registered version that waits with its deletion.
func versionLeaving(number, reason, message string) []string {
	why := reason + ": " + message + `; the deletion waits for it, the annotation registry.mlflow-operator.io/abandon: "true" ` +
		"ends the wait and leaves the version as it is"
	return append([]string{"Ready=False " + why, "Reconciling=True " + why}, registeredVersion(number)[1:]...)
}

// registeredFrom is the event of a registration.
func registeredFrom(number, source string) string {
	return "Normal Registered: version " + number + " of model " + modelName + " registered from " + source
}

// tellsOfVersion waits until the events about a version are these, in order.
func (w *world) tellsOfVersion(ctx SpecContext, name string, want ...string) {
	GinkgoHelper()
	Eventually(func() []string { return w.told(ctx, "ModelVersion", name) }).WithContext(ctx).Should(Equal(want))
}

// isGone waits until an object does not exist any more.
func (w *world) isGone(ctx SpecContext, v *v1alpha1.ModelVersion) {
	GinkgoHelper()
	Eventually(func() bool {
		return apierrors.IsNotFound(plane.Client.Get(ctx, key(v), v))
	}).WithContext(ctx).Should(BeTrue())
}

// remove deletes an object, as kubectl delete --wait=false does.
func (w *world) remove(ctx SpecContext, v *v1alpha1.ModelVersion) {
	GinkgoHelper()
	Expect(plane.Client.Delete(ctx, v)).To(Succeed())
}

// creates is how often MLflow was asked for a version.
func (w *world) creates() int { return w.mlflow.Count(createVersion) }

// numbers are the versions that the model has, by what they were registered from.
func (w *world) numbers() map[string]string {
	numbers := map[string]string{}
	for number := range strings.FieldsSeq("1 2 3 4") {
		if v := w.mlflow.Version(modelName, number); v != nil {
			numbers[number] = v.Source
		}
	}
	return numbers
}

// onRegistration meets the requests for a version with a fault.
func (w *world) onRegistration(fault mlflowtest.Fault) *mlflowtest.Rule {
	return w.mlflow.Fail(mlflowtest.Endpoint(createVersion), fault)
}
