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
		t.Errorf("owner %q", owner)
	}
	for name, test := range map[string]struct {
		tags map[string]string
		want Owner
	}{
		"without an owner": {},
		"with an owner":    {map[string]string{v1alpha1.ManagedByTag: "cluster/news/sentiment"}, owner},
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
		owner Owner
		want  types.NamespacedName
	}{
		"of this instance":                    {"prod/news/sentiment", news},
		"of another instance":                 {owner: "test/news/sentiment"},
		"of an instance with the same prefix": {owner: "prod-2/news/sentiment"},
		"of an instance with a slash":         {owner: "prod/eu/news/sentiment"},
		"empty":                               {owner: ""},
		"of an instance without an object":    {owner: "prod/news"},
	} {
		t.Run(name, func(t *testing.T) {
			got, found := test.owner.ObjectKey("prod")
			if found != (test.want != types.NamespacedName{}) || found && got != test.want {
				t.Errorf("%v, %t, want %v", got, found, test.want)
			}
		})
	}
}
