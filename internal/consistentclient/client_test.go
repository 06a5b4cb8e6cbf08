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

// staleClient is a cache that still shows an object as it was.
type staleClient struct {
	client.Client
	cached *v1alpha1.RegisteredModel
	// deleted is whether the cache saw the object deleted.
	deleted bool
}

func (b *staleClient) Get(_ context.Context, key client.ObjectKey, obj client.Object, _ ...client.GetOption) error {
	if b.deleted {
		return apierrors.NewNotFound(schema.GroupResource{Resource: "registeredmodels"}, key.Name)
	}
	b.cached.DeepCopyInto(obj.(*v1alpha1.RegisteredModel))
	return nil
}

func TestConsistentClient(t *testing.T) {
	cases := map[string]struct {
		cacheShows func(before, written *v1alpha1.RegisteredModel) *v1alpha1.RegisteredModel
		want       string
		wantBehind bool
	}{
		"nothing is read while the cache is behind": {
			cacheShows: func(before, _ *v1alpha1.RegisteredModel) *v1alpha1.RegisteredModel { return before },
			wantBehind: true,
		},
		"the cache is enough once it shows what was written": {
			cacheShows: func(_, written *v1alpha1.RegisteredModel) *v1alpha1.RegisteredModel {
				shown := written.DeepCopy()
				shown.Status.StageSummary = "cached"
				return shown
			},
			want: "cached",
		},
		"what was written to an object that was deleted says nothing of its successor": {
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
			if behind := apierrors.IsConflict(err); behind != tc.wantBehind || !behind && err != nil {
				t.Fatalf("got %v, want a conflict: %t", err, tc.wantBehind)
			}
			if !tc.wantBehind && got.Status.StageSummary != tc.want {
				t.Errorf("summary: got %q, want %q", got.Status.StageSummary, tc.want)
			}
			if err := c.Get(t.Context(), key, got); err != nil {
				t.Errorf("who takes any status gets %v", err)
			}
		})
	}
}

// What is remembered of deleted objects would add up for as long as the operator runs.
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
		t.Errorf("got %v, though nothing should be remembered", err)
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
