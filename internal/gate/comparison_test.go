// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

var _ = addFullGate("comparison", "sha256:f70fbb11e0bb7174c2d26259fbffccdd12d7fe627901280bbe872e1c2bfb007a", func() v1alpha1.Gate {
	return v1alpha1.Gate{Name: "gate", Comparison: &v1alpha1.ComparisonGate{
		Key: "f1", Direction: v1alpha1.LowerIsBetter, Baseline: &v1alpha1.Baseline{Version: "2"}, MinAbsoluteChange: "0.1",
		MinRelativeChange: "0.2", Dataset: "val", Provenance: v1alpha1.ProvenanceClaimed,
		OnMissingBaseline: v1alpha1.OnMissingBaselineFail,
	}}
})

func newComparisonGate(change func(*v1alpha1.ComparisonGate)) v1alpha1.Gate {
	g := &v1alpha1.ComparisonGate{Key: "f1", Direction: "HigherIsBetter"}
	if change != nil {
		change(g)
	}
	return v1alpha1.Gate{Name: "beats-champion", Comparison: g}
}

// TestRequiredChange compares version 4 of run A with version 3 of run B.
func TestRequiredChange(t *testing.T) {
	const ours = " (gate beats-champion, run 3f2a91c0)"
	absolute := func(least v1alpha1.Decimal) func(*v1alpha1.ComparisonGate) {
		return func(g *v1alpha1.ComparisonGate) { g.MinAbsoluteChange = least }
	}
	relative := func(least v1alpha1.Decimal) func(*v1alpha1.ComparisonGate) {
		return func(g *v1alpha1.ComparisonGate) { g.MinRelativeChange = least }
	}
	lower := func(g *v1alpha1.ComparisonGate) { g.Direction = "LowerIsBetter" }
	tests := map[string]struct {
		candidate, current string
		gate               func(*v1alpha1.ComparisonGate)
		want               string
	}{
		"better": {
			"0.85", "0.8", nil,
			"Passed: f1 0.85 is better than 0.8 of version 3 by 0.05" + ours,
		},
		"worse": {
			"0.79", "0.8", nil,
			"Failed GateFailed: f1 0.79 is worse than 0.8 of version 3 by 0.01, but must be better" + ours,
		},
		"the same is not better": {
			"0.80", "0.8", nil,
			"Failed GateFailed: f1 0.8 is the same as that of version 3, but must be better" + ours,
		},
		"lower is better": {
			"0.1", "0.2", lower,
			"Passed: f1 0.1 is better than 0.2 of version 3 by 0.1" + ours,
		},
		"lower is better, and this is higher": {
			"0.3", "0.2", lower,
			"Failed GateFailed: f1 0.3 is worse than 0.2 of version 3 by 0.1, but must be better" + ours,
		},
		"exactly the least absolute change": {
			"0.3", "0.1", absolute("0.2"),
			"Passed: f1 0.3 is better than 0.1 of version 3 by 0.2" + ours,
		},
		"not quite the least absolute change": {
			"0.29", "0.1", absolute("0.2"),
			"Failed GateFailed: f1 0.29 is better than 0.1 of version 3 by 0.19, but must be better by at least 0.2" + ours,
		},
		"zero requires no worse": {
			"0.8", "0.8", absolute("0"),
			"Passed: f1 0.8 is the same as that of version 3" + ours,
		},
		"worse than no worse": {
			"0.7", "0.8", absolute("0"),
			"Failed GateFailed: f1 0.7 is worse than 0.8 of version 3 by 0.1, but must be no worse" + ours,
		},
		"a negative change allows so much worse": {
			"0.79", "0.8", absolute("-0.01"),
			"Passed: f1 0.79 is worse than 0.8 of version 3 by 0.01" + ours,
		},
		"and no more": {
			"0.78", "0.8", absolute("-0.01"),
			"Failed GateFailed: f1 0.78 is worse than 0.8 of version 3 by 0.02, but must be worse by at most 0.01" + ours,
		},
		"exactly the least relative change": {
			"0.808", "0.8", relative("0.01"),
			"Passed: f1 0.808 is better than 0.8 of version 3 by 0.008" + ours,
		},
		"not quite the least relative change": {
			"0.807", "0.8", relative("0.01"),
			"Failed GateFailed: f1 0.807 is better than 0.8 of version 3 by 0.007, " +
				"but must be better by at least 0.01 of the baseline" + ours,
		},
		"a negative baseline counts by its size": {
			"-0.9", "-1", relative("0.1"),
			"Passed: f1 -0.9 is better than -1 of version 3 by 0.1" + ours,
		},
		"a negative baseline not beaten by enough": {
			"-0.95", "-1", relative("0.1"),
			"Failed GateFailed: f1 -0.95 is better than -1 of version 3 by 0.05, " +
				"but must be better by at least 0.1 of the baseline" + ours,
		},
		"of a baseline of zero any improvement is enough": {
			"0.001", "0.0", relative("0.1"),
			"Passed: f1 0.001 is better than 0 of version 3 by 0.001" + ours,
		},
		"but none is not": {
			"0", "0.0", relative("0.1"),
			"Failed GateFailed: f1 0 is the same as that of version 3, " +
				"but must be better by at least 0.1 of the baseline" + ours,
		},
		"of a baseline of zero no share may be lost": {
			"0", "0.0", relative("-0.1"),
			"Passed: f1 0 is the same as that of version 3" + ours,
		},
		"both changes, one of them met": {
			"0.85", "0.8",
			func(g *v1alpha1.ComparisonGate) { g.MinAbsoluteChange = "0.1"; g.MinRelativeChange = "0.01" },
			"Failed GateFailed: f1 0.85 is better than 0.8 of version 3 by 0.05, " +
				"but must be better by at least 0.1 and better by at least 0.01 of the baseline" + ours,
		},
		"NaN beats no baseline": {
			"NaN", "0.8", nil,
			"Failed GateFailed: f1 is NaN in run 3f2a91c0, not a finite number (gate beats-champion)",
		},
		"a NaN can't be beaten": {
			"0.9", "NaN", nil,
			"Failed GateFailed: the baseline, version 3, can't be compared: " +
				"f1 is NaN in run b0b0b0b0, not a finite number (gate beats-champion)",
		},
		"an unknown direction": {
			"0.9", "0.8", func(g *v1alpha1.ComparisonGate) { g.Direction = "Sideways" },
			"Failed GateFailed: unknown direction Sideways (gate beats-champion)",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := fixture{}
			f.addRunVersion("4", runA, newPoint("f1", tt.candidate))
			f.addRunVersion("3", runB, newPoint("f1", tt.current))
			got := formatLastGate(f.evaluate(t, newRequest(newComparisonGate(tt.gate))))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSelectBaseline(t *testing.T) {
	against := func(b v1alpha1.Baseline) func(*v1alpha1.ComparisonGate) {
		return func(g *v1alpha1.ComparisonGate) { g.Baseline = &b }
	}
	const noBaseline = ": there is no baseline (gate beats-champion)"
	tests := map[string]struct {
		gate   func(*v1alpha1.ComparisonGate)
		change func(*Request)
		setup  func(fixture)
		want   string
	}{
		"the version that holds the stage": {
			want: "Passed: f1 0.9 is better than 0.8 of version 3 by 0.1 (gate beats-champion, run 3f2a91c0)",
		},
		"no version holds the stage": {
			change: func(request *Request) { request.BaselineVersion = "" },
			want:   "Passed: no version holds stage production" + noBaseline,
		},
		"no version holds the stage, and the gate requires one": {
			change: func(request *Request) { request.BaselineVersion = "" },
			gate:   func(g *v1alpha1.ComparisonGate) { g.OnMissingBaseline = "Fail" },
			want:   "Failed GateFailed: no version holds stage production" + noBaseline,
		},
		"no baseline, and the candidate lacks the metric": {
			change: func(request *Request) { request.BaselineVersion = "" },
			setup:  func(f fixture) { f.addRun(runA) },
			want:   "Failed GateFailed: run 3f2a91c0 has no metric f1 (gate beats-champion)",
		},
		"the alias dangles": {
			setup: func(f fixture) { delete(f, VersionKey("sentiment", "3")) },
			want:  "Passed: version 3 of model sentiment does not exist" + noBaseline,
		},
		"the baseline can't be read": {
			setup: func(f fixture) { f[VersionKey("sentiment", "3")] = unreadableValue("timeout") },
			want:  "Error GateError: version 3 of model sentiment could not be read: timeout (gate beats-champion)",
		},
		"the baseline lacks the metric": {
			setup: func(f fixture) { f.addRun(runB) },
			want: "Failed GateFailed: the baseline, version 3, can't be compared: " +
				"run b0b0b0b0 has no metric f1 (gate beats-champion)",
		},
		"the baseline's run was deleted": {
			setup: func(f fixture) { f.addRun(runB).LifecycleStage = "deleted" },
			want: "Failed GateFailed: the baseline, version 3, can't be compared: " +
				"run b0b0b0b0 was deleted (gate beats-champion)",
		},
		"the baseline's run is only a claim": {
			setup: func(f fixture) { f.addVersion("3").Source = "s3://bucket/9" },
			want: "Failed GateFailed: the baseline, version 3, can't be compared: version 3 claims run b0b0b0b0 " +
				"but its source s3://bucket/9 does not lie under the run's artifacts, so the run's metrics don't count " +
				"(gate beats-champion; provenance: Claimed would accept them)",
		},
		"the stage itself, whatever its alias points to now": {
			gate:   against(v1alpha1.Baseline{Stage: "production"}),
			change: func(request *Request) { request.BaselineVersion, request.Model.Aliases["champion"] = "2", "4" },
			want:   "Passed: f1 0.9 is better than 0.7 of version 2 by 0.2 (gate beats-champion, run 3f2a91c0)",
		},
		"the alias of the stage itself, whatever it points to now": {
			gate:   against(v1alpha1.Baseline{Alias: "champion"}),
			change: func(request *Request) { request.BaselineVersion, request.Model.Aliases["champion"] = "2", "4" },
			want:   "Passed: f1 0.9 is better than 0.7 of version 2 by 0.2 (gate beats-champion, run 3f2a91c0)",
		},
		"another stage": {
			gate:   against(v1alpha1.Baseline{Stage: "staging"}),
			change: func(request *Request) { request.Model.Aliases["staging"] = "2" },
			want:   "Passed: f1 0.9 is better than 0.7 of version 2 by 0.2 (gate beats-champion, run 3f2a91c0)",
		},
		"another stage that is vacant": {
			gate: against(v1alpha1.Baseline{Stage: "staging"}),
			want: "Passed: no version holds stage staging" + noBaseline,
		},
		"an unknown stage": {
			gate: against(v1alpha1.Baseline{Stage: "moon"}),
			want: "Failed GateFailed: the baseline is stage moon, but the model has no such stage (gate beats-champion)",
		},
		"an alias": {
			gate:   against(v1alpha1.Baseline{Alias: "best"}),
			change: func(request *Request) { request.Model.Aliases["best"] = "2" },
			want:   "Passed: f1 0.9 is better than 0.7 of version 2 by 0.2 (gate beats-champion, run 3f2a91c0)",
		},
		"an alias that no version has": {
			gate: against(v1alpha1.Baseline{Alias: "best"}),
			want: "Passed: no version has alias best" + noBaseline,
		},
		"a version": {
			gate: against(v1alpha1.Baseline{Version: "2"}),
			want: "Passed: f1 0.9 is better than 0.7 of version 2 by 0.2 (gate beats-champion, run 3f2a91c0)",
		},
		"the candidate itself": {
			gate: against(v1alpha1.Baseline{Version: "4"}),
			want: "Failed GateFailed: version 4 is the baseline itself, and can't beat itself (gate beats-champion)",
		},
		"nothing": {
			gate: against(v1alpha1.Baseline{}),
			want: "Failed GateFailed: the baseline names neither a stage, nor an alias, nor a version (gate beats-champion)",
		},
		"a trusted rollback is not compared": {
			change: func(request *Request) { request.SkipComparisonReason = "version 4 held production before" },
			setup:  func(f fixture) { f.addRun(runA, newPoint("f1", "NaN")) },
			want:   "Pending: not evaluated (gate beats-champion); exempt: version 4 held production before",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := fixture{}
			f.addRunVersion("4", runA, newPoint("f1", "0.9"))
			f.addRunVersion("3", runB, newPoint("f1", "0.8"))
			f.addRunVersion("2", "c2c2c2c2cccc", newPoint("f1", "0.7"))
			if tt.setup != nil {
				tt.setup(f)
			}
			request := newRequest(newComparisonGate(tt.gate))
			if tt.change != nil {
				tt.change(&request)
			}
			if diff := cmp.Diff(tt.want, formatLastGate(f.evaluate(t, request))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSkippedComparisonReadsNothing(t *testing.T) {
	request := newRequest(newComparisonGate(nil))
	request.SkipComparisonReason = "version 4 held production before"
	f := fixture{}
	f.addRunVersion("4", runA)
	evidence := NewEvidence()
	f.readKey(evidence, VersionKey("sentiment", "4"))
	if missing := Evaluate(request, evidence).Missing; len(missing) != 0 {
		t.Errorf("missing: %v", missing)
	}
}
