// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
)

func TestDecideStep(t *testing.T) {
	for name, test := range map[string]struct {
		state        State
		want         Step
		wantBaseline string
		wantDrifted  bool
	}{
		"no version holds the stage":                               {state: newState("", "1"), want: StepPromote},
		"another version holds it without a record":                {state: newState("1", "2"), want: StepPromote, wantBaseline: "1"},
		"the candidate holds it without a record":                  {state: newState("1", "1"), want: StepPromote},
		"the candidate holds it, and is the last promoted version": {state: newState("1", "1", "1"), want: StepNone},
		"the last promoted version is replaced":                    {state: newState("1", "2", "1"), want: StepPromote, wantBaseline: "1"},
		"the alias was set to the candidate externally": {
			state: newState("2", "2", "1"), want: StepPromote, wantBaseline: "1", wantDrifted: true,
		},
		"the alias was set to another version externally": {state: newState("3", "2", "2"), want: StepRevertDrift, wantDrifted: true},
		"the alias of the candidate was deleted":          {state: newState("", "2", "2"), want: StepRevertDrift, wantDrifted: true},
		"the same, in a stage that reports drift": {
			state: newState("3", "2", "2").withChange(reportDrift), want: StepReportDrift, wantBaseline: "3",
		},
		"a version that was set externally is no baseline": {
			state: newState("3", "2", "1"), want: StepPromote, wantBaseline: "1", wantDrifted: true,
		},
		"a version that was set externally is the baseline if drift is reported": {
			state: newState("3", "2", "1").withChange(reportDrift), want: StepPromote, wantBaseline: "3",
		},
		"the alias was set to the candidate externally, and drift is reported": {
			state: newState("2", "2", "1").withChange(reportDrift), want: StepPromote, wantBaseline: "1",
		},
		"a history of the model before it was created again": {
			state: newState("2", "1", "1").withChange(recreateModel), want: StepPromote, wantBaseline: "2",
		},
		"only the newest record counts": {
			state: newState("1", "1", "2", "1"), want: StepPromote, wantBaseline: "2", wantDrifted: true,
		},
		"the legacy stage does not match": {
			state: newState("1", "1", "1").withChange(syncLegacyStages(nil)), want: StepSyncLegacyStage,
		},
		"the legacy stage matches": {
			state: newState("1", "1", "1").withChange(syncLegacyStages(map[string]string{"1": "Production"})), want: StepNone,
		},
		"drift is reverted before the legacy stage is synchronized": {
			state: newState("3", "1", "1").withChange(syncLegacyStages(nil)), want: StepRevertDrift, wantDrifted: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := decideStep(test.state); got != test.want {
				t.Errorf("step %d, want %d", got, test.want)
			}
			if got := baselineVersion(test.state); got != test.wantBaseline {
				t.Errorf("baseline %q, want %q", got, test.wantBaseline)
			}
			if got := test.state.HasDrifted(); got != test.wantDrifted {
				t.Errorf("drifted: %t, want %t", got, test.wantDrifted)
			}
		})
	}
}

// TestDecideStepInStaging shows that of all stages that a version holds, the last one counts: a
// version is in one legacy stage only.
func TestDecideStepInStaging(t *testing.T) {
	for name, test := range map[string]struct {
		champion string
		want     Step
	}{
		"it holds staging alone, and MLflow says Production": {want: StepSyncLegacyStage},
		"it holds production, too":                           {champion: "1", want: StepNone},
		"another version holds production":                   {champion: "2", want: StepSyncLegacyStage},
	} {
		t.Run(name, func(t *testing.T) {
			s := newState(test.champion, "1", "1").withChange(syncLegacyStages(map[string]string{"1": "Production"}))
			s.Stage, s.Model.Aliases["staging"] = &s.Stages[0], "1"
			if got := decideStep(s); got != test.want {
				t.Errorf("step %d, want %d", got, test.want)
			}
		})
	}
}

// TestPlan shows whole decisions. The requests of candidates are those of newRequest, which has a test of its own.
func TestPlan(t *testing.T) {
	record := newRecord("1")
	pin := func(change func(*v1alpha1.Candidate)) *v1alpha1.Candidate {
		c := newCandidate("2")
		c.Generation, c.BaselineVersion = generation, "1"
		change(c)
		return c
	}
	pinned := pin(func(*v1alpha1.Candidate) {})
	former := pin(func(c *v1alpha1.Candidate) { c.VersionCreationTimestamp-- })
	kept := newCandidate("1")
	kept.Generation = generation
	select2 := func(s *State) {
		tags := map[string]v1alpha1.TagValue{"validated": "true"}
		s.Object.Spec.VersionFrom = &v1alpha1.VersionFrom{Latest: &v1alpha1.LatestVersion{Tags: tags}}
	}
	withCandidate := func(c *v1alpha1.Candidate) func(*State) {
		return func(s *State) { s.Object.Status.Candidate = c }
	}
	for name, test := range map[string]struct {
		state State
		want  Decision
		// asks is whether the decision has a request for its candidate.
		asks bool
	}{
		"nothing has to be done; the status describes the version that holds the stage": {
			state: newState("1", "1", "1").withChange(withCandidate(pinned)),
			want:  Decision{Step: StepNone, CurrentVersion: "1", LastPromoted: &record, Candidate: kept, ClearsGates: true},
		},
		"nothing has to be done, and the status shows it": {
			state: newState("1", "1", "1").withChange(withCandidate(newCandidate("1"))),
			want:  Decision{Step: StepNone, CurrentVersion: "1", LastPromoted: &record, Candidate: kept},
		},
		"nothing has to be done, unless the version was deleted": {
			state: newState("1", "1", "1").withChange(withCandidate(kept)).withChange(unlistVersions).withChange(letAliasesDangle),
			want:  Decision{Step: StepNone, CurrentVersion: "1", LastPromoted: &record, Candidate: kept, MustVerifyVersion: true},
		},
		"a dangling alias to a version that the list shows": {
			state: newState("1", "1", "1").withChange(withCandidate(kept)).withChange(letAliasesDangle),
			want:  Decision{Step: StepNone, CurrentVersion: "1", LastPromoted: &record, Candidate: kept},
		},
		"the version was deleted, which the gates report": {
			state: newState("1", "1", "1").withChange(withCandidate(kept)).withChange(missVersion),
			want:  Decision{Step: StepRevertDrift, CurrentVersion: "1", LastPromoted: &record, Candidate: kept}, asks: true,
		},
		"drift is reported; the candidate is not read": {
			state: newState("3", "1", "1").withChange(withCandidate(kept)).withChange(reportDrift),
			want:  Decision{Step: StepReportDrift, CurrentVersion: "3", LastPromoted: &record, Candidate: kept},
		},
		"drift is reported, unless the version was deleted and its alias with it": {
			state: newState("", "1", "1").withChange(withCandidate(kept)).withChange(reportDrift).withChange(unlistVersions),
			want:  Decision{Step: StepReportDrift, LastPromoted: &record, Candidate: kept, MustVerifyVersion: true},
		},
		"the version was deleted and its alias with it": {
			state: newState("", "1", "1").withChange(withCandidate(kept)).withChange(reportDrift).withChange(missVersion),
			want:  Decision{Step: StepRevertDrift, LastPromoted: &record, Candidate: kept}, asks: true,
		},
		"a new candidate, before it is read": {
			state: newState("1", "2", "1").withChange(withCandidate(kept)),
			want:  Decision{Step: StepPromote, CurrentVersion: "1", LastPromoted: &record, Candidate: kept},
		},
		"a new candidate is pinned": {
			state: newState("1", "2", "1").withChange(withCandidate(kept)).withChange(readVersion),
			want: Decision{
				Step: StepPromote, CurrentVersion: "1", LastPromoted: &record, Candidate: pinned, IsNewPin: true, ClearsGates: true,
			}, asks: true,
		},
		"a candidate that was pinned before": {
			state: newState("1", "2", "1").withChange(withCandidate(pinned)).withChange(readVersion),
			want:  Decision{Step: StepPromote, CurrentVersion: "1", LastPromoted: &record, Candidate: pinned}, asks: true,
		},
		"another artifact with the number that the same spec asked for: the pin is kept": {
			state: newState("1", "2", "1").withChange(withCandidate(former)).withChange(readVersion),
			want:  Decision{Step: StepPromote, CurrentVersion: "1", LastPromoted: &record, Candidate: former}, asks: true,
		},
		"a candidate that does not exist": {
			state: newState("1", "2", "1").withChange(withCandidate(kept)).withChange(missVersion),
			want: Decision{
				Step: StepPromote, CurrentVersion: "1", LastPromoted: &record, ClearsGates: true,
				Candidate: &v1alpha1.Candidate{Version: "2", Generation: generation},
			}, asks: true,
		},
		"a candidate that existed once": {
			state: newState("1", "2", "1").withChange(withCandidate(pinned)).withChange(missVersion),
			want:  Decision{Step: StepPromote, CurrentVersion: "1", LastPromoted: &record, Candidate: pinned}, asks: true,
		},
		"a candidate that lost the tags that selected it is not pinned": {
			state: newState("1", "2", "1").withChange(withCandidate(kept)).withChange(select2).withChange(readVersion),
			want: Decision{
				Step: StepPromote, CurrentVersion: "1", LastPromoted: &record, Candidate: kept,
				StaleSelection: "version 2 no longer has the tags that selected it",
			},
		},
		"the last promoted version is wanted whatever its tags": {
			state: newState("3", "1", "1").withChange(withCandidate(kept)).withChange(select2).withChange(readVersion),
			want:  Decision{Step: StepRevertDrift, CurrentVersion: "3", LastPromoted: &record, Candidate: kept}, asks: true,
		},
		"a precondition that is not met": {
			state: newState("1", "2", "1").withChange(withCandidate(pinned)).withChange(readVersion).
				withChange(func(s *State) { s.Object.Spec.ExpectedCurrentVersion = "3" }),
			want: Decision{
				Step: StepPromote, CurrentVersion: "1", LastPromoted: &record, Candidate: pinned,
				UnmetPrecondition: "version 1 holds stage production, not version 3 as expectedCurrentVersion demands",
			}, asks: true,
		},
		"an override is bound to the model": {
			state: newState("1", "2", "1").withChange(withCandidate(pinned)).withChange(readVersion).
				withChange(func(s *State) { s.Object.Spec.Override = &v1alpha1.Override{} }),
			want: Decision{
				Step: StepPromote, CurrentVersion: "1", LastPromoted: &record, Candidate: pinned,
				Override: &v1alpha1.OverrideBinding{Generation: generation, ModelCreationTimestamp: creationTime},
			}, asks: true,
		},
		"a legacy stage does not match": {
			state: newState("1", "1", "1").withChange(withCandidate(kept)).withChange(syncLegacyStages(nil)).withChange(readVersion),
			want:  Decision{Step: StepSyncLegacyStage, CurrentVersion: "1", LastPromoted: &record, Candidate: kept}, asks: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			want := test.want
			want.Generation = generation
			if test.asks {
				want.Request = newRequest(test.state, want.Step, want.Candidate, want.Override)
			}
			if diff := cmp.Diff(want, Plan(test.state), cmpopts.IgnoreUnexported(Decision{}, gate.Request{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestPlanRestore lets the alias be changed externally while another version is wanted.
func TestPlanRestore(t *testing.T) {
	record := newRecord("1")
	record.Generation, record.RunID = 3, "run"
	lastPromoted := newCandidate("1")
	lastPromoted.RunID = "run"
	for name, test := range map[string]struct {
		current string
		change  func(*State)
		want    *Decision
	}{
		"to a third version":            {current: "3", want: &Decision{CurrentVersion: "3"}},
		"to the candidate":              {current: "2", want: &Decision{CurrentVersion: "2"}},
		"which deleted it":              {current: "", want: &Decision{}},
		"not at all":                    {current: "1"},
		"which is only reported":        {current: "3", change: reportDrift},
		"in another model of this name": {current: "3", change: recreateModel},
	} {
		t.Run(name, func(t *testing.T) {
			s := newState(test.current, "2").withChange(readVersion)
			s.Object.Status.History = []v1alpha1.PromotionRecord{record}
			if test.change != nil {
				test.change(&s)
			}
			if test.want != nil {
				restored := s
				restored.Candidate = "1"
				test.want.Step, test.want.LastPromoted, test.want.Candidate, test.want.Generation = StepRevertDrift, &record, lastPromoted, 3
				test.want.Request = newRequest(restored, StepRevertDrift, lastPromoted, nil)
			}
			if diff := cmp.Diff(test.want, Plan(s).Restore, cmpopts.IgnoreUnexported(Decision{}, gate.Request{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnmetPrecondition(t *testing.T) {
	const notVersion1 = " holds stage production, not version 1 as expectedCurrentVersion demands"
	for name, test := range map[string]struct {
		expected v1alpha1.Version
		current  string
		want     string
	}{
		"no version is expected":                  {current: "1"},
		"the expected version":                    {expected: "1", current: "1"},
		"another version":                         {"1", "3", "version 3" + notVersion1},
		"no version":                              {"1", "", "no version" + notVersion1},
		"no version, and none is expected":        {},
		"the candidate, in place of the expected": {expected: "7", current: "2"},
		"the candidate, and it is expected":       {expected: "2", current: "2"},
		"the candidate, in place of another one":  {"1", "2", "version 7" + notVersion1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newState(test.current, "2")
			s.Object.Spec.ExpectedCurrentVersion = test.expected
			if diff := cmp.Diff(test.want, unmetPrecondition(s, &v1alpha1.Candidate{BaselineVersion: "7"})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
