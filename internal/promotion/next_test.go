// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

func TestNext(t *testing.T) {
	for name, test := range map[string]struct {
		situation    Situation
		want         StepKind
		wantReplaces string
		wantIntruded bool
	}{
		"nobody holds the stage":                  {situation: champion("", "1"), want: StepTake},
		"another version holds it, unrecorded":    {situation: champion("1", "2"), want: StepTake, wantReplaces: "1"},
		"the candidate holds it, unrecorded":      {situation: champion("1", "1"), want: StepTake},
		"the candidate holds it, as recorded":     {situation: champion("1", "1", "1"), want: StepHold},
		"the recorded holder is to be replaced":   {situation: champion("1", "2", "1"), want: StepTake, wantReplaces: "1"},
		"the alias points to the candidate since": {situation: champion("2", "2", "1"), want: StepTake, wantReplaces: "1", wantIntruded: true},
		"an intruder in place of the candidate":   {situation: champion("3", "2", "2"), want: StepRevert, wantIntruded: true},
		"the alias of the candidate was deleted":  {situation: champion("", "2", "2"), want: StepRevert, wantIntruded: true},
		"likewise, to be reported": {
			situation: champion("3", "2", "2").with(report), want: StepReport, wantReplaces: "3",
		},
		"an intruder, while another version is wanted: no bar to clear": {
			situation: champion("3", "2", "1"), want: StepTake, wantReplaces: "1", wantIntruded: true,
		},
		"likewise, where drift is reported: it holds the stage": {
			situation: champion("3", "2", "1").with(report), want: StepTake, wantReplaces: "3",
		},
		"the alias points to the candidate since, and drift is reported": {
			situation: champion("2", "2", "1").with(report), want: StepTake, wantReplaces: "1",
		},
		"a history of another incarnation of the model": {
			situation: champion("2", "1", "1").with(recreated), want: StepTake, wantReplaces: "2",
		},
		"only the newest entry tells who holds the stage": {
			situation: champion("1", "1", "2", "1"), want: StepTake, wantReplaces: "2", wantIntruded: true,
		},
		"the legacy stage is not in step": {
			situation: champion("1", "1", "1").with(mirrors(nil)), want: StepMirror,
		},
		"the legacy stage is in step": {
			situation: champion("1", "1", "1").with(mirrors(map[string]string{"1": "Production"})), want: StepHold,
		},
		"an alias that moved is put back before the legacy stage is": {
			situation: champion("3", "1", "1").with(mirrors(nil)), want: StepRevert, wantIntruded: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Next(test.situation); got != test.want {
				t.Errorf("step %d, want %d", got, test.want)
			}
			if got := test.situation.Replaces(); got != test.wantReplaces {
				t.Errorf("replaces %q, want %q", got, test.wantReplaces)
			}
			if got := test.situation.Intruded(); got != test.wantIntruded {
				t.Errorf("intruded: %t, want %t", got, test.wantIntruded)
			}
		})
	}
}

// TestNextInStaging: a version is in one legacy stage only, so that the last stage that
// it holds counts.
func TestNextInStaging(t *testing.T) {
	for name, test := range map[string]struct {
		champion string
		want     StepKind
	}{
		"it holds staging alone, and MLflow says Production": {want: StepMirror},
		"it holds production, too":                           {champion: "1", want: StepHold},
		"another version holds production":                   {champion: "2", want: StepMirror},
	} {
		t.Run(name, func(t *testing.T) {
			s := champion(test.champion, "1", "1").with(mirrors(map[string]string{"1": "Production"}))
			s.Stage, s.Model.Aliases["staging"] = &s.Stages[0], "1"
			if got := Next(s); got != test.want {
				t.Errorf("step %d, want %d", got, test.want)
			}
		})
	}
}

func TestTrustAndCause(t *testing.T) {
	const (
		putBack  = "version 1 is recorded as the holder of stage production, so it need not beat what another hand put there"
		returned = "version 1 has held stage production before with every gate passed, so it need not beat the version that it replaces"
	)
	younger := candidate("1")
	younger.VersionCreationTimestamp++
	once := func(change func(*v1alpha1.PromotionRecord)) func(*Situation) {
		return func(s *Situation) { change(&s.History[1]) }
	}
	for name, test := range map[string]struct {
		step      StepKind
		situation Situation
		candidate *v1alpha1.Candidate
		overrides bool
		wantTrust string
		wantCause v1alpha1.PromotionCause
	}{
		"a new version is trusted in nothing": {
			step: StepTake, situation: champion("2", "1", "2"), wantCause: v1alpha1.CausePromoted,
		},
		"a version that returns": {
			step: StepTake, situation: champion("2", "1", "2", "1"), wantTrust: returned, wantCause: v1alpha1.CauseRolledBack,
		},
		"likewise, where rollbacks are gated": {
			step: StepTake, situation: champion("2", "1", "2", "1").with(gated), wantCause: v1alpha1.CauseRolledBack,
		},
		"a version that was put there by an override": {
			step: StepTake, wantCause: v1alpha1.CauseRolledBack, situation: champion("2", "1", "2", "1").
				with(once(func(r *v1alpha1.PromotionRecord) { r.Override = &v1alpha1.OverrideRecord{} })),
		},
		"a version that was put there while gates were not enforced": {
			step: StepTake, wantCause: v1alpha1.CauseRolledBack, situation: champion("2", "1", "2", "1").
				with(once(func(r *v1alpha1.PromotionRecord) { r.NotEnforced = []string{"f1"} })),
		},
		"a version of which only a put-back is on record": {
			step: StepTake, wantCause: v1alpha1.CauseRolledBack, situation: champion("2", "1", "2", "1").
				with(once(func(r *v1alpha1.PromotionRecord) { r.Cause = v1alpha1.CauseDriftReverted })),
		},
		"a version that is put there by an override now": {
			step: StepTake, situation: champion("2", "1", "2", "1"), overrides: true, wantTrust: returned,
			wantCause: v1alpha1.CauseOverridden,
		},
		"a version that is put back by an override": {
			step: StepRevert, situation: champion("2", "1", "1"), overrides: true, wantTrust: putBack,
			wantCause: v1alpha1.CauseDriftReverted,
		},
		"another artifact with the number of one that held the stage": {
			step: StepTake, situation: champion("2", "1", "2", "1"), candidate: younger, wantCause: v1alpha1.CausePromoted,
		},
		"a version that is put back, gated or not": {
			step: StepRevert, situation: champion("2", "1", "1").with(gated), wantTrust: putBack, wantCause: v1alpha1.CauseDriftReverted,
		},
		"a version whose legacy stage follows": {
			step: StepMirror, situation: champion("1", "1", "1").with(gated), wantTrust: putBack, wantCause: v1alpha1.CauseRolledBack,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := test.candidate
			if c == nil {
				c = candidate("1")
			}
			if diff := cmp.Diff(test.wantTrust, Trust(test.step, test.situation, c)); diff != "" {
				t.Errorf("trust (-want +got):\n%s", diff)
			}
			wantReturns, _, _ := strings.Cut(test.wantTrust, ", so it need not")
			if diff := cmp.Diff(wantReturns, Returns(test.step, test.situation, c)); diff != "" {
				t.Errorf("returns (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.wantCause, Cause(test.step, test.situation, c, test.overrides)); diff != "" {
				t.Errorf("cause (-want +got):\n%s", diff)
			}
		})
	}
}
