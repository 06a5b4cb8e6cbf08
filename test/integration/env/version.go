// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package env

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const (
	// April is the ModelVersion of most stories.
	April = "april"
)

// VersionObject returns a ModelVersion with its key only.
func (e *Env) VersionObject(name string) *v1alpha1.ModelVersion {
	return &v1alpha1.ModelVersion{ObjectMeta: metav1.ObjectMeta{Namespace: e.Namespace, Name: name}}
}

// NewWithModel returns an env with a model that is as declared and has the stage production.
func NewWithModel(ctx SpecContext) *Env {
	GinkgoHelper()
	e := NewConnected(ctx)
	e.CreateObject(ctx, NewModelWithGates())
	WaitForConditions(ctx, e.ModelObject(ModelName), SyncedConditions(ModelName)...)
	e.MLflow.ResetCalls()
	return e
}

// CreateRegisteredVersion creates a ModelVersion for a new run, and waits until it is registered as version 1.
func (e *Env) CreateRegisteredVersion(ctx SpecContext, b *builder.VersionBuilder) *v1alpha1.ModelVersion {
	GinkgoHelper()
	v := buildObject(b.Run(e.CreateRun(ctx, Metrics{"accuracy": "0.9"}))).(*v1alpha1.ModelVersion)
	e.CreateObject(ctx, v)
	return WaitForConditions(ctx, e.VersionObject(v.Name), RegisteredConditions("1")...)
}

// RegisteredConditions are the conditions of a version that is as declared.
func RegisteredConditions(number string) []string {
	is := "Registered: version " + number + " of model " + ModelName + " is registered"
	return []string{
		"Ready=True " + is,
		"Registered=True " + is,
		"Synced=True Synced: description and tags of version " + number + " are as declared",
	}
}

// UnregisteredConditions are the conditions of a version that is not registered, or not usable. The state is
// Stalled or Reconciling.
func UnregisteredConditions(state, reason, message string) []string {
	why := reason + ": " + message
	return []string{
		"Ready=False " + why,
		state + "=True " + why,
		"Registered=False " + why,
		"Synced=Unknown " + reason + ": not known while Registered is False",
	}
}

// RegisteredEvent is the event of a registration.
func RegisteredEvent(number, source string) string {
	return "Normal Registered: version " + number + " of model " + ModelName + " registered from " + source
}

// WaitForVersionEvents waits until a ModelVersion has these events, in order.
func (e *Env) WaitForVersionEvents(ctx SpecContext, name string, want ...string) {
	GinkgoHelper()
	Eventually(func() []string { return e.ListEvents(ctx, "ModelVersion", name) }).WithContext(ctx).Should(Equal(want))
}

// WaitForDeleted waits until an object does not exist any more.
func (e *Env) WaitForDeleted(ctx SpecContext, v *v1alpha1.ModelVersion) {
	GinkgoHelper()
	Eventually(func() bool {
		return apierrors.IsNotFound(ControlPlane.Client.Get(ctx, ObjectKey(v), v))
	}).WithContext(ctx).Should(BeTrue())
}

// DeleteObject deletes an object, as kubectl delete --wait=false does.
func (e *Env) DeleteObject(ctx SpecContext, v *v1alpha1.ModelVersion) {
	GinkgoHelper()
	Expect(ControlPlane.Client.Delete(ctx, v)).To(Succeed())
}
