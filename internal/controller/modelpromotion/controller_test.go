// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/test/envtest"
)

// TestStepPhases names the conditions that the phases of each step work for.
func TestStepPhases(t *testing.T) {
	evaluate := []string{v1alpha1.ConditionCandidateResolved, v1alpha1.ConditionGatesPassed}
	for name, test := range map[string]struct {
		step promotion.Step
		want []string
	}{
		"nothing":                    {step: promotion.StepNone},
		"report drift":               {step: promotion.StepReportDrift, want: []string{v1alpha1.ConditionPromoted}},
		"promote":                    {step: promotion.StepPromote, want: evaluate},
		"revert drift":               {step: promotion.StepRevertDrift, want: evaluate},
		"synchronize a legacy stage": {step: promotion.StepSyncLegacyStage, want: evaluate},
	} {
		t.Run(name, func(t *testing.T) {
			got := (&Reconciler{}).stepPhases(&scope{decision: promotion.Decision{Step: test.step}})
			if diff := cmp.Diff(test.want, conditionsOf(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestTransitionPhases names the conditions that the phases work for after the gates were evaluated.
func TestTransitionPhases(t *testing.T) {
	write, retry := v1alpha1.ConditionPromoted, v1alpha1.ConditionGatesPassed
	const failed, dryRun = v1alpha1.ReasonGateFailed, "mode is DryRun"
	restore := &promotion.Decision{}
	for name, test := range map[string]struct {
		dryRunReason string
		rejected     string
		restore      *promotion.Decision
		result       v1alpha1.GateResult
		want         []string
	}{
		"the gates passed":                           {result: v1alpha1.GatePassed, want: []string{write}},
		"the gates passed, after an external change": {result: v1alpha1.GatePassed, restore: restore, want: []string{write}},
		"the gates passed in a dry run":              {result: v1alpha1.GatePassed, dryRunReason: dryRun},
		"a gate failed":                              {result: v1alpha1.GateFailed, rejected: failed},
		"a gate failed, after an external change":    {result: v1alpha1.GateFailed, rejected: failed, restore: restore, want: []string{write}},
		"a precondition, after an external change": {
			result: v1alpha1.GatePassed, rejected: v1alpha1.ReasonPreconditionFailed, restore: restore, want: []string{write},
		},
		"a gate failed in a dry run, after an external change": {
			result: v1alpha1.GateFailed, rejected: failed, restore: restore, dryRunReason: dryRun,
		},
		"a gate has an error": {result: v1alpha1.GateError, rejected: "GateError", want: []string{retry}},
		"a gate has an error in a dry run": {
			result: v1alpha1.GateError, rejected: "GateError", dryRunReason: dryRun, want: []string{retry},
		},
		"a gate has an error, after an external change": {
			result: v1alpha1.GateError, rejected: "GateError", restore: restore, want: []string{write, retry},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &scope{
				inputs:   inputs{dryRunReason: test.dryRunReason},
				decision: promotion.Decision{Restore: test.restore},
				effects: effects{
					rejection:  rejection{reason: test.rejected},
					gateResult: &gate.Result{Gates: []gate.Answer{{Result: test.result}}},
				},
			}
			if diff := cmp.Diff(test.want, conditionsOf((&Reconciler{}).transitionPhases(s))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func conditionsOf(phases []phase) []string {
	var conditions []string
	for _, p := range phases {
		conditions = append(conditions, p.Condition)
	}
	return conditions
}

// TestDeletedPromotionIsForgotten reconciles a promotion that was deleted.
func TestDeletedPromotionIsForgotten(t *testing.T) {
	scheme, err := envtest.NewScheme()
	if err != nil {
		t.Fatal(err)
	}
	r := &Reconciler{Client: fake.NewClientBuilder().WithScheme(scheme).Build()}
	deleted := types.NamespacedName{Namespace: "news", Name: "it"}
	r.deletionChecks.timestamps.Store(deleted, entities.Timestamp(1))
	if _, err := r.Reconcile(t.Context(), reconcile.Request{NamespacedName: deleted}); err != nil {
		t.Fatal(err)
	}
	if _, found := r.deletionChecks.timestamps.Load(deleted); found {
		t.Error("its deletion check is still remembered")
	}
}
