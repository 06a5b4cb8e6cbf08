// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// TestBuiltIns promotes version 4, which is ready, to production.
func TestBuiltIns(t *testing.T) {
	const ready, forward = "Passed: version 4 is ready", "Passed: version 4 holds no later stage than production"
	const deleted, failedReady = "Failed VersionNotFound: ", "Failed VersionNotReady: "
	gone := "Failed GateFailed: version 4 of model sentiment does not exist"
	tests := map[string]struct {
		change func(*Request)
		setup  func(fixture)
		want   []string
	}{
		"all is well": {
			want: []string{ready, forward},
		},
		"pinned, and still the same": {
			change: func(request *Request) { request.ModelCreated, request.VersionCreated = 100, 200 },
			want:   []string{ready, forward},
		},
		"there never was such a version": {
			setup: func(f fixture) { clear(f) },
			want:  []string{"Failed VersionNotFound: version 4 of model sentiment does not exist", gone},
		},
		"the version was deleted": {
			change: func(request *Request) { request.ModelCreated, request.VersionCreated = 100, 200 },
			setup:  func(f fixture) { clear(f) },
			want:   []string{deleted + "version 4 of model sentiment was deleted", gone},
		},
		"the model was deleted and created again": {
			change: func(request *Request) { request.ModelCreated, request.VersionCreated = 99, 200 },
			want:   []string{deleted + "model sentiment was deleted and created again since version 4 was chosen", forward},
		},
		"the model is older than the pin": {
			change: func(request *Request) { request.ModelCreated, request.VersionCreated = 101, 200 },
			want:   []string{deleted + "model sentiment was deleted and created again since version 4 was chosen", forward},
		},
		"the version was created at another time": {
			change: func(request *Request) { request.ModelCreated, request.VersionCreated = 100, 199 },
			want:   []string{deleted + "version 4 of model sentiment was deleted and created again since it was chosen", forward},
		},
		"the version can't be read": {
			setup: func(f fixture) { f[VersionKey("sentiment", "4")] = unreadableValue("timeout") },
			want: []string{
				"Error GateError: version 4 of model sentiment could not be read: timeout",
				"Error GateError: version 4 of model sentiment could not be read: timeout",
			},
		},
		"still being registered": {
			setup: func(f fixture) { f.addVersion("4").Status = "PENDING_REGISTRATION" },
			want: []string{
				"Pending VersionNotReady: version 4 is still being registered (PENDING_REGISTRATION)", forward,
			},
		},
		"the registration failed": {
			setup: func(f fixture) {
				f.addVersion("4").Status = "FAILED_REGISTRATION"
				f.addVersion("4").StatusMessage = "copy failed\x1b[31m\n" + strings.Repeat("x", 300)
			},
			want: []string{
				failedReady + "version 4 is not ready: its status is FAILED_REGISTRATION (copy failed[31m " +
					strings.Repeat("x", 183) + "…)", forward,
			},
		},
		"the name is a prompt's": {
			change: func(request *Request) { request.Model.Tags["mlflow.prompt.is_prompt"] = "true" },
			want:   []string{"Failed NameConflict: the name sentiment belongs to a prompt, not to a model", forward},
		},
		"there is no model": {
			change: func(request *Request) { request.Model = nil },
			want: []string{
				"Failed VersionNotFound: the registered model does not exist",
				"Failed GateFailed: the registered model does not exist",
			},
		},
		"in order": {
			change: func(request *Request) {
				request.PromotesFrom = []v1alpha1.StageName{"staging"}
				request.PromotedStages = map[v1alpha1.StageName]bool{"staging": true}
			},
			want: []string{ready, "Passed: version 4 was promoted to staging before", forward},
		},
		"out of order": {
			change: func(request *Request) {
				request.PromotesFrom = []v1alpha1.StageName{"staging", "canary", "dev"}
				request.PromotedStages = map[v1alpha1.StageName]bool{"dev": true}
			},
			want: []string{
				ready, "Failed PrerequisiteStageMissing: version 4 was never promoted to canary, staging: promote it there first", forward,
			},
		},
		"back from production": {
			change: func(request *Request) {
				request.Stage, request.Alias = "staging", "staging"
				request.Model.Aliases["champion"] = "4"
			},
			want: []string{ready, "Failed DemotionNotAllowed: version 4 holds the later stage production " +
				"and can't go back to staging: promote another version to production first"},
		},
		"back from MLflow's Production": {
			change: func(request *Request) {
				request.Stage, request.Alias = "staging", "staging"
				request.Stages[1].MLflowStage = "Production"
			},
			setup: func(f fixture) { f.addVersion("4").CurrentStage = "Production" },
			want: []string{ready, "Failed DemotionNotAllowed: version 4 is in MLflow's stage Production, " +
				"that of the later stage production, and can't go back to staging: promote another version to production first"},
		},
		"a legacy stage that both stages share does not count": {
			change: func(request *Request) {
				request.Stage, request.Alias = "staging", "staging"
				request.Stages[0].MLflowStage, request.Stages[1].MLflowStage = "Production", "Production"
			},
			setup: func(f fixture) { f.addVersion("4").CurrentStage = "Production" },
			want:  []string{ready, "Passed: version 4 holds no later stage than staging"},
		},
		"a version that holds the stage already": {
			change: func(request *Request) {
				request.Stage, request.Alias = "staging", "staging"
				request.Model.Aliases = map[string]string{"staging": "4", "champion": "4"}
				request.BackwardExemption = "version 4 holds stage staging already"
			},
			want: []string{ready, "Passed: version 4 holds stage staging already"},
		},
		"an alias after an external change is no exemption": {
			change: func(request *Request) {
				request.Stage, request.Alias = "staging", "staging"
				request.Model.Aliases = map[string]string{"staging": "4", "champion": "4"}
			},
			want: []string{ready, "Failed DemotionNotAllowed: version 4 holds the later stage production " +
				"and can't go back to staging: promote another version to production first"},
		},
		"a stage that the model does not have": {
			change: func(request *Request) { request.Stage, request.Alias = "moon", "moon" },
			want:   []string{ready, "Failed GateFailed: the model has no stage moon"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := fixture{}
			f.addRunVersion("4", runA)
			if tt.setup != nil {
				tt.setup(f)
			}
			request := newRequest()
			request.BaselineVersion = ""
			if tt.change != nil {
				tt.change(&request)
			}
			var got []string
			for _, gateResult := range f.evaluate(t, request).Gates {
				got = append(got, formatGate(gateResult))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDuplicateNames(t *testing.T) {
	demands := newRequest(
		v1alpha1.Gate{Name: "f1"}, v1alpha1.Gate{Name: "bias"}, v1alpha1.Gate{Name: "f1"},
		v1alpha1.Gate{Name: "version-ready"}, v1alpha1.Gate{Name: "bias"}, v1alpha1.Gate{Name: "f1"},
	).Gates
	if diff := cmp.Diff([]string{"bias", "f1", "version-ready"}, DuplicateNames(demands)); diff != "" {
		t.Error(diff)
	}
}
