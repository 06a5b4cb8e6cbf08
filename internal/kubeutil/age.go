// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kubeutil

import (
	"cmp"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// CreatedBefore tells which of two objects that claim the same thing was there first. Of two
// that were created in the same second, the name decides, so that everybody who asks
// gets the same answer.
func CreatedBefore(a, b client.Object) bool {
	return cmp.Or(
		a.GetCreationTimestamp().Compare(b.GetCreationTimestamp().Time),
		cmp.Compare(a.GetNamespace(), b.GetNamespace()),
		cmp.Compare(a.GetName(), b.GetName()),
	) < 0
}
