// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"testing"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

func TestMark(t *testing.T) {
	mark := NewMark("cluster", builder.RegisteredModel("sentiment").Namespace("news").ModelName("other").Build())
	if mark != "cluster/news/sentiment" {
		t.Errorf("mark %q", mark)
	}
	for name, test := range map[string]struct {
		tags map[string]string
		want Mark
	}{
		"nobody's":   {},
		"somebody's": {map[string]string{v1alpha1.ManagedByTag: "cluster/news/sentiment"}, mark},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Of(&entities.RegisteredModel{Tags: test.tags}); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
