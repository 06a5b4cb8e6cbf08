// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package consistentclient_test

import (
	"context"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/consistentclient"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
)

// staleClient is a cache that shows an old state of an object.
type staleClient struct {
	client.Client
	cached *v1alpha1.RegisteredModel
	// deleted is whether the cache shows that the object was deleted.
	deleted bool
}

func (c *staleClient) Get(_ context.Context, key client.ObjectKey, obj client.Object, _ ...client.GetOption) error {
	if c.deleted {
		return apierrors.NewNotFound(schema.GroupResource{Resource: "registeredmodels"}, key.Name)
	}
	c.cached.DeepCopyInto(obj.(*v1alpha1.RegisteredModel))
	return nil
}

func TestConsistentClient(t *testing.T) {
	cases := map[string]struct {
		cacheShows   func(before, written *v1alpha1.RegisteredModel) *v1alpha1.RegisteredModel
		want         string
		wantConflict bool
	}{
		"a cache that is behind is a conflict": {
			cacheShows:   func(before, _ *v1alpha1.RegisteredModel) *v1alpha1.RegisteredModel { return before },
			wantConflict: true,
		},
		"a cache that shows the write is read": {
			cacheShows: func(_, written *v1alpha1.RegisteredModel) *v1alpha1.RegisteredModel {
				shown := written.DeepCopy()
				shown.Status.StageSummary = "cached"
				return shown
			},
			want: "cached",
		},
		"a write to a deleted object does not affect its successor": {
			cacheShows: func(before, _ *v1alpha1.RegisteredModel) *v1alpha1.RegisteredModel {
				successor := before.DeepCopy()
				successor.UID, successor.Status.StageSummary = "successor", "fresh"
				return successor
			},
			want: "fresh",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			server := newServerWith(t, &v1alpha1.RegisteredModel{ObjectMeta: metav1.ObjectMeta{
				Namespace: "news", Name: "sentiment", UID: types.UID("first"),
			}})
			key := client.ObjectKey{Namespace: "news", Name: "sentiment"}
			before := readModel(t, server, key)
			cache := &staleClient{Client: server, cached: before}
			c := consistentclient.NewConsistentClient(cache)

			written := before.DeepCopy()
			written.Status.StageSummary = "new"
			if err := kubeutil.ApplyStatusIfCurrent(t.Context(), c, written); err != nil {
				t.Fatal(err)
			}
			cache.cached = tc.cacheShows(before, written)

			got := &v1alpha1.RegisteredModel{}
			err := c.Get(t.Context(), key, got, consistentclient.RequireFresh)
			if conflict := apierrors.IsConflict(err); conflict != tc.wantConflict || !conflict && err != nil {
				t.Fatalf("got %v, want a conflict: %t", err, tc.wantConflict)
			}
			if !tc.wantConflict && got.Status.StageSummary != tc.want {
				t.Errorf("summary: got %q, want %q", got.Status.StageSummary, tc.want)
			}
			if err := c.Get(t.Context(), key, got); err != nil {
				t.Errorf("Get without RequireFresh: %v", err)
			}
		})
	}
}

// The writes to deleted objects must not accumulate.
func TestConsistentClientForgetsDeletedObjects(t *testing.T) {
	server := newServerWith(t, &v1alpha1.RegisteredModel{ObjectMeta: metav1.ObjectMeta{
		Namespace: "news", Name: "sentiment", UID: types.UID("first"),
	}})
	key := client.ObjectKey{Namespace: "news", Name: "sentiment"}
	before := readModel(t, server, key)
	cache := &staleClient{Client: server, cached: before}
	c := consistentclient.NewConsistentClient(cache)
	written := before.DeepCopy()
	written.Status.StageSummary = "new"
	if err := kubeutil.ApplyStatusIfCurrent(t.Context(), c, written); err != nil {
		t.Fatal(err)
	}

	cache.deleted = true
	if err := c.Get(t.Context(), key, &v1alpha1.RegisteredModel{}, consistentclient.RequireFresh); !apierrors.IsNotFound(err) {
		t.Fatalf("got %v, want NotFound", err)
	}
	cache.deleted = false
	if err := c.Get(t.Context(), key, &v1alpha1.RegisteredModel{}, consistentclient.RequireFresh); err != nil {
		t.Errorf("got %v, want no error: the write should be forgotten", err)
	}
}

func newServerWith(t *testing.T, obj client.Object) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(obj).WithStatusSubresource(obj).Build()
}

func readModel(t *testing.T, c client.Reader, key client.ObjectKey) *v1alpha1.RegisteredModel {
	t.Helper()
	model := &v1alpha1.RegisteredModel{}
	if err := c.Get(t.Context(), key, model); err != nil {
		t.Fatal(err)
	}
	return model
}
