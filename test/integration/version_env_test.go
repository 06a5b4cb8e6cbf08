// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const (
	// april is the ModelVersion of most stories.
	april = "april"
)

// versionObject is an object to be read.
func (e *env) versionObject(name string) *v1alpha1.ModelVersion {
	return &v1alpha1.ModelVersion{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: name}}
}

// newModelEnv is a world with a model that is as declared and has the stage production.
func newModelEnv(ctx SpecContext) *env {
	GinkgoHelper()
	e := newConnectedEnv(ctx)
	e.createObject(ctx, newModelWithGates())
	waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
	e.mlflow.ResetCalls()
	return e
}

// createRegisteredVersion applies a ModelVersion of a new run, and waits until it is version 1.
func (e *env) createRegisteredVersion(ctx SpecContext, b *builder.VersionBuilder) *v1alpha1.ModelVersion {
	GinkgoHelper()
	v := buildObject(b.Run(e.createRun(ctx, metrics{"accuracy": "0.9"}))).(*v1alpha1.ModelVersion)
	e.createObject(ctx, v)
	return waitForConditions(ctx, e.versionObject(v.Name), registeredConditions("1")...)
}

// registeredConditions are the conditions of a version that is as declared.
func registeredConditions(number string) []string {
	is := "Registered: version " + number + " of model " + modelName + " is registered"
	return []string{
		"Ready=True " + is,
		"Registered=True " + is,
		"Synced=True Synced: description and tags of version " + number + " are as declared",
	}
}

// unregisteredConditions are the conditions of a version that is not registered, or not usable. State
// is Stalled or Reconciling.
func unregisteredConditions(state, reason, message string) []string {
	why := reason + ": " + message
	return []string{
		"Ready=False " + why,
		state + "=True " + why,
		"Registered=False " + why,
		"Synced=Unknown " + reason + ": not known while Registered is False",
	}
}

// registeredEvent is the event of a registration.
func registeredEvent(number, source string) string {
	return "Normal Registered: version " + number + " of model " + modelName + " registered from " + source
}

// waitForVersionEvents waits until the events about a version are these, in order.
func (e *env) waitForVersionEvents(ctx SpecContext, name string, want ...string) {
	GinkgoHelper()
	Eventually(func() []string { return e.listEvents(ctx, "ModelVersion", name) }).WithContext(ctx).Should(Equal(want))
}

// waitForDeleted waits until an object does not exist any more.
func (e *env) waitForDeleted(ctx SpecContext, v *v1alpha1.ModelVersion) {
	GinkgoHelper()
	Eventually(func() bool {
		return apierrors.IsNotFound(controlPlane.Client.Get(ctx, objectKey(v), v))
	}).WithContext(ctx).Should(BeTrue())
}

// deleteObject deletes an object, as kubectl delete --wait=false does.
func (e *env) deleteObject(ctx SpecContext, v *v1alpha1.ModelVersion) {
	GinkgoHelper()
	Expect(controlPlane.Client.Delete(ctx, v)).To(Succeed())
}
