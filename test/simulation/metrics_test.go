// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelpromotion"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// countingMetrics is a MetricsRecorder that counts. Reconciles run one after the other here.
type countingMetrics struct {
	outcomes    map[promotion.Outcome]int
	gateResults map[string]int
}

var _ modelpromotion.MetricsRecorder = (*countingMetrics)(nil)

func (c *countingMetrics) RecordPromotion(o promotion.Outcome) { c.outcomes[o]++ }

func (c *countingMetrics) RecordGateEvaluation(kind v1alpha1.GateType, result v1alpha1.GateResult) {
	c.gateResults[string(kind)+" "+string(result)]++
}

func (c *countingMetrics) resetCounts() {
	*c = countingMetrics{outcomes: map[promotion.Outcome]int{}, gateResults: map[string]int{}}
}

type outcomeCounts = map[promotion.Outcome]int

// outcomeCases are events with the outcomes that they count. More reconciles without a change count nothing.
var outcomeCases = map[string]struct {
	prepare, event func(*env)
	want           outcomeCounts
}{
	"a promotion": {
		prepare: (*env).preparePromoted,
		event:   func(e *env) { e.setVersion("production", "2") },
		want:    outcomeCounts{promotion.OutcomePromoted: 1},
	},
	"a promotion whose status is written at the second attempt": {
		prepare: (*env).preparePromoted,
		event: func(e *env) {
			e.onWriteAhead = func(write func() error) error {
				// The next write is the history entry.
				e.onStatusWrite = replaceNthWrite(e.statusWrites+1, newStatusFault("status error"))
				return write()
			}
			e.setVersion("production", "2")
		},
		want: outcomeCounts{promotion.OutcomePromoted: 1},
	},
	"a rollback": {
		prepare: func(e *env) {
			e.preparePromoted()
			e.setVersion("production", "2")
			e.runUntilSettled()
		},
		event: func(e *env) { e.setVersion("production", "1") },
		want:  outcomeCounts{promotion.OutcomeRolledBack: 1},
	},
	"an alias that a user set": {
		prepare: (*env).preparePromoted,
		event:   func(e *env) { e.must(e.user.SetAlias(e.ctx, sentiment, "production", "2")) },
		want:    outcomeCounts{promotion.OutcomeDriftReverted: 1},
	},
	"drift that is reported, before and after an outage": {
		prepare: func(e *env) {
			e.prepareModel(builder.Stage("production").DriftPolicy(v1alpha1.DriftPolicyReport))
			e.createObject(builder.Promotion("production").Version("1").Build())
			e.runUntilSettled()
		},
		event: func(e *env) {
			e.must(e.user.SetAlias(e.ctx, sentiment, "production", "2"))
			e.runUntilSettled()
			e.simulateOutage()
		},
		want: outcomeCounts{promotion.OutcomeDriftReported: 1},
	},
	"a version that had the alias before": {
		prepare: func(e *env) {
			e.prepareModel(builder.Stage("production"))
			e.must(e.user.SetAlias(e.ctx, sentiment, "production", "1"))
		},
		event: func(e *env) { e.createObject(builder.Promotion("production").Version("1").Build()) },
		want:  outcomeCounts{promotion.OutcomeAdopted: 1},
	},
	"a legacy stage that a user set": {
		prepare: (*env).preparePromoted,
		event:   func(e *env) { e.must(e.user.TransitionStage(e.ctx, sentiment, "1", "Archived", false)) },
		want:    outcomeCounts{promotion.OutcomeLegacyStageSynced: 1},
	},
	"a version that is blocked, before and after an outage": {
		prepare: (*env).preparePromoted,
		event: func(e *env) {
			e.setVersion("production", "3")
			e.runUntilSettled()
			e.simulateOutage()
			e.restartOperator()
		},
		want: outcomeCounts{promotion.OutcomeBlocked: 1},
	},
	"a version that does not exist": {
		prepare: (*env).preparePromoted,
		event:   func(e *env) { e.setVersion("production", "9") },
		want:    outcomeCounts{promotion.OutcomeBlocked: 1},
	},
	"a blocked version whose status is written at the second attempt": {
		prepare: (*env).preparePromoted,
		event: func(e *env) {
			// All other statuses are up to date, so that the next write is that of the blocked version.
			e.runUntilSettled()
			e.onStatusWrite = replaceNthWrite(e.statusWrites+1, func(func() error) error {
				return apierrors.NewConflict(schema.GroupResource{}, "production", context.Canceled)
			})
			e.setVersion("production", "3")
		},
		want: outcomeCounts{promotion.OutcomeBlocked: 1},
	},
	"a version that is blocked after each of two edits": {
		prepare: (*env).preparePromoted,
		event: func(e *env) {
			e.setVersion("production", "3")
			e.runUntilSettled()
			e.setVersion("production", "3")
		},
		want: outcomeCounts{promotion.OutcomeBlocked: 2},
	},
	"a version that is blocked, and that a user sets the alias to": {
		prepare: func(e *env) {
			e.preparePromoted()
			e.setVersion("production", "3")
			e.runUntilSettled()
		},
		event: func(e *env) { e.must(e.user.SetAlias(e.ctx, sentiment, "production", "3")) },
		want:  outcomeCounts{promotion.OutcomeDriftReverted: 1},
	},
	"a version that is blocked during drift": {
		prepare: (*env).preparePromoted,
		event: func(e *env) {
			e.setVersion("production", "3")
			e.must(e.user.SetAlias(e.ctx, sentiment, "production", "2"))
		},
		want: outcomeCounts{promotion.OutcomeBlocked: 1, promotion.OutcomeDriftReverted: 1},
	},
	"a current version that is not the expected one": {
		prepare: (*env).preparePromoted,
		event:   func(e *env) { e.setVersionExpecting("2", "3") },
		want:    outcomeCounts{promotion.OutcomeBlocked: 1},
	},
	"a current version that is no longer the expected one, in a dry run": {
		prepare: func(e *env) {
			e.preparePromoted()
			e.setVersionExpecting("2", "1")
			e.editPromotion("production", func(spec *v1alpha1.ModelPromotionSpec) { spec.Mode = v1alpha1.PromotionModeDryRun })
			e.runUntilSettled()
		},
		event: func(e *env) {
			e.must(e.user.SetAlias(e.ctx, sentiment, "production", "3"))
			e.runUntilSettled()
			e.simulateOutage()
		},
		want: outcomeCounts{promotion.OutcomeBlocked: 1},
	},
	"a version that waits for its metric": {
		prepare: func(e *env) {
			waits := builder.GreaterThanGate("accuracy", "0.5")
			waits.Metric.OnMissing = v1alpha1.OnMissingWait
			e.prepareModel(builder.Stage("production").Gates(waits))
		},
		event: func(e *env) { e.createObject(builder.Promotion("production").Version("1").Build()) },
		want:  outcomeCounts{promotion.OutcomePending: 1},
	},
	"a version that soaks, and then has soaked": {
		prepare: (*env).prepareSoak,
		event: func(e *env) {
			e.createObject(builder.Promotion("production").Version("1").Build())
			e.runUntilSettled()
			e.advanceClock(24 * time.Hour)
		},
		want: outcomeCounts{promotion.OutcomePending: 1, promotion.OutcomePromoted: 1},
	},
	"a version with overridden gates": {
		prepare: func(e *env) {
			e.preparePromoted()
			e.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Stages[0].OverridePolicy = v1alpha1.OverridePolicyAllow })
			e.runUntilSettled()
		},
		event: func(e *env) { e.setVersionOverriding("3", "f1", "beats-f1") },
		want:  outcomeCounts{promotion.OutcomeOverridden: 1},
	},
	"a gate that cannot be evaluated": {
		prepare: (*env).preparePromoted,
		event: func(e *env) {
			e.mlflow.InjectFault(mlflowtest.CallsTo("runs/get"), mlflowtest.Forbidden())
			e.setVersion("production", "2")
		},
		want: outcomeCounts{},
	},
}

func TestOutcomeMetrics(t *testing.T) {
	for name, story := range outcomeCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEnv(context.WithoutCancel(t.Context()), t)
			defer e.close()
			story.prepare(e)
			e.recordedMetrics.resetCounts()
			story.event(e)
			e.runUntilSettled()
			if diff := cmp.Diff(story.want, e.recordedMetrics.outcomes); diff != "" {
				t.Errorf("(-want +counted):\n%s", diff)
			}
		})
	}
}

// TestGateEvaluationMetrics counts the gates of a version that is evaluated twice.
func TestGateEvaluationMetrics(t *testing.T) {
	e := newEnv(t.Context(), t)
	defer e.close()
	e.preparePromoted()
	e.recordedMetrics.resetCounts()
	e.setVersion("production", "3")
	e.runRound()
	e.runRound()
	want := map[string]int{"BuiltIn Passed": 4, "Metric Failed": 2, "Comparison Failed": 2}
	if diff := cmp.Diff(want, e.recordedMetrics.gateResults); diff != "" {
		t.Errorf("(-want +counted):\n%s", diff)
	}
}

// countTransitions counts the outcomes that are transitions.
func (c *countingMetrics) countTransitions() int {
	return c.outcomes[promotion.OutcomePromoted] + c.outcomes[promotion.OutcomeRolledBack] + c.outcomes[promotion.OutcomeOverridden] +
		c.outcomes[promotion.OutcomeDriftReverted] + c.outcomes[promotion.OutcomeAdopted]
}
