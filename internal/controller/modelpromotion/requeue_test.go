// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"testing"
	"time"

	clocktesting "k8s.io/utils/clock/testing"

	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// TestNextRequeue lists when a promotion is reconciled again without an event.
func TestNextRequeue(t *testing.T) {
	planned := func(dryRunReason string, step promotion.Step) scope {
		return scope{inputs: inputs{dryRunReason: dryRunReason}, decision: promotion.Decision{Step: step}}
	}
	for name, test := range map[string]struct {
		s     scope
		ended reconciler.Result
		want  time.Duration
	}{
		"a prompt has the name":                {ended: nameConflict("sentiment"), want: 5 * time.Minute},
		"an older promotion has the stage":     {ended: newConflict(builder.Promotion("a").Build()), want: time.Minute},
		"a dry run passed, and may fail later": {s: planned("mode is DryRun", promotion.StepPromote), want: minRequeueInterval},
		"a dry run holds the stage already":    {s: planned("mode is DryRun", promotion.StepNone)},
		"the stage is held":                    {s: planned("", promotion.StepNone)},
	} {
		t.Run(name, func(t *testing.T) {
			r := &Reconciler{Registry: registrycache.NewProvider(registrycache.Options{}), Clock: clocktesting.NewFakePassiveClock(time.Unix(0, 0))}
			s := test.s
			s.Object, s.model = builder.Promotion("it").Build(), builder.RegisteredModel("sentiment").Build()
			if result, err := r.nextRequeue(&s, test.ended); err != nil || result.RequeueAfter != test.want {
				t.Errorf("got %v, %v, want to requeue after %v", result, err, test.want)
			}
		})
	}
}
