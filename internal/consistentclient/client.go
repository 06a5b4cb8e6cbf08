// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package consistentclient wraps the client of a manager so that no reconcile begins on a status
// older than the one that was written last.
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

// NewConsistentClient is the client of a manager whose passes never begin on a status that is
// older than the one that was written last. The cache may be behind for a moment; a pass
// in that moment would compare what it found out with a status that is no longer there, see
// no difference, and leave the wrong one standing.
//
// A Get with the option Current is a conflict while the cache is behind: see Unwritten. To
// ask the API server instead would cost it more, where thousands of objects are written,
// than the passes are worth.
func NewConsistentClient(cached client.Client) client.Client {
	return &consistentClient{Client: cached, writeLimiter: limiter.NewFixed(maxConcurrentWrites)}
}

// maxConcurrentWrites is how many statuses are written at a time. Past that an API server of two cores
// gets no faster, and whoever edits something would wait behind all of them.
const maxConcurrentWrites = 8

// RequireFresh is the option of a Get that wants no older status than was written.
var RequireFresh client.GetOption = requireFresh{}

type requireFresh struct{}

// ApplyToGet is part of client.GetOption.
func (requireFresh) ApplyToGet(*client.GetOptions) {}

type consistentClient struct {
	client.Client
	// writeLimiter bounds the statuses that are written at one time.
	writeLimiter *limiter.Limiter
	// written are the versions that the cache has not shown yet: name to write.
	written sync.Map
}

var _ client.Client = (*consistentClient)(nil)

// objectName is what objects are looked up by.
type objectName struct {
	kind string
	key  client.ObjectKey
}

// writtenVersion is the version that an object has since it was written. It says nothing about
// another object of the same name.
type writtenVersion struct {
	uid       types.UID
	version   string
	writtenAt time.Time
}

// maxCacheLag is how long the cache is waited for: it may never come to show a write, as
// after a restore of etcd, which takes versions back.
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

// errStaleCache is a conflict: what is decided on an old copy could not be written.
var errStaleCache error = apierrors.NewConflict(schema.GroupResource{}, "", errors.New("the cache does not show the last write yet"))

// isStale forgets what was written once the cache shows it.
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

// forgetObject drops what was written to an object that is gone.
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

// Status writes statuses and remembers their versions.
func (c *consistentClient) Status() client.SubResourceWriter {
	return &recordingWriter{SubResourceWriter: c.Client.Status(), client: c}
}

type recordingWriter struct {
	client.SubResourceWriter
	client *consistentClient
}

// Apply is the one way in which the operator writes.
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
