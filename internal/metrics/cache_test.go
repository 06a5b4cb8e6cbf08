// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"context"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// fakeCluster is the API server that the cache reads.
type fakeCluster struct {
	models     []v1alpha1.RegisteredModel
	promotions []v1alpha1.ModelPromotion
	versions   []v1alpha1.ModelVersion
	// unresponsive is a server that never answers.
	unresponsive bool
}

// newCache returns a manager's own cache over the cluster, with the informers that the operator
// has. It is not started.
func (c fakeCluster) newCache(t testing.TB) cache.Cache {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	mapper := meta.NewDefaultRESTMapper(nil)
	mapper.Add(v1alpha1.SchemeGroupVersion.WithKind("RegisteredModel"), meta.RESTScopeNamespace)
	mapper.Add(v1alpha1.SchemeGroupVersion.WithKind("ModelPromotion"), meta.RESTScopeNamespace)
	mapper.Add(v1alpha1.SchemeGroupVersion.WithKind("ModelVersion"), meta.RESTScopeNamespace)
	made, err := cache.New(&rest.Config{}, cache.Options{
		Scheme: scheme, Mapper: mapper,
		NewInformer: func(
			_ toolscache.ListerWatcher, kind runtime.Object, resync time.Duration, indexers toolscache.Indexers,
		) toolscache.SharedIndexInformer {
			return toolscache.NewSharedIndexInformer(&staticListWatch{ctx: t.Context(), cluster: c, kind: kind}, kind, resync, indexers)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []client.Object{&v1alpha1.RegisteredModel{}, &v1alpha1.ModelPromotion{}, &v1alpha1.ModelVersion{}} {
		if _, err := made.GetInformer(t.Context(), kind, cache.BlockUntilSynced(false)); err != nil {
			t.Fatal(err)
		}
	}
	return made
}

// newSyncedCache returns a cache that has read all objects.
func (c fakeCluster) newSyncedCache(t testing.TB) cache.Cache {
	t.Helper()
	made := c.newCache(t)
	startCache(t, made)
	if !made.WaitForCacheSync(t.Context()) {
		t.Fatal("the cache was not filled")
	}
	return made
}

// startCache runs the cache until the test ends.
func startCache(t testing.TB, c cache.Cache) {
	t.Helper()
	stopped := make(chan error, 1)
	go func() { stopped <- c.Start(t.Context()) }()
	t.Cleanup(func() {
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
}

// staticListWatch lists objects of one kind that never change.
type staticListWatch struct {
	ctx     context.Context
	cluster fakeCluster
	kind    runtime.Object
}

var _ toolscache.ListerWatcher = (*staticListWatch)(nil)

func (s *staticListWatch) List(metav1.ListOptions) (runtime.Object, error) {
	if s.cluster.unresponsive {
		<-s.ctx.Done()
		return nil, s.ctx.Err()
	}
	listed := metav1.ListMeta{ResourceVersion: "1"}
	switch s.kind.(type) {
	case *v1alpha1.RegisteredModel:
		return &v1alpha1.RegisteredModelList{ListMeta: listed, Items: s.cluster.models}, nil
	case *v1alpha1.ModelVersion:
		return &v1alpha1.ModelVersionList{ListMeta: listed, Items: s.cluster.versions}, nil
	default:
		return &v1alpha1.ModelPromotionList{ListMeta: listed, Items: s.cluster.promotions}, nil
	}
}

func (s *staticListWatch) Watch(metav1.ListOptions) (watch.Interface, error) {
	return watch.NewFake(), nil
}

// IsWatchListSemanticsUnSupported makes the informer list before it watches.
func (s *staticListWatch) IsWatchListSemanticsUnSupported() bool { return true }
