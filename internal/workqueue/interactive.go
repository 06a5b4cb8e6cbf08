// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package workqueue

import (
	"sync"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
)

// maxInteractive is how many objects of a kind are interactive at a time. A person waits for each of
// a few edits, but not for each of a thousand edits by a Git sync: joining the reads of those
// is better.
const maxInteractive = 8

// InteractiveTracker remembers for which objects a person waits: from an edit, across reconciles that end with a
// conflict or are repeated, until one is settled. The zero InteractiveTracker is ready to use.
type InteractiveTracker struct {
	mu          sync.Mutex
	interactive map[client.ObjectKey]struct{}
}

// BeginReconcile reports whether the reconcile that begins is interactive: the spec is newer than
// observedGeneration, or the object has a request for a reconcile other than handled, the last acknowledged
// one. A new object is not interactive: thousands may be created at once.
func (t *InteractiveTracker) BeginReconcile(obj client.Object, observedGeneration int64, handled string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := client.ObjectKeyFromObject(obj)
	if _, tracked := t.interactive[key]; tracked {
		return true
	}
	edited := observedGeneration > 0 && observedGeneration != obj.GetGeneration()
	if !edited && kubeutil.ReconcileRequestedAt(obj) == handled || len(t.interactive) == maxInteractive {
		return false
	}
	if t.interactive == nil {
		t.interactive = map[client.ObjectKey]struct{}{}
	}
	t.interactive[key] = struct{}{}
	return true
}

// EndReconcile forgets the object if its reconcile is settled. If the reconcile is repeated, the object
// remains interactive.
func (t *InteractiveTracker) EndReconcile(key client.ObjectKey, isSettled bool) {
	if isSettled {
		t.Forget(key)
	}
}

// Forget forgets a deleted or suspended object: there is no reconcile for which a person could
// wait.
func (t *InteractiveTracker) Forget(key client.ObjectKey) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.interactive, key)
}
