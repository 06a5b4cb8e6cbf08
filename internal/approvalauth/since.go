// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package approvalauth

import (
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// latestCreation is since when all of the objects have said what they say: of what was never
// edited, its creation tells.
func latestCreation(objects ...client.Object) time.Time {
	var latest time.Time
	for _, obj := range objects {
		if created := obj.GetCreationTimestamp().Time; created.After(latest) {
			latest = created
		}
	}
	return latest
}

// isEdited tells whether a spec is not the one that the object was created with. The API
// server keeps no time of that: those of managed fields don't tell of a field that was
// removed.
func isEdited(obj client.Object) bool {
	return obj.GetGeneration() != 1
}
