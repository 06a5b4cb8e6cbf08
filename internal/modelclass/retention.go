// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelclass

import (
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// mergeRetention keeps what either of them keeps. A default can't be told from a choice, and
// a class that comes to keep more must not turn its models into problems: of each field, that
// which keeps more counts.
func mergeRetention(theirs, own *v1alpha1.Retention) *v1alpha1.Retention {
	if theirs == nil || own == nil {
		if own == nil {
			own = theirs
		}
		return own.DeepCopy()
	}
	merged := theirs.DeepCopy()
	merged.KeepLatest = max(theirs.KeepLatest, own.KeepLatest)
	if own.Action != v1alpha1.RetentionDelete {
		merged.Action = v1alpha1.RetentionArchive
	}
	for _, key := range own.KeepTags {
		if !slices.Contains(merged.KeepTags, key) {
			merged.KeepTags = append(merged.KeepTags, key)
		}
	}
	return merged
}
