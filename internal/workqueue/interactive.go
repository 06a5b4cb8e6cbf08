// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package workqueue

import (
	"sync"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
)

// maxInteractive is how many objects of a kind are urgent at a time. Somebody waits for each of
// a few; of a thousand that a sync from Git has edited nobody waits for one, and what is read
// for them is better joined.
const maxInteractive = 8

// InteractiveTracker knows which objects a person waits for: from an edit on, through passes that were
// overtaken or have to be repeated, until one comes to an end. The zero Urgency is for use.
type InteractiveTracker struct {
	mu          sync.Mutex
	interactive map[client.ObjectKey]struct{}
}

// BeginReconcile tells whether the pass that begins is urgent. A new object is not: thousands may
// come at once.
func (u *InteractiveTracker) BeginReconcile(obj client.Object, observedGeneration int64, handled string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	key := client.ObjectKeyFromObject(obj)
	if _, waits := u.interactive[key]; waits {
		return true
	}
	edited := observedGeneration > 0 && observedGeneration != obj.GetGeneration()
	if !edited && kubeutil.ReconcileRequestedAt(obj) == handled || len(u.interactive) == maxInteractive {
		return false
	}
	if u.interactive == nil {
		u.interactive = map[client.ObjectKey]struct{}{}
	}
	u.interactive[key] = struct{}{}
	return true
}

// EndReconcile forgets the object if its reconcile came to an end. One that is repeated keeps its
// priority.
func (u *InteractiveTracker) EndReconcile(key client.ObjectKey, isSettled bool) {
	if isSettled {
		u.Forget(key)
	}
}

// Forget drops an object that is gone or suspended: there are no passes that a person could
// wait for.
func (u *InteractiveTracker) Forget(key client.ObjectKey) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.interactive, key)
}
