// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"sync"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// mostUrgent is how many objects of a kind are urgent at a time. Somebody waits for each of
// a few; of a thousand that a sync from Git has edited nobody waits for one, and what is read
// for them is better joined.
const mostUrgent = 8

// Urgency knows which objects a person waits for: from an edit on, through passes that were
// overtaken or have to be repeated, until one comes to an end. The zero Urgency is for use.
type Urgency struct {
	mu      sync.Mutex
	waiting map[client.ObjectKey]struct{}
}

// Begin tells whether the pass that begins is urgent. A new object is not: thousands may
// come at once.
func (u *Urgency) Begin(obj client.Object, observedGeneration int64, handled string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	key := client.ObjectKeyFromObject(obj)
	if _, waits := u.waiting[key]; waits {
		return true
	}
	edited := observedGeneration > 0 && observedGeneration != obj.GetGeneration()
	if !edited && RequestedAt(obj) == handled || len(u.waiting) == mostUrgent {
		return false
	}
	if u.waiting == nil {
		u.waiting = map[client.ObjectKey]struct{}{}
	}
	u.waiting[key] = struct{}{}
	return true
}

// End takes how the pass ended.
func (u *Urgency) End(key client.ObjectKey, ended outcome.Outcome) {
	if ended.IsDone() || ended.Reason != v1alpha1.ReasonProgressing {
		u.Forget(key)
	}
}

// Forget drops an object that is gone or suspended: there are no passes that a person could
// wait for.
func (u *Urgency) Forget(key client.ObjectKey) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.waiting, key)
}
