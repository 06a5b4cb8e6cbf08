// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kubeutil

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const otherFinalizer = "example.com/other"

func TestOtherFinalizersAreKept(t *testing.T) {
	object := builder.ModelVersion("april").Build()
	object.Finalizers = []string{otherFinalizer}
	c := newClient(t, object)
	read := func() *v1alpha1.ModelVersion {
		var now v1alpha1.ModelVersion
		if err := c.Get(t.Context(), client.ObjectKeyFromObject(object), &now); err != nil {
			t.Fatal(err)
		}
		return &now
	}
	for _, step := range []struct {
		wanted bool
		want   []string
	}{
		{true, []string{otherFinalizer, v1alpha1.CleanupFinalizer}},
		{true, []string{otherFinalizer, v1alpha1.CleanupFinalizer}},
		{false, []string{otherFinalizer}},
		{false, []string{otherFinalizer}},
	} {
		now := read()
		if err := EnsureFinalizer(t.Context(), c, now, step.wanted); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, read().Finalizers); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if now.ResourceVersion != read().ResourceVersion || HasFinalizer(now) != step.wanted {
			t.Errorf("the object in memory is %s with %v", now.ResourceVersion, now.Finalizers)
		}
	}
}

// A stale copy must neither restore a removed finalizer nor remove a new one.
func TestAFinalizerPatchRequiresTheReadVersion(t *testing.T) {
	object := builder.ModelVersion("april").Build()
	c := newClient(t, object)
	var stale, now v1alpha1.ModelVersion
	for _, into := range []*v1alpha1.ModelVersion{&stale, &now} {
		if err := c.Get(t.Context(), client.ObjectKeyFromObject(object), into); err != nil {
			t.Fatal(err)
		}
	}
	now.Finalizers = []string{otherFinalizer}
	if err := c.Update(t.Context(), &now); err != nil {
		t.Fatal(err)
	}
	if err := EnsureFinalizer(t.Context(), c, &stale, true); !apierrors.IsConflict(err) {
		t.Errorf("got %v, want a conflict", err)
	}
}
