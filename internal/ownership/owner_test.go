// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

func TestOwner(t *testing.T) {
	owner := NewOwner("cluster", builder.RegisteredModel("sentiment").Namespace("news").ModelName("other").Build())
	if owner != "cluster/news/sentiment" {
		t.Errorf("mark %q", owner)
	}
	for name, test := range map[string]struct {
		tags map[string]string
		want Owner
	}{
		"nobody's":   {},
		"somebody's": {map[string]string{v1alpha1.ManagedByTag: "cluster/news/sentiment"}, owner},
	} {
		t.Run(name, func(t *testing.T) {
			if got := OwnerOf(&entities.RegisteredModel{Tags: test.tags}); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestOwnerObjectKey(t *testing.T) {
	news := types.NamespacedName{Namespace: "news", Name: "sentiment"}
	for name, test := range map[string]struct {
		mark Owner
		want types.NamespacedName
	}{
		"of this instance":                 {"prod/news/sentiment", news},
		"of another one":                   {mark: "test/news/sentiment"},
		"of one whose name begins alike":   {mark: "prod-2/news/sentiment"},
		"of one whose name has a slash":    {mark: "prod/eu/news/sentiment"},
		"of nobody":                        {mark: ""},
		"of an instance without an object": {mark: "prod/news"},
	} {
		t.Run(name, func(t *testing.T) {
			got, ours := test.mark.ObjectKey("prod")
			if ours != (test.want != types.NamespacedName{}) || ours && got != test.want {
				t.Errorf("%v, %t, want %v", got, ours, test.want)
			}
		})
	}
}
