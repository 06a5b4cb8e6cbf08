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

// claimant is an object that is older than those of later letters.
func claimant(name string, on *builder.ModelBuilder) v1alpha1.RegisteredModel {
	object := on.Namespace("news").Build()
	object.Name, object.UID = name, types.UID(name)
	object.CreationTimestamp = metav1.NewTime(time.Unix(int64(name[0]), 0))
	return *object
}

func shared(name string) v1alpha1.RegisteredModel {
	return claimant(name, builder.RegisteredModel(name).Shared("mlflow"))
}

func ofNamespace(name string) v1alpha1.RegisteredModel {
	return claimant(name, builder.RegisteredModel(name).Connection("mlflow"))
}

func ofOperator(name string) v1alpha1.RegisteredModel {
	object := claimant(name, builder.RegisteredModel(name))
	object.Spec.ConnectionRef = nil
	return object
}

// Whoever asks, and in whatever order the cache lists them, the same one comes first.
func TestOneOfThemComesFirst(t *testing.T) {
	r := &Reconciler{Instance: "cluster"}
	for name, test := range map[string]struct {
		claimants []v1alpha1.RegisteredModel
		// marked is the object whose mark the model carries.
		marked string
		want   string
	}{
		"the older of two that share":             {[]v1alpha1.RegisteredModel{shared("a"), shared("b")}, "b", "a"},
		"the older of two in their namespaces":    {[]v1alpha1.RegisteredModel{ofNamespace("a"), ofNamespace("b")}, "b", "a"},
		"the older, which shares":                 {[]v1alpha1.RegisteredModel{shared("a"), ofNamespace("b")}, "b", "a"},
		"the younger, which shares":               {[]v1alpha1.RegisteredModel{ofNamespace("a"), shared("b")}, "", "b"},
		"the younger, which has it":               {[]v1alpha1.RegisteredModel{ofNamespace("a"), shared("b")}, "b", "b"},
		"the older, which has it":                 {[]v1alpha1.RegisteredModel{ofNamespace("a"), shared("b")}, "a", "a"},
		"the second, which has it":                {[]v1alpha1.RegisteredModel{ofNamespace("a"), ofNamespace("b"), shared("c")}, "b", "b"},
		"the older, as the operator's own go":     {[]v1alpha1.RegisteredModel{ofOperator("a"), shared("b")}, "", "a"},
		"the one that shares before one of many":  {[]v1alpha1.RegisteredModel{ofNamespace("a"), ofNamespace("b"), shared("c")}, "", "c"},
		"the operator's, where all come together": {[]v1alpha1.RegisteredModel{ofNamespace("a"), ofOperator("b"), shared("c")}, "", "b"},
	} {
		t.Run(name, func(t *testing.T) {
			for range test.claimants {
				test.claimants = append(test.claimants[1:], test.claimants[0])
				claimants := slices.Clone(test.claimants)
				if isMixed(claimants) {
					claimants = r.heard(claimants, ownership.Mark("cluster/news/"+test.marked))
				}
				if first := oldest(claimants); first.Name != test.want {
					t.Errorf("%s comes first, want %s", first.Name, test.want)
				}
			}
		})
	}
}
