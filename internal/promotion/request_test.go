// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
)

// TestNewRequest asks about version 2, which holds staging, with everything set that a request can contain.
func TestNewRequest(t *testing.T) {
	s := newState("1", "2", "1")
	s.Stage.PromotesFrom, s.Stage.RequiredSoakTime = []v1alpha1.StageName{"staging"}, "24h"
	s.Stage.OverridePolicy = v1alpha1.OverridePolicyAllow
	s.Stages[0].MLflowStage = "Staging"
	s.Model.Aliases["staging"] = "2"
	s.Object.CreationTimestamp = metav1.NewTime(noon)
	s.Object.Spec.RequestedBy = "alice"
	s.Object.Spec.Override = &v1alpha1.Override{Version: "2", Gates: []string{"f1"}, Reason: "because"}
	s.Gates = []gate.Spec{{Gate: v1alpha1.Gate{Name: "f1"}, Origin: v1alpha1.GateOriginPromotion}}
	s.NotEnforcedReason, s.Now = "a flag", hourTime(5)
	staging := v1alpha1.ModelPromotion{Status: v1alpha1.ModelPromotionStatus{
		History: []v1alpha1.PromotionRecord{newRecord("2")}, CurrentVersion: "2", CurrentVersionSince: hourMetaTime(0),
	}}
	staging.Spec.Stage = "staging"
	removed := v1alpha1.ModelPromotion{}
	removed.Spec.Stage = "removed from the model"
	s.Siblings = []v1alpha1.ModelPromotion{*s.Object, staging, removed}
	candidate := newCandidate("2")
	candidate.BaselineVersion = "1"
	want := gate.Request{
		Model: s.Model, ModelCreated: 1000, VersionCreated: 1002,
		Stage: "production", Alias: "champion",
		Stages:         []gate.StageRef{{Name: "staging", Alias: "staging", MLflowStage: "Staging"}, {Name: "production", Alias: "champion"}},
		PromotesFrom:   []v1alpha1.StageName{"staging"},
		PromotedStages: map[v1alpha1.StageName]bool{"staging": true}, RequiredSoakTime: "24h",
		StageTenures: map[v1alpha1.StageName][]gate.Tenure{"staging": {{Since: noon}}},
		Now:          hourTime(5), Candidate: "2", BaselineVersion: "1",
		Namespace: "news", PromotionName: "it", PromotionCreated: noon, RequestedBy: "alice",
		Override:          &gate.Override{Version: "2", Gates: []string{"f1"}, Reason: "because"},
		NotEnforcedReason: "a flag", Gates: s.Gates,
	}
	binding := &v1alpha1.OverrideBinding{Generation: generation, ModelCreationTimestamp: creationTime}
	if diff := cmp.Diff(want, newRequest(s, StepPromote, candidate, binding), cmpopts.IgnoreUnexported(gate.Request{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBackwardExemption(t *testing.T) {
	const reverted = "version 1 is the last promoted version of stage production"
	for name, test := range map[string]struct {
		step  Step
		state State
		want  string
	}{
		"a candidate of a stage that another version holds": {step: StepPromote, state: newState("2", "1", "2")},
		"a candidate that was set externally":               {step: StepPromote, state: newState("1", "1", "2")},
		"a stage without a history":                         {StepPromote, newState("1", "1"), "version 1 holds stage production already"},
		"a reverted drift":                                  {StepRevertDrift, newState("2", "1", "1"), reverted},
		"a legacy stage that is synchronized":               {StepSyncLegacyStage, newState("1", "1", "1"), reverted},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, backwardExemption(test.step, test.state)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPriorTenure(t *testing.T) {
	const (
		reverted = "version 1 is the last promoted version of stage production, so it need not beat a version that was set externally"
		returned = "version 1 has held stage production before with every gate passed, so it need not beat the version that it replaces"
	)
	younger := newCandidate("1")
	younger.VersionCreationTimestamp++
	ofRecord := func(change func(*v1alpha1.PromotionRecord)) func(*State) {
		return func(s *State) { change(&s.Object.Status.History[1]) }
	}
	for name, test := range map[string]struct {
		step       Step
		state      State
		candidate  *v1alpha1.Candidate
		overridden bool
		wantSkip   string
		wantReason v1alpha1.PromotionReason
	}{
		"a new version": {
			step: StepPromote, state: newState("2", "1", "2"), wantReason: v1alpha1.PromotionReasonPromoted,
		},
		"a version that returns": {
			step: StepPromote, state: newState("2", "1", "2", "1"), wantSkip: returned, wantReason: v1alpha1.PromotionReasonRolledBack,
		},
		"a version that returns, in a stage that gates rollbacks": {
			step: StepPromote, state: newState("2", "1", "2", "1").withChange(gateRollbacks), wantReason: v1alpha1.PromotionReasonRolledBack,
		},
		"a version that was promoted by an override": {
			step: StepPromote, wantReason: v1alpha1.PromotionReasonRolledBack, state: newState("2", "1", "2", "1").
				withChange(ofRecord(func(r *v1alpha1.PromotionRecord) { r.Override = &v1alpha1.OverrideRecord{} })),
		},
		"a version that was promoted while gates were not enforced": {
			step: StepPromote, wantReason: v1alpha1.PromotionReasonRolledBack, state: newState("2", "1", "2", "1").
				withChange(ofRecord(func(r *v1alpha1.PromotionRecord) { r.NotEnforced = []string{"f1"} })),
		},
		"a version with only a reverted drift in the history": {
			step: StepPromote, wantReason: v1alpha1.PromotionReasonRolledBack, state: newState("2", "1", "2", "1").
				withChange(ofRecord(func(r *v1alpha1.PromotionRecord) { r.Reason = v1alpha1.PromotionReasonDriftReverted })),
		},
		"a version that returns by an override": {
			step: StepPromote, state: newState("2", "1", "2", "1"), overridden: true, wantSkip: returned,
			wantReason: v1alpha1.PromotionReasonOverridden,
		},
		"a reverted drift with an override": {
			step: StepRevertDrift, state: newState("2", "1", "1"), overridden: true, wantSkip: reverted,
			wantReason: v1alpha1.PromotionReasonDriftReverted,
		},
		"another artifact with the number of one that held the stage": {
			step: StepPromote, state: newState("2", "1", "2", "1"), candidate: younger, wantReason: v1alpha1.PromotionReasonPromoted,
		},
		"a reverted drift, in a stage that gates rollbacks": {
			step: StepRevertDrift, state: newState("2", "1", "1").withChange(gateRollbacks),
			wantSkip: reverted, wantReason: v1alpha1.PromotionReasonDriftReverted,
		},
		"a legacy stage that is synchronized": {
			step: StepSyncLegacyStage, state: newState("1", "1", "1").withChange(gateRollbacks),
			wantSkip: reverted, wantReason: v1alpha1.PromotionReasonRolledBack,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := test.candidate
			if c == nil {
				c = newCandidate("1")
			}
			if diff := cmp.Diff(test.wantSkip, skipComparisonReason(test.step, test.state, c)); diff != "" {
				t.Errorf("reason to skip comparisons (-want +got):\n%s", diff)
			}
			wantPrior, _, _ := strings.Cut(test.wantSkip, ", so it need not")
			if diff := cmp.Diff(wantPrior, priorTenureReason(test.step, test.state, c)); diff != "" {
				t.Errorf("reason of the prior tenure (-want +got):\n%s", diff)
			}
			decision := Decision{Step: test.step, Candidate: c, state: test.state}
			if diff := cmp.Diff(test.wantReason, historyReason(decision, test.overridden)); diff != "" {
				t.Errorf("reason in the history (-want +got):\n%s", diff)
			}
		})
	}
}
