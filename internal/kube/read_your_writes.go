// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

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

	"github.com/neuronews/mlflow-registry-operator/internal/lanes"
)

// ReadYourWrites is the client of a manager whose passes never begin on a status that is
// older than the one that was written last. The cache may be behind for a moment; a pass
// in that moment would compare what it found out with a status that is no longer there, see
// no difference, and leave the wrong one standing.
//
// A Get with the option Current is a conflict while the cache is behind: see Unwritten. To
// ask the API server instead would cost it more, where thousands of objects are written,
// than the passes are worth.
func ReadYourWrites(cached client.Client) client.Client {
	return &consistentClient{Client: cached, writing: lanes.Fixed(maxWrites)}
}

// maxWrites is how many statuses are written at a time. Past that an API server of two cores
// gets no faster, and whoever edits something would wait behind all of them.
const maxWrites = 8

// Current is the option of a Get that wants no older status than was written.
var Current client.GetOption = current{}

type current struct{}

// ApplyToGet is part of client.GetOption.
func (current) ApplyToGet(*client.GetOptions) {}

type consistentClient struct {
	client.Client
	// writing bounds the statuses that are written at one time.
	writing *lanes.Lanes
	// written are the versions that the cache has not shown yet: name to write.
	written sync.Map
}

var _ client.Client = (*consistentClient)(nil)

// name is what objects are looked up by.
type name struct {
	kind   string
	object client.ObjectKey
}

// write is the version that an object has since it was written. It says nothing about
// another object of the same name.
type write struct {
	uid     types.UID
	version string
	at      time.Time
}

// longestBehind is how long the cache is waited for: it may never come to show a write, as
// after a restore of etcd, which takes versions back.
const longestBehind = 10 * time.Second

// Get reads from the cache.
func (c *consistentClient) Get(ctx context.Context, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
	err := c.Client.Get(ctx, key, obj, opts...)
	if apierrors.IsNotFound(err) {
		c.forget(key, obj)
	}
	if err == nil && slices.Contains(opts, Current) && c.isBehind(obj) {
		return errBehind
	}
	return err
}

// errBehind is a conflict: what is decided on an old copy could not be written.
var errBehind error = apierrors.NewConflict(schema.GroupResource{}, "", errors.New("the cache does not show the last write yet"))

// isBehind forgets what was written once the cache shows it.
func (c *consistentClient) isBehind(obj client.Object) bool {
	id, err := c.nameOf(client.ObjectKeyFromObject(obj), obj)
	if err != nil {
		return false
	}
	last, found := c.written.Load(id)
	if !found {
		return false
	}
	if last := last.(write); last.uid == obj.GetUID() && time.Since(last.at) < longestBehind {
		order, err := resourceversion.CompareResourceVersion(obj.GetResourceVersion(), last.version)
		if err == nil && order < 0 {
			return true
		}
	}
	c.written.CompareAndDelete(id, last)
	return false
}

// forget drops what was written to an object that is gone.
func (c *consistentClient) forget(key client.ObjectKey, obj client.Object) {
	if id, err := c.nameOf(key, obj); err == nil {
		c.written.Delete(id)
	}
}

func (c *consistentClient) nameOf(key client.ObjectKey, obj client.Object) (name, error) {
	gvk, err := c.GroupVersionKindFor(obj)
	if err != nil {
		return name{}, fmt.Errorf("find the kind of %s: %w", key, err)
	}
	return name{kind: gvk.Kind, object: key}, nil
}

// Status writes statuses and remembers their versions.
func (c *consistentClient) Status() client.SubResourceWriter {
	return &rememberingWriter{SubResourceWriter: c.Client.Status(), client: c}
}

type rememberingWriter struct {
	client.SubResourceWriter
	client *consistentClient
}

// Apply is the one way in which the operator writes.
func (w *rememberingWriter) Apply(ctx context.Context, obj runtime.ApplyConfiguration, opts ...client.SubResourceApplyOption) error {
	release, err := w.client.writing.Acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := w.SubResourceWriter.Apply(ctx, obj, opts...); err != nil {
		return err
	}
	if written, ok := obj.(client.Object); ok {
		w.client.remember(written)
	}
	return nil
}

func (c *consistentClient) remember(obj client.Object) {
	if id, err := c.nameOf(client.ObjectKeyFromObject(obj), obj); err == nil {
		c.written.Store(id, write{uid: obj.GetUID(), version: obj.GetResourceVersion(), at: time.Now()})
	}
}
