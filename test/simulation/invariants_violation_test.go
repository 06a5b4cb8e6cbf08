// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// TestInvariantsDetectViolations checks the checks: each case sets the alias of production to version
// 2, and changes one thing that makes that write valid or invalid. Version 2 has been in staging.
func TestInvariantsDetectViolations(t *testing.T) {
	for name, test := range map[string]struct {
		kind, f1 string
		change   func(*simulation)
		want     string
	}{
		"a better version":                       {kind: "run", f1: "0.9"},
		"a version that is no better":            {kind: "run", f1: "0.6", want: "gate beats-f1 does not pass"},
		"a low value":                            {kind: "run", f1: "0.4", want: "gate f1 does not pass"},
		"a value that is not a number":           {kind: "logged model", f1: "NaN", want: "gate f1 does not pass"},
		"an infinite value":                      {kind: "run", f1: "Infinity", want: "gate f1 does not pass"},
		"a missing value":                        {kind: "run", want: "gate f1 does not pass"},
		"a run that did not produce the version": {kind: "claimed", f1: "0.9", want: "gate f1 does not pass"},
		"a run that was deleted": {
			kind: "run", f1: "0.9", change: func(s *simulation) { s.artifacts["2"].runDeleted = true }, want: "gate f1 does not pass",
		},
		"a logged model whose run was deleted": {
			kind: "logged model", f1: "0.9", change: func(s *simulation) { s.artifacts["2"].runDeleted = true }, want: "gate f1 does not pass",
		},
		"a suspended promotion": {
			kind: "run", f1: "0.9", change: func(s *simulation) { s.inputs.promotion.Spec.Suspend = new(true) }, want: "the promotion may not write",
		},
		"a dry run": {
			kind: "run", f1: "0.9", change: func(s *simulation) { s.inputs.promotion.Spec.Mode = v1alpha1.PromotionModeDryRun },
			want: "the promotion may not write",
		},
		"a version that the spec does not select": {
			kind: "run", f1: "0.9", change: func(s *simulation) { s.inputs.promotion.Spec.Version = "3" }, want: "the spec selects another version",
		},
		"another current version than the expected one": {
			kind: "run", f1: "0.9", change: func(s *simulation) { s.inputs.promotion.Spec.ExpectedCurrentVersion = "2" },
			want: "the current version is not the expected one",
		},
		"a version that the alias does not point to": {
			kind: "run", f1: "0.9", change: withVersionFrom(v1alpha1.VersionFrom{Alias: "foreign"}), want: "the spec selects another version",
		},
		"the version of the stage before": {kind: "run", f1: "0.9", change: withVersionFrom(v1alpha1.VersionFrom{Stage: "staging"})},
		"a version that is not current in the stage before": {
			kind: "run", f1: "0.9", want: "the spec selects another version",
			change: func(s *simulation) {
				withVersionFrom(v1alpha1.VersionFrom{Stage: "staging"})(s)
				s.inputs.currentVersions["staging"] = "1"
			},
		},
		"a version without the tag": {
			kind: "run", f1: "0.9", want: "the spec selects another version",
			change: withVersionFrom(v1alpha1.VersionFrom{Latest: &v1alpha1.LatestVersion{Tags: map[string]v1alpha1.TagValue{"reviewed": "yes"}}}),
		},
		"a worse baseline from drift": {
			kind: "run", f1: "0.55", change: func(s *simulation) {
				s.registerArtifact("run", "0.1")
				s.inputs.currentVersions["champion"] = "3"
			}, want: "gate beats-f1 does not pass",
		},
		"a version without evidence": {
			kind: "run", f1: "0.9", want: "the version has no evidence tag",
			change: func(s *simulation) { s.must(s.user.SetVersionTag(s.ctx, sentiment, "2", productionTagKey, "")) },
		},
		"evidence of a gate that did not pass": {
			kind: "run", f1: "0.9", want: "the evidence says that gate f1 did not pass",
			change: func(s *simulation) {
				s.must(s.user.SetVersionTag(s.ctx, sentiment, "2", productionTagKey, newEvidenceTag("Failed")))
			},
		},
		"a gate that is overridden": {
			kind: "run", f1: "0.4", change: withOverride("2", "f1", "beats-f1"),
		},
		"a gate that is overridden for another version": {
			kind: "run", f1: "0.4", change: withOverride("1", "f1", "beats-f1"), want: "gate f1 is exempt without an override",
		},
		"a gate that is overridden together with an unknown one": {
			kind: "run", f1: "0.4", change: withOverride("2", "f1", "beats-f1", "moon"), want: "gate f1 is exempt without an override",
		},
		"a gate that is overridden although the stage forbids it": {
			kind: "run", f1: "0.4", want: "gate f1 is exempt without an override", change: func(s *simulation) {
				withOverride("2", "f1", "beats-f1")(s)
				s.inputs.model.Spec.Stages[1].OverridePolicy = v1alpha1.OverridePolicyForbid
			},
		},
		"a gate that is overridden for a deleted model": {
			kind: "run", f1: "0.4", want: "gate f1 is exempt without an override", change: func(s *simulation) {
				withOverride("2", "f1", "beats-f1")(s)
				s.inputs.promotion.Status.Override = &v1alpha1.OverrideBinding{Generation: s.inputs.promotion.Generation}
			},
		},
		"a gate that is overridden without that in the evidence": {
			kind: "run", f1: "0.4", want: "gate f1 is exempt without an override", change: func(s *simulation) {
				withOverride("2", "f1", "beats-f1")(s)
				tag := `{"gates":[{"name":"f1","result":"Failed","exemption":"Override"}]}`
				s.must(s.user.SetVersionTag(s.ctx, sentiment, "2", productionTagKey, tag))
			},
		},
		"a gate that passed and has an exemption": {
			kind: "run", f1: "0.9", want: "the evidence says that gate f1 passed, and is exempt",
			change: withExemption(`"result":"Passed","exemption":"TrustedRollback"`),
		},
		"a trusted rollback to a version that never held the stage": {
			kind: "run", f1: "0.4", want: "gate f1 has exemption TrustedRollback, but the version was never promoted",
			change: withExemption(`"result":"Failed","exemption":"TrustedRollback"`),
		},
		"a version that has not soaked": {kind: "run", f1: "0.9", change: withSoak(1), want: "the version has not soaked"},
		"a version that has soaked":     {kind: "run", f1: "0.9", change: withSoak(2)},
		"a version whose soak was interrupted": {
			kind: "run", f1: "0.9", want: "the version has not soaked", change: func(s *simulation) {
				withSoak(1)(s)
				s.registerArtifact("run", "0.9")
				s.setVersion("staging", "3")
				withSoak(1)(s)
				s.setVersion("staging", "2")
				withSoak(1)(s)
			},
		},
		"a version without approval": {kind: "run", f1: "0.9", change: withApprovalGate(), want: "gate sign-off does not pass"},
		"a version that was approved": {
			kind: "run", f1: "0.9", change: withApprovalGate(func(s *simulation) { s.createApproval("2", v1alpha1.DecisionApprove, false) }),
		},
		"a version that was approved and rejected": {
			kind: "run", f1: "0.9", want: "gate sign-off does not pass", change: withApprovalGate(
				func(s *simulation) { s.createApproval("2", v1alpha1.DecisionApprove, false) },
				func(s *simulation) { s.createApproval("2", v1alpha1.DecisionReject, false) }),
		},
		"a version whose rejection was deleted": {
			kind: "run", f1: "0.9", change: withApprovalGate(func(s *simulation) { s.createApproval("2", v1alpha1.DecisionReject, false) },
				func(s *simulation) { s.deleteApprovals(1) }, func(s *simulation) { s.createApproval("2", v1alpha1.DecisionApprove, false) }),
		},
		"a version that was rejected and overridden": {
			kind: "run", f1: "0.9", change: withApprovalGate(
				func(s *simulation) { s.createApproval("2", v1alpha1.DecisionReject, false) }, withOverride("2", "f1", "sign-off")),
		},
		"an approval of another version": {
			kind: "run", f1: "0.9", want: "gate sign-off does not pass",
			change: withApprovalGate(func(s *simulation) { s.createApproval("1", v1alpha1.DecisionApprove, false) }),
		},
		"an approval that was forged": {
			kind: "run", f1: "0.9", want: "gate sign-off does not pass",
			change: withApprovalGate(func(s *simulation) { s.createApproval("2", v1alpha1.DecisionApprove, true) }),
		},
		"an approval without the policy": {
			kind: "run", f1: "0.9", want: "gate sign-off does not pass",
			change: withApprovalGate(func(s *simulation) { s.createApproval("2", v1alpha1.DecisionApprove, false) },
				func(s *simulation) { s.verifier.policyMissing = true }),
		},
		"a version that skips a stage": {
			kind: "run", f1: "0.9", change: func(s *simulation) { s.inputs.model.Spec.Stages[1].PromotesFrom = []v1alpha1.StageName{"production"} },
			want: "the version was never promoted to production",
		},
		"a class whose gate passes": {kind: "run", f1: "0.9", change: withClass(newStricterClass("0.8").Build())},
		"a class whose gate fails": {
			kind: "run", f1: "0.7", change: withClass(newStricterClass("0.8").Build()), want: "gate floor does not pass",
		},
		"a missing class": {
			kind: "run", f1: "0.9", change: withClass(nil), want: "the class does not exist",
		},
		"a class that the model violates": {
			kind: "run", f1: "0.9", change: withClass(newStricterClass("0").RequireTag("team", "vision").Build()),
			want: "the model violates its class",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSimulation(t.Context(), t)
			defer s.close()
			s.registerArtifact(test.kind, test.f1)
			s.setVersion("staging", "2")
			s.runSteps("poll", "staging")
			s.setVersion("production", "2")
			s.inputs = reconcileInputs{model: s.getModel(), currentVersions: s.currentVersions(), promotion: s.getPromotion("production")}
			s.must(s.user.SetVersionTag(s.ctx, sentiment, "2", productionTagKey, newEvidenceTag("Passed")))
			if test.change != nil {
				test.change(s)
			}
			got := s.findViolation(mlflowtest.Write{
				Method: "POST", Endpoint: "registered-models/alias", Args: mlflowtest.Args{"alias": "champion", "version": "2"},
			})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// withApprovalGate adds an approval gate, and then makes other changes.
func withApprovalGate(changes ...func(*simulation)) func(*simulation) {
	return func(s *simulation) {
		s.inputs.promotion.Spec.Gates = []v1alpha1.Gate{builder.ApprovalGate(1, "alice")}
		for _, change := range changes {
			change(s)
		}
	}
}

const productionTagKey = v1alpha1.EvidenceTagPrefix + "production"

// newEvidenceTag returns the evidence that the operator writes to a version before it sets the alias.
func newEvidenceTag(result string) string {
	return `{"gates":[{"name":"f1","result":"` + result + `"}]}`
}

// withOverride overrides gates for a version, and writes the exemption of f1 to the evidence.
func withOverride(version v1alpha1.Version, gates ...string) func(*simulation) {
	return func(s *simulation) {
		s.inputs.promotion.Spec.Override = &v1alpha1.Override{Version: version, Gates: gates, Reason: "because"}
		tag := `{"gates":[{"name":"f1","result":"Failed","exemption":"Override"}],"override":{"gates":["f1"],"reason":"because"}}`
		s.must(s.user.SetVersionTag(s.ctx, sentiment, "2", productionTagKey, tag))
	}
}

// withExemption writes an evidence tag with this result of gate f1.
func withExemption(result string) func(*simulation) {
	return func(s *simulation) {
		tag := `{"gates":[{"name":"f1",` + result + `}]}`
		s.must(s.user.SetVersionTag(s.ctx, sentiment, "2", productionTagKey, tag))
	}
}

// withSoak requires a day, and advances the clock by that many half days.
func withSoak(halfDays int) func(*simulation) {
	return func(s *simulation) {
		inputs := s.inputs
		s.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Stages[1].RequiredSoakTime = "24h" })
		for range halfDays {
			s.advanceHalfDay()
		}
		s.inputs = inputs
		s.inputs.model.Spec.Stages[1].RequiredSoakTime = "24h"
	}
}

func withVersionFrom(from v1alpha1.VersionFrom) func(*simulation) {
	return func(s *simulation) {
		s.inputs.promotion.Spec.Version, s.inputs.promotion.Spec.VersionFrom = "", &from
	}
}

func withClass(class *v1alpha1.ModelClass) func(*simulation) {
	return func(s *simulation) { s.inputs.model.Spec.ClassName, s.inputs.class = className, class }
}
