// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"sync"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// Urgency knows which objects a person waits for: from an edit on, through passes that were
// overtaken or have to be repeated, until one comes to an end. The zero Urgency is for use.
type Urgency struct {
	waiting sync.Map
}

// Begin tells whether the pass that begins is urgent. A new object is not: thousands may
// come at once.
func (u *Urgency) Begin(obj client.Object, observedGeneration int64, handled string) bool {
	key := client.ObjectKeyFromObject(obj)
	edited := observedGeneration > 0 && observedGeneration != obj.GetGeneration()
	if edited || RequestedAt(obj) != handled {
		u.waiting.Store(key, nil)
		return true
	}
	_, waits := u.waiting.Load(key)
	return waits
}

// End takes how the pass ended.
func (u *Urgency) End(key client.ObjectKey, ended outcome.Outcome) {
	if ended.IsDone() || ended.Reason != v1alpha1.ReasonProgressing {
		u.waiting.Delete(key)
	}
}
