// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kubeutil

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

func TestIgnoreConflict(t *testing.T) {
	failed := errors.New("failed")
	conflict := apierrors.NewConflict(schema.GroupResource{Resource: "modelpromotions"}, "p", failed)
	notFound := apierrors.NewNotFound(schema.GroupResource{Resource: "modelpromotions"}, "p")
	for name, test := range map[string]struct {
		err, want  error
		wantResult reconcile.Result
	}{
		"no error":               {},
		"a conflict":             {err: conflict, wantResult: reconcile.Result{RequeueAfter: conflictRequeueAfter}},
		"the object was deleted": {err: notFound},
		"another error":          {err: failed, want: failed},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := IgnoreConflict(test.err)
			if diff := cmp.Diff(test.wantResult, result); diff != "" || !errors.Is(err, test.want) || (err != nil) != (test.want != nil) {
				t.Errorf("(-want +got):\n%s%v", diff, err)
			}
		})
	}
}

func TestApplyStatus(t *testing.T) {
	stored := builder.Promotion("p").Build()
	stored.UID = types.UID("1")
	c := newClient(t, stored)
	read := func() *v1alpha1.ModelPromotion {
		var p v1alpha1.ModelPromotion
		if err := c.Get(t.Context(), client.ObjectKeyFromObject(stored), &p); err != nil {
			t.Fatal(err)
		}
		return &p
	}

	p := read()
	p.Status.CurrentVersion, p.Status.URI, p.Spec.Version = "1", "models:/m@a", "99"
	if err := ApplyStatus(t.Context(), c, p); err != nil {
		t.Fatal(err)
	}
	got := read()
	if got.ResourceVersion != p.ResourceVersion {
		t.Errorf("version %s in memory, %s stored", p.ResourceVersion, got.ResourceVersion)
	}
	p.Status.URI = ""
	if err := ApplyStatusIfCurrent(t.Context(), c, p); err != nil {
		t.Fatal(err)
	}
	want := v1alpha1.ModelPromotionStatus{CurrentVersion: "1"}
	if diff := cmp.Diff(want, read().Status); diff != "" || read().Spec.Version != "1" {
		t.Errorf("spec.version %s, status (-want +got):\n%s", read().Spec.Version, diff)
	}
	if err := ApplyStatusIfCurrent(t.Context(), c, got); !apierrors.IsConflict(err) {
		t.Errorf("ApplyStatusIfCurrent with an old copy: got %v, want a conflict", err)
	}
	if err := ApplyStatus(t.Context(), c, got); err != nil {
		t.Errorf("ApplyStatus with an old copy: %v", err)
	}
}
