// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
)

// TestOverride binds an override and asks the gates for it.
func TestOverride(t *testing.T) {
	const recreated = "model sentiment was deleted and created again since it was written"
	newBinding := func(generation, creation int64) *v1alpha1.OverrideBinding {
		return &v1alpha1.OverrideBinding{Generation: generation, ModelCreationTimestamp: creation}
	}
	current := newBinding(generation, creationTime)
	for name, test := range map[string]struct {
		policy      v1alpha1.OverridePolicy
		none        bool
		before      *v1alpha1.OverrideBinding
		want        *v1alpha1.OverrideBinding
		wantIgnored string
	}{
		"no override":                          {none: true, policy: v1alpha1.OverridePolicyAllow, before: current},
		"an override that is new":              {policy: v1alpha1.OverridePolicyAllow, want: current},
		"an override that was bound before":    {policy: v1alpha1.OverridePolicyAllow, before: current, want: current},
		"an override of an earlier generation": {policy: v1alpha1.OverridePolicyAllow, before: newBinding(4, 999), want: current},
		"a model that was created again": {
			policy: v1alpha1.OverridePolicyAllow, before: newBinding(generation, 999), want: newBinding(generation, 999), wantIgnored: recreated,
		},
		"a stage that forbids overrides": {want: current, wantIgnored: "stage production says overridePolicy: Forbid"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newState("1", "2").withChange(overrideF1)
			s.Stage.OverridePolicy, s.Object.Status.Override = test.policy, test.before
			want := &gate.Override{Version: "2", Gates: []string{"f1"}, Reason: "because", IgnoredReason: test.wantIgnored}
			if test.none {
				s.Object.Spec.Override, want = nil, nil
			}
			binding := bindOverride(s.Object, s.Model)
			if diff := cmp.Diff(test.want, binding); diff != "" {
				t.Errorf("binding (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want, newGateOverride(s, binding)); diff != "" {
				t.Errorf("override (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDescribeExemptions(t *testing.T) {
	recorded := newState("1", "1", "1")
	recorded.Object.Status.History[0].Override = &v1alpha1.OverrideRecord{Gates: []string{"accuracy", "f1"}, Reason: "INC-142"}
	recorded.Object.Status.History[0].NotEnforced = []string{"loss"}
	overridden, passed := newPassedResult(v1alpha1.ExemptionOverride), newPassedResult()
	for name, test := range map[string]struct {
		state  State
		result *gate.Result
		want   string
	}{
		"the last promoted version: its record counts": {
			state: recorded, result: &passed,
			want: "overridden: accuracy, f1 (INC-142); not enforced: loss (--enforce-performance-gates is false)",
		},
		"another version: the result counts": {
			state: newState("1", "2", "1").withChange(overrideF1), result: &overridden, want: "overridden: f1 (because)",
		},
		"another version that passed":            {state: newState("1", "2", "1"), result: &passed},
		"another version that was not evaluated": {state: newState("1", "2", "1")},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, DescribeExemptions(test.state, test.result)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
