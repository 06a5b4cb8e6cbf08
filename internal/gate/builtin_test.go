// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// TestBuiltIns moves version 4, which is ready, to production.
func TestBuiltIns(t *testing.T) {
	const ready, forward = "Passed: version 4 is ready", "Passed: version 4 holds no later stage than production"
	const deleted, failedReady = "Failed VersionNotFound: ", "Failed VersionNotReady: "
	gone := "Failed GateFailed: version 4 of model sentiment does not exist"
	tests := map[string]struct {
		move  func(*Request)
		world func(fixture)
		want  []string
	}{
		"all is well": {
			want: []string{ready, forward},
		},
		"pinned, and still the same": {
			move: func(m *Request) { m.ModelCreated, m.VersionCreated = 100, 200 },
			want: []string{ready, forward},
		},
		"there never was such a version": {
			world: func(w fixture) { clear(w) },
			want:  []string{"Failed VersionNotFound: version 4 of model sentiment does not exist", gone},
		},
		"the version was deleted": {
			move:  func(m *Request) { m.ModelCreated, m.VersionCreated = 100, 200 },
			world: func(w fixture) { clear(w) },
			want:  []string{deleted + "version 4 of model sentiment was deleted", gone},
		},
		"the model was deleted and created again": {
			move: func(m *Request) { m.ModelCreated, m.VersionCreated = 99, 200 },
			want: []string{deleted + "model sentiment was deleted and created again since version 4 was chosen", forward},
		},
		"the model is older than the pin": {
			move: func(m *Request) { m.ModelCreated, m.VersionCreated = 101, 200 },
			want: []string{deleted + "model sentiment was deleted and created again since version 4 was chosen", forward},
		},
		"the version has another birthday": {
			move: func(m *Request) { m.ModelCreated, m.VersionCreated = 100, 199 },
			want: []string{deleted + "version 4 of model sentiment was deleted and created again since it was chosen", forward},
		},
		"the version can't be read": {
			world: func(w fixture) { w[VersionKey("sentiment", "4")] = unreadableValue("timeout") },
			want: []string{
				"Error GateError: version 4 of model sentiment could not be read: timeout",
				"Error GateError: version 4 of model sentiment could not be read: timeout",
			},
		},
		"still being registered": {
			world: func(w fixture) { w.addVersion("4").Status = "PENDING_REGISTRATION" },
			want: []string{
				"Pending VersionNotReady: version 4 is still being registered (PENDING_REGISTRATION)", forward,
			},
		},
		"the registration failed": {
			world: func(w fixture) {
				w.addVersion("4").Status = "FAILED_REGISTRATION"
				w.addVersion("4").StatusMessage = "copy failed\x1b[31m\n" + strings.Repeat("x", 300)
			},
			want: []string{
				failedReady + "version 4 is not ready: its status is FAILED_REGISTRATION (copy failed[31m " +
					strings.Repeat("x", 183) + "…)", forward,
			},
		},
		"the name is a prompt's": {
			move: func(m *Request) { m.Model.Tags["mlflow.prompt.is_prompt"] = "true" },
			want: []string{"Failed NameConflict: the name sentiment belongs to a prompt, not to a model", forward},
		},
		"there is no model": {
			move: func(m *Request) { m.Model = nil },
			want: []string{
				"Failed VersionNotFound: the registered model does not exist",
				"Failed GateFailed: the registered model does not exist",
			},
		},
		"in order": {
			move: func(m *Request) {
				m.PromotesFrom = []v1alpha1.StageName{"staging"}
				m.PromotedStages = map[v1alpha1.StageName]bool{"staging": true}
			},
			want: []string{ready, "Passed: version 4 was promoted to staging before", forward},
		},
		"out of order": {
			move: func(m *Request) {
				m.PromotesFrom = []v1alpha1.StageName{"staging", "canary", "dev"}
				m.PromotedStages = map[v1alpha1.StageName]bool{"dev": true}
			},
			want: []string{
				ready, "Failed PrerequisiteStageMissing: version 4 was never promoted to canary, staging: promote it there first", forward,
			},
		},
		"back from production": {
			move: func(m *Request) { m.Stage, m.Alias = "staging", "staging"; m.Model.Aliases["champion"] = "4" },
			want: []string{ready, "Failed DemotionNotAllowed: version 4 holds the later stage production: " +
				"it is not moved back to staging, let another version take production first"},
		},
		"back from MLflow's Production": {
			move:  func(m *Request) { m.Stage, m.Alias = "staging", "staging"; m.Stages[1].MLflowStage = "Production" },
			world: func(w fixture) { w.addVersion("4").CurrentStage = "Production" },
			want: []string{ready, "Failed DemotionNotAllowed: version 4 is in MLflow's stage Production, " +
				"that of the later stage production: it is not moved back to staging, let another version take production first"},
		},
		"a legacy stage that both stages share tells them not apart": {
			move: func(m *Request) {
				m.Stage, m.Alias = "staging", "staging"
				m.Stages[0].MLflowStage, m.Stages[1].MLflowStage = "Production", "Production"
			},
			world: func(w fixture) { w.addVersion("4").CurrentStage = "Production" },
			want:  []string{ready, "Passed: version 4 holds no later stage than staging"},
		},
		"a version that stays where it was": {
			move: func(m *Request) {
				m.Stage, m.Alias = "staging", "staging"
				m.Model.Aliases = map[string]string{"staging": "4", "champion": "4"}
				m.BackwardExemption = "version 4 holds stage staging already"
			},
			want: []string{ready, "Passed: version 4 holds stage staging already"},
		},
		"an alias that another hand moved is no stay": {
			move: func(m *Request) {
				m.Stage, m.Alias = "staging", "staging"
				m.Model.Aliases = map[string]string{"staging": "4", "champion": "4"}
			},
			want: []string{ready, "Failed DemotionNotAllowed: version 4 holds the later stage production: " +
				"it is not moved back to staging, let another version take production first"},
		},
		"a stage that is none of the model's": {
			move: func(m *Request) { m.Stage, m.Alias = "moon", "moon" },
			want: []string{ready, "Failed GateFailed: the model has no stage moon"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := fixture{}
			w.addRunVersion("4", runA)
			if tt.world != nil {
				tt.world(w)
			}
			m := newRequest()
			m.BaselineVersion = ""
			if tt.move != nil {
				tt.move(&m)
			}
			var got []string
			for _, gateResult := range w.evaluate(t, m).Gates {
				got = append(got, formatGate(gateResult))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
