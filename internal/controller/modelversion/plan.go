// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"k8s.io/utils/ptr"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/metadata"
)

// desired is what is declared of the version.
func desired(object *v1alpha1.ModelVersion) metadata.Values {
	return metadata.Values{Description: ptr.Deref(object.Spec.Description, ""), Tags: desiredTags(object)}
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
