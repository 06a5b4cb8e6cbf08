// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package consistentclient

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/internal/limiter"
)

// NewConsistentClient wraps a client that reads from a cache. A Get with the option RequireFresh fails with a
// conflict while the cache is behind the last status that was written through the client.
func NewConsistentClient(cached client.Client) client.Client {
	return &consistentClient{Client: cached, writeLimiter: limiter.NewFixed(maxConcurrentWrites)}
}

// maxConcurrentWrites is the number of simultaneous status writes. An API server with two cores gets no
// faster with more, and the write for an edit would wait behind all of them.
const maxConcurrentWrites = 8

// RequireFresh makes a Get fail with a conflict instead of returning a status older than the last one written.
var RequireFresh client.GetOption = requireFresh{}

type requireFresh struct{}

// ApplyToGet implements client.GetOption.
func (requireFresh) ApplyToGet(*client.GetOptions) {}

type consistentClient struct {
	client.Client
	// writeLimiter bounds the number of simultaneous status writes.
	writeLimiter *limiter.Limiter
	// written has the writtenVersion of each objectName that the cache has not shown yet.
	written sync.Map
}

var _ client.Client = (*consistentClient)(nil)

// objectName identifies an object by kind and key.
type objectName struct {
	kind string
	key  client.ObjectKey
}

// writtenVersion is the resource version of an object after its last status write. It does not apply to
// another object with the same name.
type writtenVersion struct {
	uid       types.UID
	version   string
	writtenAt time.Time
}

// maxCacheLag is how long after a write a Get can fail: the cache may never show the write, for example after
// a restore of etcd, which resets versions.
const maxCacheLag = 10 * time.Second

// Get reads from the cache.
func (c *consistentClient) Get(ctx context.Context, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
	err := c.Client.Get(ctx, key, obj, opts...)
	if apierrors.IsNotFound(err) {
		c.forgetObject(key, obj)
	}
	if err == nil && slices.Contains(opts, RequireFresh) && c.isStale(obj) {
		return errStaleCache
	}
	return err
}

// errStaleCache is a conflict, as a write with an old copy would be.
var errStaleCache error = apierrors.NewConflict(schema.GroupResource{}, "", errors.New("the cache does not show the last write yet"))

// isStale reports whether the object is older than its last write, and otherwise forgets the write.
func (c *consistentClient) isStale(obj client.Object) bool {
	id, err := c.newObjectName(client.ObjectKeyFromObject(obj), obj)
	if err != nil {
		return false
	}
	last, found := c.written.Load(id)
	if !found {
		return false
	}
	if last := last.(writtenVersion); last.uid == obj.GetUID() && time.Since(last.writtenAt) < maxCacheLag {
		order, err := resourceversion.CompareResourceVersion(obj.GetResourceVersion(), last.version)
		if err == nil && order < 0 {
			return true
		}
	}
	c.written.CompareAndDelete(id, last)
	return false
}

// forgetObject forgets the write to a deleted object.
func (c *consistentClient) forgetObject(key client.ObjectKey, obj client.Object) {
	if id, err := c.newObjectName(key, obj); err == nil {
		c.written.Delete(id)
	}
}

func (c *consistentClient) newObjectName(key client.ObjectKey, obj client.Object) (objectName, error) {
	gvk, err := c.GroupVersionKindFor(obj)
	if err != nil {
		return objectName{}, fmt.Errorf("find the kind of %s: %w", key, err)
	}
	return objectName{kind: gvk.Kind, key: key}, nil
}

// Status returns a writer that records the versions of applied statuses.
func (c *consistentClient) Status() client.SubResourceWriter {
	return &recordingWriter{SubResourceWriter: c.Client.Status(), client: c}
}

type recordingWriter struct {
	client.SubResourceWriter
	client *consistentClient
}

// Apply applies a status, which is the only way in which the operator writes one.
func (w *recordingWriter) Apply(ctx context.Context, obj runtime.ApplyConfiguration, opts ...client.SubResourceApplyOption) error {
	release, err := w.client.writeLimiter.Acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := w.SubResourceWriter.Apply(ctx, obj, opts...); err != nil {
		return err
	}
	if written, ok := obj.(client.Object); ok {
		w.client.recordWrite(written)
	}
	return nil
}

func (c *consistentClient) recordWrite(obj client.Object) {
	if id, err := c.newObjectName(client.ObjectKeyFromObject(obj), obj); err == nil {
		c.written.Store(id, writtenVersion{uid: obj.GetUID(), version: obj.GetResourceVersion(), writtenAt: time.Now()})
	}
}
