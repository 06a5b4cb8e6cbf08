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

func newSharedClaimant(name string) v1alpha1.RegisteredModel {
	return newClaimant(name, builder.RegisteredModel(name).ClusterConnection("mlflow"))
}

func newLocalClaimant(name string) v1alpha1.RegisteredModel {
	return newClaimant(name, builder.RegisteredModel(name).Connection("mlflow"))
}

func newDefaultClaimant(name string) v1alpha1.RegisteredModel {
	object := newClaimant(name, builder.RegisteredModel(name))
	object.Spec.ConnectionRef = nil
	return object
}

// TestOneClaimantWins tests that the same object comes first for each of them, in any order of the cache.
func TestOneClaimantWins(t *testing.T) {
	r := &Reconciler{InstanceID: "cluster"}
	for name, test := range map[string]struct {
		claimants []v1alpha1.RegisteredModel
		// owner is the object that the owner tag of the model names.
		owner string
		want  string
	}{
		"the older of two on a shared connection":                    {[]v1alpha1.RegisteredModel{newSharedClaimant("a"), newSharedClaimant("b")}, "b", "a"},
		"the older of two on connections of their namespaces":        {[]v1alpha1.RegisteredModel{newLocalClaimant("a"), newLocalClaimant("b")}, "b", "a"},
		"the older, on a shared connection":                          {[]v1alpha1.RegisteredModel{newSharedClaimant("a"), newLocalClaimant("b")}, "b", "a"},
		"the younger, on a shared connection":                        {[]v1alpha1.RegisteredModel{newLocalClaimant("a"), newSharedClaimant("b")}, "", "b"},
		"the younger, which owns the model":                          {[]v1alpha1.RegisteredModel{newLocalClaimant("a"), newSharedClaimant("b")}, "b", "b"},
		"the older, which owns the model":                            {[]v1alpha1.RegisteredModel{newLocalClaimant("a"), newSharedClaimant("b")}, "a", "a"},
		"the second, which owns the model":                           {[]v1alpha1.RegisteredModel{newLocalClaimant("a"), newLocalClaimant("b"), newSharedClaimant("c")}, "b", "b"},
		"the older, on the operator's own connection":                {[]v1alpha1.RegisteredModel{newDefaultClaimant("a"), newSharedClaimant("b")}, "", "a"},
		"the one on a shared connection before two others":           {[]v1alpha1.RegisteredModel{newLocalClaimant("a"), newLocalClaimant("b"), newSharedClaimant("c")}, "", "c"},
		"the one on the operator's own connection before all others": {[]v1alpha1.RegisteredModel{newLocalClaimant("a"), newDefaultClaimant("b"), newSharedClaimant("c")}, "", "b"},
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
