// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

var _ = addFullGate("tag", "sha256:3d89595afca843603cf4744eb6b63b2704c622d60988ac818729a7c98ecb4095", func() v1alpha1.Gate {
	return v1alpha1.Gate{Name: "gate", Tag: &v1alpha1.TagGate{
		Key: "review", Operator: v1alpha1.TagIn, Values: []string{"passed", "fine"}, Target: v1alpha1.TagTargetModel,
	}}
})

func TestTags(t *testing.T) {
	const here = " (gate bias-review, version 4)"
	tests := map[string]struct {
		operator v1alpha1.TagOperator
		tags     map[string]string
		want     string
	}{
		"In, and it is": {
			"In", map[string]string{"bias_review": "passed"},
			`Passed: tag bias_review is "passed"` + here,
		},
		"In, and it is not": {
			"In", map[string]string{"bias_review": "open"},
			`Failed GateFailed: tag bias_review is "open", but must be one of "passed", "tolerated"` + here,
		},
		"In, and no tag": {
			"In", nil,
			`Failed GateFailed: tag bias_review is not set, but must be one of "passed", "tolerated"` + here,
		},
		"NotIn, and it is": {
			"NotIn", map[string]string{"bias_review": "tolerated"},
			`Failed GateFailed: tag bias_review is "tolerated", but must be none of "passed", "tolerated"` + here,
		},
		"NotIn, and it is not": {
			"NotIn", map[string]string{"bias_review": "open"},
			`Passed: tag bias_review is "open"` + here,
		},
		"NotIn, and no tag": {
			"NotIn", nil,
			"Passed: tag bias_review is not set" + here,
		},
		"Exists, even when empty": {
			"Exists", map[string]string{"bias_review": ""},
			`Passed: tag bias_review is ""` + here,
		},
		"Exists, and no tag": {
			"Exists", nil,
			"Failed GateFailed: tag bias_review is not set, but must be set" + here,
		},
		"DoesNotExist, and no tag": {
			"DoesNotExist", nil,
			"Passed: tag bias_review is not set" + here,
		},
		"DoesNotExist, and it is empty": {
			"DoesNotExist", map[string]string{"bias_review": ""},
			`Failed GateFailed: tag bias_review is "", but must be not set` + here,
		},
		"a long value is cut": {
			"DoesNotExist", map[string]string{"bias_review": strings.Repeat("ü", 200)},
			`Failed GateFailed: tag bias_review is "` + strings.Repeat("ü", 99) + `…", but must be not set` + here,
		},
		"an unknown operator": {
			"Like", nil,
			"Failed GateFailed: unknown tag operator Like (gate bias-review)",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := fixture{}
			f.addVersion("4").Tags = tt.tags
			got := formatLastGate(f.evaluate(t, newRequest(newTagGate(tt.operator, ""))))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func newTagGate(operator v1alpha1.TagOperator, of v1alpha1.TagTarget) v1alpha1.Gate {
	return v1alpha1.Gate{Name: "bias-review", Tag: &v1alpha1.TagGate{
		Key: "bias_review", Operator: operator, Values: []string{"passed", "tolerated"}, Target: of,
	}}
}

func TestTagTargets(t *testing.T) {
	tests := map[string]struct {
		of    v1alpha1.TagTarget
		setup func(fixture)
		want  string
	}{
		"the model's": {
			of:   "Model",
			want: `Passed: tag bias_review is "tolerated" (gate bias-review, model sentiment)`,
		},
		"the run's": {
			of:   "Run",
			want: `Passed: tag bias_review is "passed" (gate bias-review, run 3f2a91c0)`,
		},
		"that of a run that is only claimed": {
			of:    "Run",
			setup: func(f fixture) { f.addVersion("4").Source = "s3://bucket/9" },
			want: "Failed GateFailed: version 4 claims run 3f2a91c0 but its source s3://bucket/9 " +
				"does not lie under the run's artifacts, so the run's tags don't count (gate bias-review)",
		},
		"that of a run that can't be read": {
			of:    "Run",
			setup: func(f fixture) { f[runKey(runA)] = unreadableValue("timeout") },
			want:  "Error GateError: run 3f2a91c0 could not be read: timeout (gate bias-review)",
		},
		"an unknown target": {
			of:   "Cat",
			want: "Failed GateFailed: unknown tag target Cat (gate bias-review)",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := fixture{}
			f.addRunVersion("4", runA).Tags = map[string]string{"bias_review": "passed"}
			if tt.setup != nil {
				tt.setup(f)
			}
			request := newRequest(newTagGate("In", tt.of))
			request.Model.Tags["bias_review"] = "tolerated"
			if diff := cmp.Diff(tt.want, formatLastGate(f.evaluate(t, request))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTagsOfAbsentRun(t *testing.T) {
	f := fixture{}
	f.addRunVersion("4", runA)
	delete(f, runKey(runA))
	want := "Failed GateFailed: run 3f2a91c0 does not exist (gate bias-review)"
	if diff := cmp.Diff(want, formatLastGate(f.evaluate(t, newRequest(newTagGate("DoesNotExist", "Run"))))); diff != "" {
		t.Error(diff)
	}
}

// TestEmptyTagValue: an absent tag is not an empty tag.
func TestEmptyTagValue(t *testing.T) {
	for operator, want := range map[v1alpha1.TagOperator]string{
		"In":    `Failed GateFailed: tag bias_review is not set, but must be one of "" (gate bias-review, version 4)`,
		"NotIn": "Passed: tag bias_review is not set (gate bias-review, version 4)",
	} {
		f := fixture{}
		f.addVersion("4")
		gate := newTagGate(operator, "")
		gate.Tag.Values = []string{""}
		if diff := cmp.Diff(want, formatLastGate(f.evaluate(t, newRequest(gate)))); diff != "" {
			t.Error(diff)
		}
	}
}
