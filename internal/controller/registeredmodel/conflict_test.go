// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// newClaimant returns an object that is older than those with later letters.
func newClaimant(name string, on *builder.ModelBuilder) v1alpha1.RegisteredModel {
	object := on.Namespace("news").Build()
	object.Name, object.UID = name, types.UID(name)
	object.CreationTimestamp = metav1.NewTime(time.Unix(int64(name[0]), 0))
	return *object
}

func newShared(name string) v1alpha1.RegisteredModel {
	return newClaimant(name, builder.RegisteredModel(name).ClusterConnection("mlflow"))
}

func newLocal(name string) v1alpha1.RegisteredModel {
	return newClaimant(name, builder.RegisteredModel(name).Connection("mlflow"))
}

func newDefault(name string) v1alpha1.RegisteredModel {
	object := newClaimant(name, builder.RegisteredModel(name))
	object.Spec.ConnectionRef = nil
	return object
}

// TestOneClaimantWins tests that the same object comes first for each of them, in any order of the cache.
func TestOneClaimantWins(t *testing.T) {
	type models = []v1alpha1.RegisteredModel
	r := &Reconciler{InstanceID: "cluster"}
	for name, test := range map[string]struct {
		claimants models
		// owner is the object that the owner tag of the model names.
		owner string
		want  string
	}{
		"the older of two on a shared connection":             {models{newShared("a"), newShared("b")}, "b", "a"},
		"the older of two on connections of their namespaces": {models{newLocal("a"), newLocal("b")}, "b", "a"},
		"the older, on a shared connection":                   {models{newShared("a"), newLocal("b")}, "b", "a"},
		"the younger, on a shared connection":                 {models{newLocal("a"), newShared("b")}, "", "b"},
		"the younger, which owns the model":                   {models{newLocal("a"), newShared("b")}, "b", "b"},
		"the older, which owns the model":                     {models{newLocal("a"), newShared("b")}, "a", "a"},
		"the second, which owns the model":                    {models{newLocal("a"), newLocal("b"), newShared("c")}, "b", "b"},
		"the older, on the operator's own connection":         {models{newDefault("a"), newShared("b")}, "", "a"},
		"the one on a shared connection of three":             {models{newLocal("a"), newLocal("b"), newShared("c")}, "", "c"},
		"the one on the operator's own connection of three":   {models{newLocal("a"), newDefault("b"), newShared("c")}, "", "b"},
	} {
		t.Run(name, func(t *testing.T) {
			for range test.claimants {
				test.claimants = append(test.claimants[1:], test.claimants[0])
				claimants := slices.Clone(test.claimants)
				if hasSharedAndLocal(claimants) {
					claimants = r.eligibleClaimants(claimants, ownership.Owner("cluster/news/"+test.owner))
				}
				if first := findOldest(claimants); first.Name != test.want {
					t.Errorf("%s comes first, want %s", first.Name, test.want)
				}
			}
		})
	}
}
