// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

func TestDecideStep(t *testing.T) {
	for name, test := range map[string]struct {
		situation    State
		want         Step
		wantReplaces string
		wantIntruded bool
	}{
		"nobody holds the stage":                  {situation: newState("", "1"), want: StepPromote},
		"another version holds it, unrecorded":    {situation: newState("1", "2"), want: StepPromote, wantReplaces: "1"},
		"the candidate holds it, unrecorded":      {situation: newState("1", "1"), want: StepPromote},
		"the candidate holds it, as recorded":     {situation: newState("1", "1", "1"), want: StepNone},
		"the recorded holder is to be replaced":   {situation: newState("1", "2", "1"), want: StepPromote, wantReplaces: "1"},
		"the alias points to the candidate since": {situation: newState("2", "2", "1"), want: StepPromote, wantReplaces: "1", wantIntruded: true},
		"an intruder in place of the candidate":   {situation: newState("3", "2", "2"), want: StepRevertDrift, wantIntruded: true},
		"the alias of the candidate was deleted":  {situation: newState("", "2", "2"), want: StepRevertDrift, wantIntruded: true},
		"likewise, to be reported": {
			situation: newState("3", "2", "2").withChange(reportDrift), want: StepReportDrift, wantReplaces: "3",
		},
		"an intruder, while another version is wanted: no bar to clear": {
			situation: newState("3", "2", "1"), want: StepPromote, wantReplaces: "1", wantIntruded: true,
		},
		"likewise, where drift is reported: it holds the stage": {
			situation: newState("3", "2", "1").withChange(reportDrift), want: StepPromote, wantReplaces: "3",
		},
		"the alias points to the candidate since, and drift is reported": {
			situation: newState("2", "2", "1").withChange(reportDrift), want: StepPromote, wantReplaces: "1",
		},
		"a history of another incarnation of the model": {
			situation: newState("2", "1", "1").withChange(recreateModel), want: StepPromote, wantReplaces: "2",
		},
		"only the newest entry tells who holds the stage": {
			situation: newState("1", "1", "2", "1"), want: StepPromote, wantReplaces: "2", wantIntruded: true,
		},
		"the legacy stage is not in step": {
			situation: newState("1", "1", "1").withChange(syncLegacyStages(nil)), want: StepSyncLegacyStage,
		},
		"the legacy stage is in step": {
			situation: newState("1", "1", "1").withChange(syncLegacyStages(map[string]string{"1": "Production"})), want: StepNone,
		},
		"an alias that moved is put back before the legacy stage is": {
			situation: newState("3", "1", "1").withChange(syncLegacyStages(nil)), want: StepRevertDrift, wantIntruded: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := DecideStep(test.situation); got != test.want {
				t.Errorf("step %d, want %d", got, test.want)
			}
			if got := test.situation.BaselineVersion(); got != test.wantReplaces {
				t.Errorf("replaces %q, want %q", got, test.wantReplaces)
			}
			if got := test.situation.HasDrifted(); got != test.wantIntruded {
				t.Errorf("intruded: %t, want %t", got, test.wantIntruded)
			}
		})
	}
}

// TestDecideStepInStaging: a version is in one legacy stage only, so that the last stage that
// it holds counts.
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
			if got := DecideStep(s); got != test.want {
				t.Errorf("step %d, want %d", got, test.want)
			}
		})
	}
}

func TestReasons(t *testing.T) {
	const (
		putBack  = "version 1 is recorded as the holder of stage production, so it need not beat what another hand put there"
		returned = "version 1 has held stage production before with every gate passed, so it need not beat the version that it replaces"
	)
	younger := newCandidate("1")
	younger.VersionCreationTimestamp++
	once := func(change func(*v1alpha1.PromotionRecord)) func(*State) {
		return func(s *State) { change(&s.History[1]) }
	}
	for name, test := range map[string]struct {
		step      Step
		situation State
		candidate *v1alpha1.Candidate
		overrides bool
		wantTrust string
		wantCause v1alpha1.PromotionReason
	}{
		"a new version is trusted in nothing": {
			step: StepPromote, situation: newState("2", "1", "2"), wantCause: v1alpha1.PromotionReasonPromoted,
		},
		"a version that returns": {
			step: StepPromote, situation: newState("2", "1", "2", "1"), wantTrust: returned, wantCause: v1alpha1.PromotionReasonRolledBack,
		},
		"likewise, where rollbacks are gated": {
			step: StepPromote, situation: newState("2", "1", "2", "1").withChange(gateRollbacks), wantCause: v1alpha1.PromotionReasonRolledBack,
		},
		"a version that was put there by an override": {
			step: StepPromote, wantCause: v1alpha1.PromotionReasonRolledBack, situation: newState("2", "1", "2", "1").
				withChange(once(func(r *v1alpha1.PromotionRecord) { r.Override = &v1alpha1.OverrideRecord{} })),
		},
		"a version that was put there while gates were not enforced": {
			step: StepPromote, wantCause: v1alpha1.PromotionReasonRolledBack, situation: newState("2", "1", "2", "1").
				withChange(once(func(r *v1alpha1.PromotionRecord) { r.NotEnforced = []string{"f1"} })),
		},
		"a version of which only a put-back is on record": {
			step: StepPromote, wantCause: v1alpha1.PromotionReasonRolledBack, situation: newState("2", "1", "2", "1").
				withChange(once(func(r *v1alpha1.PromotionRecord) { r.Reason = v1alpha1.PromotionReasonDriftReverted })),
		},
		"a version that is put there by an override now": {
			step: StepPromote, situation: newState("2", "1", "2", "1"), overrides: true, wantTrust: returned,
			wantCause: v1alpha1.PromotionReasonOverridden,
		},
		"a version that is put back by an override": {
			step: StepRevertDrift, situation: newState("2", "1", "1"), overrides: true, wantTrust: putBack,
			wantCause: v1alpha1.PromotionReasonDriftReverted,
		},
		"another artifact with the number of one that held the stage": {
			step: StepPromote, situation: newState("2", "1", "2", "1"), candidate: younger, wantCause: v1alpha1.PromotionReasonPromoted,
		},
		"a version that is put back, gated or not": {
			step: StepRevertDrift, situation: newState("2", "1", "1").withChange(gateRollbacks), wantTrust: putBack, wantCause: v1alpha1.PromotionReasonDriftReverted,
		},
		"a version whose legacy stage follows": {
			step: StepSyncLegacyStage, situation: newState("1", "1", "1").withChange(gateRollbacks), wantTrust: putBack, wantCause: v1alpha1.PromotionReasonRolledBack,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := test.candidate
			if c == nil {
				c = newCandidate("1")
			}
			if diff := cmp.Diff(test.wantTrust, SkipComparisonReason(test.step, test.situation, c)); diff != "" {
				t.Errorf("trust (-want +got):\n%s", diff)
			}
			wantReturns, _, _ := strings.Cut(test.wantTrust, ", so it need not")
			if diff := cmp.Diff(wantReturns, PriorHolderReason(test.step, test.situation, c)); diff != "" {
				t.Errorf("returns (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.wantCause, HistoryReason(test.step, test.situation, c, test.overrides)); diff != "" {
				t.Errorf("cause (-want +got):\n%s", diff)
			}
		})
	}
}
