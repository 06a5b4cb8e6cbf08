// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

func TestListActions(t *testing.T) {
	inProduction := map[string]string{"1": "Production"}
	for name, test := range map[string]struct {
		step  Step
		state State
		want  []Action
	}{
		"the evidence comes before the alias": {StepPromote, newState("2", "1"), []Action{ActionSetEvidenceTag, ActionSetAlias, ActionRecord}},
		"an alias that is there is left out":  {StepPromote, newState("1", "1"), []Action{ActionSetEvidenceTag, ActionRecord}},
		"the legacy stage comes last": {
			StepPromote, newState("2", "1").withChange(syncLegacyStages(nil)),
			[]Action{ActionSetEvidenceTag, ActionSetAlias, ActionRecord, ActionSyncLegacyStage},
		},
		"a legacy stage that is there is left out": {
			StepPromote, newState("2", "1").withChange(syncLegacyStages(inProduction)), []Action{ActionSetEvidenceTag, ActionSetAlias, ActionRecord},
		},
		"a current version whose legacy stage does not match": {
			StepPromote, newState("1", "1").withChange(syncLegacyStages(nil)), []Action{ActionSetEvidenceTag, ActionRecord, ActionSyncLegacyStage},
		},
		"the legacy stage alone gets no evidence": {
			StepSyncLegacyStage, newState("1", "1", "1").withChange(syncLegacyStages(nil)), []Action{ActionSyncLegacyStage, ActionRecord},
		},
		"the last promoted version is restored like any other": {
			StepRevertDrift, newState("2", "1", "1"), []Action{ActionSetEvidenceTag, ActionSetAlias, ActionRecord},
		},
		"the legacy stage of staging is not synchronized for a version that holds production": {
			StepPromote, newState("1", "1").withChange(syncLegacyStages(inProduction)).withChange(func(s *State) { s.Stage = &s.Stages[0] }),
			[]Action{ActionSetEvidenceTag, ActionSetAlias, ActionRecord},
		},
		"a later stage without a legacy stage does not count": {
			StepPromote, newState("1", "1").withChange(syncLegacyStages(nil)).
				withChange(func(s *State) { s.Stages[1].MLflowStage = ""; s.Stage = &s.Stages[0] }),
			[]Action{ActionSetEvidenceTag, ActionSetAlias, ActionRecord, ActionSyncLegacyStage},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, listActions(test.step, test.state)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDetectChange(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*entities.RegisteredModel)
		want   string
	}{
		"nothing changed": {change: func(*entities.RegisteredModel) {}},
		"a new version is no conflict": {
			change: func(m *entities.RegisteredModel) {
				m.LastUpdatedTimestamp++
				m.LatestVersions = nil
				m.Description = "x"
			},
		},
		"the model was created again": {
			change: func(m *entities.RegisteredModel) { m.CreationTimestamp++ },
			want:   "model sentiment was deleted and created again while its gates were evaluated",
		},
		"the alias moved": {
			change: func(m *entities.RegisteredModel) { m.Aliases["champion"] = "2" },
			want:   "alias champion moved from version 1 to version 2 while the gates were evaluated",
		},
		"the alias was deleted": {
			change: func(m *entities.RegisteredModel) { delete(m.Aliases, "champion") },
			want:   "alias champion moved from version 1 to no version while the gates were evaluated",
		},
		"another alias, that a baseline may be": {
			change: func(m *entities.RegisteredModel) { m.Aliases["rival"] = "2" },
			want:   "alias rival moved from no version to version 2 while the gates were evaluated",
		},
		"a tag, that a gate may demand": {
			change: func(m *entities.RegisteredModel) { m.Tags["approved"] = "" },
			want:   "tag approved of model sentiment changed while the gates were evaluated",
		},
	} {
		t.Run(name, func(t *testing.T) {
			before, now := newState("1", "2").Model, newState("1", "2").Model
			test.change(now)
			if diff := cmp.Diff(test.want, detectChange(before, now)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestHasAliasMoved(t *testing.T) {
	pending := newRecord("2")
	for name, test := range map[string]struct {
		state State
		want  bool
	}{
		"the alias points there":      {newState("2", "2"), true},
		"the alias is where it was":   {newState("1", "2"), false},
		"the alias is gone":           {newState("", "2"), false},
		"the model was created again": {newState("2", "2").withChange(recreateModel), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := HasAliasMoved(&pending, test.state.Stage, test.state.Model); got != test.want {
				t.Errorf("%t, want %t", got, test.want)
			}
		})
	}
}

// newTransition is the transition to a version whose gates passed at half past twelve.
func newTransition(version string, outcome Outcome, result gate.Result, change func(*v1alpha1.PromotionRecord)) Transition {
	record := newRecord(version)
	record.Time, record.Generation, record.Reason = metav1.NewTime(halfPast), generation, v1alpha1.PromotionReasonPromoted
	record.Evidence = "sha256:" + result.Digest()
	change(&record)
	return Transition{
		Version: version, Record: &record, Outcome: outcome, Actions: []Action{ActionSetEvidenceTag, ActionSetAlias, ActionRecord},
	}
}

var halfPast = noon.Add(30 * time.Minute)

// setAlias is the event of a version that replaces another one.
func setAlias(reason, before, after string) Event {
	return Event{
		Warning: reason == "DriftReverted", Reason: reason, Action: "SetAlias",
		Note: "alias champion of model sentiment moved from version " + before + " to " + after,
	}
}

// after changes a record to one of a version that replaced another one.
func after(version v1alpha1.Version, reason v1alpha1.PromotionReason) func(*v1alpha1.PromotionRecord) {
	return func(r *v1alpha1.PromotionRecord) { r.PreviousVersion, r.Reason = version, reason }
}

// TestNewTransition shows whole transitions of gates that passed a quarter of a second after half past twelve.
func TestNewTransition(t *testing.T) {
	passed, overridden := newPassedResult(), newPassedResult(v1alpha1.ExemptionOverride)
	notEnforced := newPassedResult(v1alpha1.ExemptionFeatureFlag)
	const (
		gatesTag  = `"gates":[{"name":"f1","result":"Passed","observed":"0.9","expected":"\u003e 0.5"}],`
		after1Tag = `{"promotion":"news/it","generation":5,"from":"1",`
	)
	for name, test := range map[string]struct {
		state  State
		result gate.Result
		want   Transition
		// wantEvent is the event, and wantTag begins the evidence tag.
		wantEvent Event
		wantTag   string
	}{
		"the first version of a stage": {
			state: newState("", "1"), result: passed,
			want: newTransition("1", OutcomePromoted, passed, func(*v1alpha1.PromotionRecord) {}),
			wantEvent: Event{
				Reason: "Promoted", Action: "SetAlias",
				Note: "alias champion of model sentiment was set to version 1; no version held it before",
			},
			wantTag: `{"promotion":"news/it","generation":5,"from":"",` + gatesTag + `"time":"2026-05-03T12:30:00Z",`,
		},
		"a version that replaces another one": {
			state: newState("1", "2", "1").withChange(holdSinceNoon), result: passed,
			want: newTransition("2", OutcomePromoted, passed, func(r *v1alpha1.PromotionRecord) {
				r.PreviousVersion, r.PreviousVersionSince = "1", hourMetaTime(0)
			}),
			wantEvent: setAlias("Promoted", "1", "2"), wantTag: after1Tag,
		},
		"a version that returns": {
			state: newState("1", "2", "1", "2"), result: passed,
			want:      newTransition("2", OutcomeRolledBack, passed, after("1", "RolledBack")),
			wantEvent: setAlias("RolledBack", "1", "2"), wantTag: after1Tag,
		},
		"a version that is restored": {
			state: newState("3", "1", "1"), result: passed,
			want:      newTransition("1", OutcomeDriftReverted, passed, after("3", "DriftReverted")),
			wantEvent: setAlias("DriftReverted", "3", "1"), wantTag: `{"promotion":"news/it","generation":5,"from":"3",`,
		},
		"a version that is overridden": {
			state: newState("1", "2", "1").withChange(overrideF1), result: overridden,
			want: newTransition("2", OutcomeOverridden, overridden, func(r *v1alpha1.PromotionRecord) {
				r.PreviousVersion, r.Reason = "1", "Overridden"
				r.Override = &v1alpha1.OverrideRecord{Gates: []string{"f1"}, Reason: "because"}
			}),
			wantEvent: Event{
				Warning: true, Reason: "Overridden", Action: "SetAlias",
				Note: "alias champion of model sentiment moved from version 1 to 2; overridden: f1 (because)",
			},
			wantTag: after1Tag + `"gates":[{"name":"f1","result":"Failed","exemption":"Override","observed":"0.9","expected":"\u003e 0.5"}],` +
				`"override":{"gates":["f1"],"reason":"because"},"time":"2026-05-03T12:30:00Z",`,
		},
		"a version whose gates are not enforced": {
			state: newState("1", "2", "1"), result: notEnforced,
			want: newTransition("2", OutcomePromoted, notEnforced, func(r *v1alpha1.PromotionRecord) {
				r.PreviousVersion, r.NotEnforced = "1", []string{"f1"}
			}),
			wantEvent: Event{
				Warning: true, Reason: "Promoted", Action: "SetAlias",
				Note: "alias champion of model sentiment moved from version 1 to 2; not enforced: f1 (--enforce-performance-gates is false)",
			},
			wantTag: after1Tag,
		},
		"a version that the alias points to already": {
			state: newState("2", "2", "1").withChange(pinBaseline), result: passed,
			want: newTransition("2", OutcomeAdopted, passed, after("1", "Promoted")).withActions(ActionSetEvidenceTag, ActionRecord),
			wantEvent: Event{
				Reason: "Promoted", Action: "Record", Note: "alias champion of model sentiment already points to version 2; " +
					"every gate passed, and the version is recorded as promoted to stage production",
			},
			wantTag: after1Tag,
		},
		"a legacy stage that follows the alias": {
			state: newState("1", "2", "1").withChange(syncLegacyStages(nil)), result: passed,
			want: newTransition("2", OutcomePromoted, passed, after("1", "Promoted")).
				withActions(ActionSetEvidenceTag, ActionSetAlias, ActionRecord, ActionSyncLegacyStage),
			wantEvent: setAlias("Promoted", "1", "2"), wantTag: after1Tag,
		},
		"a legacy stage alone": {
			state: newState("1", "1", "1").withChange(syncLegacyStages(nil)), result: passed,
			want: Transition{Version: "1", Outcome: OutcomeLegacyStageSynced, Actions: []Action{ActionSyncLegacyStage, ActionRecord}},
			wantEvent: Event{
				Warning: true, Reason: "LegacyStageSynced", Action: "TransitionModelVersionStage",
				Note: "MLflow's stage Production of model sentiment did not match alias champion: " +
					"version 1 was moved there, and any other version there was archived",
			},
		},
		"a transition that is tried again keeps its time": {
			state: newState("1", "2", "1").withChange(writeAheadAtNoon(passed)), result: passed,
			want: newTransition("2", OutcomePromoted, passed, func(r *v1alpha1.PromotionRecord) {
				r.PreviousVersion, r.Time = "1", metav1.NewTime(noon)
			}).withPending(),
			wantEvent: setAlias("Promoted", "1", "2"), wantTag: after1Tag + gatesTag + `"time":"2026-05-03T12:00:00Z",`,
		},
		"a transition on other evidence than the one that was tried before": {
			state: newState("1", "2", "1").withChange(writeAheadAtNoon(gate.Result{})), result: passed,
			want:      newTransition("2", OutcomePromoted, passed, after("1", "Promoted")),
			wantEvent: setAlias("Promoted", "1", "2"), wantTag: after1Tag,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := NewTransition(Plan(test.state.withChange(readVersion)), test.result, halfPast.Add(time.Second/4))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(got.EvidenceTag, test.wantTag) || (test.wantTag == "") != (got.EvidenceTag == "") {
				t.Errorf("evidence tag %s, want %s", got.EvidenceTag, test.wantTag)
			}
			if got.Record != nil && !isEvidenceFor(got.EvidenceTag, got.Record) {
				t.Errorf("tag %s is no evidence for %+v", got.EvidenceTag, got.Record)
			}
			test.want.Event, test.want.EvidenceTag = test.wantEvent, got.EvidenceTag
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreUnexported(Transition{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func (t Transition) withActions(actions ...Action) Transition { t.Actions = actions; return t }

func (t Transition) withPending() Transition { t.IsPending = true; return t }

func holdSinceNoon(s *State) {
	s.Object.Status.CurrentVersion, s.Object.Status.CurrentVersionSince = v1alpha1.Version(s.CurrentVersion()), hourMetaTime(0)
}

func overrideF1(s *State) {
	s.Object.Spec.Override = &v1alpha1.Override{Version: v1alpha1.Version(s.Candidate), Gates: []string{"f1"}, Reason: "because"}
}

// pinBaseline is a state in which the candidate was pinned before the alias was set to it externally.
func pinBaseline(s *State) {
	pin := newCandidate(s.Candidate)
	pin.Generation, pin.BaselineVersion = generation, "1"
	s.Object.Status.Candidate = pin
}

// writeAheadAtNoon is a state with the write-ahead record of a promotion of version 2 on the evidence of a result.
func writeAheadAtNoon(result gate.Result) func(*State) {
	return func(s *State) {
		record := newRecord("2")
		record.Time, record.Generation, record.Reason = metav1.NewTime(noon), generation, v1alpha1.PromotionReasonPromoted
		record.PreviousVersion, record.Evidence = "1", "sha256:"+result.Digest()
		s.Pending = &record
	}
}

// TestNewTransitionNeedsPassedGates shows that no transition exists without gates that have passed.
func TestNewTransitionNeedsPassedGates(t *testing.T) {
	failed := newPassedResult()
	failed.Gates[0].Result, failed.Gates[0].Message = v1alpha1.GateFailed, "f1 is missing"
	incomplete := newPassedResult()
	incomplete.Missing = []gate.Key{gate.VersionKey("sentiment", "1")}
	for name, test := range map[string]struct {
		result gate.Result
		want   string
	}{
		"no gate was evaluated": {want: "version 2 has not passed its gates: "},
		"a gate failed":         {failed, "version 2 has not passed its gates: f1 is missing"},
		"evidence is missing":   {incomplete, "version 2 has not passed its gates: "},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := NewTransition(Plan(newState("1", "2", "1").withChange(readVersion)), test.result, noon)
			if err == nil || err.Error() != test.want || got.Record != nil || got.Actions != nil {
				t.Errorf("got %+v, %v, want error %q", got, err, test.want)
			}
		})
	}
}

func TestResume(t *testing.T) {
	transition, err := NewTransition(Plan(newState("1", "2", "1").withChange(readVersion)), newPassedResult(), noon)
	if err != nil {
		t.Fatal(err)
	}
	tagged := newVersion("2")
	tagged.Tags = map[string]string{"registry.mlflow-operator.io/promotion.production": transition.EvidenceTag}
	other := newVersion("2")
	other.Tags = map[string]string{"registry.mlflow-operator.io/promotion.production": "{}"}
	for name, test := range map[string]struct {
		state   State
		version *entities.ModelVersion
		want    bool
	}{
		"the alias was moved, with evidence":           {newState("2", "2"), tagged, true},
		"the alias was moved, with other evidence":     {newState("2", "2"), other, false},
		"the alias was moved, and the version is gone": {newState("2", "2"), nil, false},
		"the alias was not moved":                      {newState("1", "2"), tagged, false},
		"the model was created again":                  {newState("2", "2").withChange(recreateModel), tagged, false},
	} {
		t.Run(name, func(t *testing.T) {
			got := Resume(transition.Record, test.state.Stage, test.state.Model, test.version)
			if !test.want {
				if got != nil {
					t.Errorf("resumed %+v", got)
				}
				return
			}
			want := &Transition{
				Version: "2", Record: transition.Record, Event: transition.Event, Outcome: OutcomePromoted, Actions: []Action{ActionRecord},
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Transition{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestConfirmAndVerify executes a transition in memory.
func TestConfirmAndVerify(t *testing.T) {
	s := newState("1", "2", "1").withChange(readVersion).withChange(syncLegacyStages(nil))
	transition, err := NewTransition(Plan(s), newPassedResult(), noon)
	if err != nil {
		t.Fatal(err)
	}
	moved := newState("3", "2").Model
	if conflict := transition.Confirm(moved); conflict != "alias champion moved from version 1 to version 3 while the gates were evaluated" {
		t.Errorf("conflict %q", conflict)
	}
	now := newState("1", "2").withChange(syncLegacyStages(map[string]string{"2": "Production"})).Model
	if conflict := transition.Confirm(now); conflict != "" {
		t.Errorf("conflict %q", conflict)
	}
	if diff := cmp.Diff([]Action{ActionSetEvidenceTag, ActionSetAlias, ActionRecord}, transition.Actions); diff != "" {
		t.Errorf("actions once the legacy stage matches (-want +got):\n%s", diff)
	}
	for name, test := range map[string]struct {
		model *entities.RegisteredModel
		want  string
	}{
		"as written":              {model: transition.ModelAfter()},
		"the alias was not moved": {now, "alias champion points to version 1 after it was set to version 2"},
		"the alias was deleted":   {newState("", "2").Model, "alias champion points to no version after it was set to version 2"},
		"the legacy stage does not match": {
			newState("2", "2").Model, "version 2 is not the newest in MLflow's stage Production after it was moved there",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if err := transition.Verify(test.model); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	status := &v1alpha1.ModelPromotionStatus{History: s.Object.Status.History, PendingTransition: transition.Record}
	transition.AddToHistory(status)
	want := &v1alpha1.ModelPromotionStatus{History: []v1alpha1.PromotionRecord{*transition.Record, newRecord("1")}}
	if diff := cmp.Diff(want, status); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
}
