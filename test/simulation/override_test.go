// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// overrideCases are overrides with the history and the reason of Ready that must follow.
var overrideCases = map[string]struct {
	story      func(*env)
	want       []string
	wantReason string
}{
	"of all gates that block the version": {
		story: func(e *env) { e.setVersionOverriding("3", "f1", "beats-f1") }, wantReason: "Promoted",
		want: []string{"Overridden 3 in place of 1", "Promoted 1 in place of "},
	},
	"of one gate of two": {
		story: func(e *env) { e.setVersionOverriding("3", "f1") }, wantReason: "GateFailed",
		want: []string{"Promoted 1 in place of "},
	},
	"of gates that pass": {
		story: func(e *env) { e.setVersionOverriding("2", "f1") }, wantReason: "Promoted",
		want: []string{"Promoted 2 in place of 1", "Promoted 1 in place of "},
	},
	"for another version": {
		story: func(e *env) {
			e.setVersionOverriding("2", "f1", "beats-f1")
			e.setVersion("production", "3")
		},
		wantReason: "GateFailed", want: []string{"Promoted 1 in place of "},
	},
	"that the stage forbids": {
		story: func(e *env) {
			e.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Stages[0].OverridePolicy = "" })
			e.setVersionOverriding("3", "f1", "beats-f1")
		},
		wantReason: "GateFailed", want: []string{"Promoted 1 in place of "},
	},
	"that the stage forbids after the promotion": {
		story: func(e *env) {
			e.setVersionOverriding("3", "f1", "beats-f1")
			e.runUntilSettled()
			e.editModel(func(spec *v1alpha1.RegisteredModelSpec) {
				spec.Stages[0].OverridePolicy = v1alpha1.OverridePolicyForbid
			})
		},
		wantReason: "Promoted", want: []string{"Overridden 3 in place of 1", "Promoted 1 in place of "},
	},
	"of a gate that cannot be evaluated": {
		story: func(e *env) {
			e.mlflow.InjectFault(mlflowtest.CallsTo("runs/get"), mlflowtest.ServerError())
			e.setVersionOverriding("3", "f1", "beats-f1")
		},
		wantReason: "GateError", want: []string{"Promoted 1 in place of "},
	},
	"with drift later": {
		story: func(e *env) {
			e.setVersionOverriding("3", "f1", "beats-f1")
			e.runUntilSettled()
			e.must(e.user.SetAlias(e.ctx, sentiment, "production", "2"))
		},
		wantReason: "Promoted", want: []string{"DriftReverted 3 in place of 2", "Overridden 3 in place of 1", "Promoted 1 in place of "},
	},
	"that is removed before drift": {
		story: func(e *env) {
			e.setVersionOverriding("3", "f1", "beats-f1")
			e.runUntilSettled()
			e.editPromotion("production", func(spec *v1alpha1.ModelPromotionSpec) { spec.Override = nil })
			e.must(e.user.SetAlias(e.ctx, sentiment, "production", "2"))
		},
		wantReason: "GateFailed", want: []string{"Overridden 3 in place of 1", "Promoted 1 in place of "},
	},
	"of a version that is rolled back to, which an override does not make trusted": {
		story: func(e *env) {
			e.setVersionOverriding("3", "f1", "beats-f1")
			e.runUntilSettled()
			e.setVersion("production", "2")
			e.runUntilSettled()
			e.setVersionOverriding("3", "f1")
		},
		wantReason: "GateFailed",
		want:       []string{"Promoted 2 in place of 3", "Overridden 3 in place of 1", "Promoted 1 in place of "},
	},
	"for a version of a model that was deleted and created again": {
		story: func(e *env) {
			e.editPromotion("production", func(spec *v1alpha1.ModelPromotionSpec) {
				spec.Version, spec.VersionFrom = "", &v1alpha1.VersionFrom{Latest: &v1alpha1.LatestVersion{}}
				spec.Override = &v1alpha1.Override{Version: "1", Gates: []string{"f1"}, Reason: "wrong split"}
			})
			e.runUntilSettled()
			e.must(e.user.DeleteModel(e.ctx, sentiment))
			e.must(e.user.CreateModel(e.ctx, sentiment, nil))
			e.versionCount = 0
			e.registerFromRun(metricValues{"f1": "0.1"})
		},
		wantReason: "GateFailed", want: []string{"Promoted 1 in place of "},
	},
}

func TestOverride(t *testing.T) {
	for name, test := range overrideCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEnv(context.WithoutCancel(t.Context()), t)
			defer e.close()
			e.prepareOverrides()
			test.story(e)
			e.runUntilSettled()
			if diff := cmp.Diff(test.want, e.snapshotState().describeHistory()); diff != "" {
				t.Errorf("history (-want +got):\n%s", diff)
			}
			if got := readyCondition(e.getPromotion("production")); got.Reason != test.wantReason {
				t.Errorf("%s: %s, want %s", got.Reason, got.Message, test.wantReason)
			}
			written := e.statusWrites
			e.runUntilSettled()
			if e.statusWrites != written {
				t.Errorf("%d statuses were written without a change", e.statusWrites-written)
			}
		})
	}
}
