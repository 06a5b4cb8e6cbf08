// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"k8s.io/utils/ptr"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/tagsync"
)

// desiredMetadata is what is declared of the version.
func desiredMetadata(object *v1alpha1.ModelVersion) tagsync.Metadata {
	return tagsync.Metadata{Description: ptr.Deref(object.Spec.Description, ""), Tags: desiredTags(object)}
}

// desiredTags is every tag that is declared: numbers are tags, too.
func desiredTags(object *v1alpha1.ModelVersion) map[string]string {
	tags := map[string]string{}
	for key, value := range object.Spec.Tags {
		tags[key] = string(value)
	}
	for key, value := range object.Spec.Metrics {
		tags[key] = string(value)
	}
	return tags
}
