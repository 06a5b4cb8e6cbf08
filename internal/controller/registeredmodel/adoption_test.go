// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"testing"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// TestCheckAdoption tests which objects may have a model that exists.
func TestCheckAdoption(t *testing.T) {
	for name, test := range map[string]struct {
		owner    string
		adoption v1alpha1.AdoptionPolicy
		known    int64
		want     string
	}{
		"no owner, and CreateOrAdopt":                   {adoption: v1alpha1.AdoptionPolicyCreateOrAdopt},
		"no owner, and AdoptOnly":                       {adoption: v1alpha1.AdoptionPolicyAdoptOnly},
		"no owner, and CreateOnly":                      {adoption: v1alpha1.AdoptionPolicyCreateOnly, want: v1alpha1.ReasonNameConflict},
		"created by this object, without its owner tag": {adoption: v1alpha1.AdoptionPolicyCreateOnly, known: 1000},
		"owned by this object, and CreateOnly":          {owner: "us", adoption: v1alpha1.AdoptionPolicyCreateOnly},
		"another owner": {
			owner: "them", adoption: v1alpha1.AdoptionPolicyCreateOrAdopt, want: v1alpha1.ReasonAlreadyManaged,
		},
		"another owner, and a known model": {owner: "them", known: 1000, want: v1alpha1.ReasonAlreadyManaged},
		"another owner, and TakeOver":      {owner: "them", adoption: v1alpha1.AdoptionPolicyTakeOver},
	} {
		t.Run(name, func(t *testing.T) {
			s := &scope{owner: "us", modelName: "sentiment", mlflowModel: newMLflowModel(map[string]string{})}
			s.Object = builder.RegisteredModel("sentiment").AdoptionPolicy(test.adoption).Build()
			s.Object.Status.CreationTimestamp = test.known
			if test.owner != "" {
				s.mlflowModel.Tags[ownerTag] = test.owner
			}
			if got := checkAdoption(s); got.Reason != test.want || got.CanContinue() != (test.want == "") {
				t.Errorf("%+v, want %s", got, test.want)
			}
		})
	}
}
