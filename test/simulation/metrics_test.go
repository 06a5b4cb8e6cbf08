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

// countingMetrics is a Meter that can be read. Passes come one after the other here.
type countingMetrics struct {
	outcomes    map[promotion.Outcome]int
	gateResults map[string]int
}

var _ modelpromotion.MetricsRecorder = (*countingMetrics)(nil)

func (c *countingMetrics) RecordPromotion(o promotion.Outcome) { c.outcomes[o]++ }

func (c *countingMetrics) RecordGateEvaluation(kind v1alpha1.GateType, result v1alpha1.GateResult) {
	c.gateResults[string(kind)+" "+string(result)]++
}

func (c *countingMetrics) reset() {
	*c = countingMetrics{outcomes: map[promotion.Outcome]int{}, gateResults: map[string]int{}}
}

type outcomeCounts = map[promotion.Outcome]int

// outcomeCases are stories with what is counted of them. Each is looked at many times more,
// which counts nothing.
var outcomeCases = map[string]struct {
	prepare, event func(*env)
	want           outcomeCounts
}{
	"a promotion": {
		prepare: (*env).preparePromoted,
		event:   func(w *env) { w.setVersion("production", "2") },
		want:    outcomeCounts{promotion.OutcomePromoted: 1},
	},
	"a promotion of which the status could not be told at once": {
		prepare: (*env).preparePromoted,
		event: func(w *env) {
			w.onWriteAhead = func(write func() error) error {
				// The next write records.
				w.onStatusWrite = replaceWrite(w.statusWrites+1, newStatusFault("status error"))
				return write()
			}
			w.setVersion("production", "2")
		},
		want: outcomeCounts{promotion.OutcomePromoted: 1},
	},
	"a rollback": {
		prepare: func(w *env) {
			w.preparePromoted()
			w.setVersion("production", "2")
			w.runUntilSettled()
		},
		event: func(w *env) { w.setVersion("production", "1") },
		want:  outcomeCounts{promotion.OutcomeRolledBack: 1},
	},
	"an alias that was moved by hand": {
		prepare: (*env).preparePromoted,
		event:   func(w *env) { w.must(w.user.SetAlias(w.ctx, sentiment, "production", "2")) },
		want:    outcomeCounts{promotion.OutcomeDriftReverted: 1},
	},
	"an alias that is only reported, before and after MLflow was away": {
		prepare: func(w *env) {
			w.prepareModel(builder.Stage("production").DriftPolicy(v1alpha1.DriftPolicyReport))
			w.createObject(builder.Promotion("production").Version("1").Build())
			w.runUntilSettled()
		},
		event: func(w *env) {
			w.must(w.user.SetAlias(w.ctx, sentiment, "production", "2"))
			w.runUntilSettled()
			w.simulateOutage()
		},
		want: outcomeCounts{promotion.OutcomeDriftReported: 1},
	},
	"a version that had the alias all along": {
		prepare: func(w *env) {
			w.prepareModel(builder.Stage("production"))
			w.must(w.user.SetAlias(w.ctx, sentiment, "production", "1"))
		},
		event: func(w *env) { w.createObject(builder.Promotion("production").Version("1").Build()) },
		want:  outcomeCounts{promotion.OutcomeAdopted: 1},
	},
	"a legacy stage that was moved by hand": {
		prepare: (*env).preparePromoted,
		event:   func(w *env) { w.must(w.user.TransitionStage(w.ctx, sentiment, "1", "Archived", false)) },
		want:    outcomeCounts{promotion.OutcomeLegacyStageSynced: 1},
	},
	"a version that is refused, before and after MLflow was away": {
		prepare: (*env).preparePromoted,
		event: func(w *env) {
			w.setVersion("production", "3")
			w.runUntilSettled()
			w.simulateOutage()
			w.restartOperator()
		},
		want: outcomeCounts{promotion.OutcomeBlocked: 1},
	},
	"a version that does not exist": {
		prepare: (*env).preparePromoted,
		event:   func(w *env) { w.setVersion("production", "9") },
		want:    outcomeCounts{promotion.OutcomeBlocked: 1},
	},
	"a refusal of which the status could not be told at once": {
		prepare: (*env).preparePromoted,
		event: func(w *env) {
			// What is left to be said of the models is said, so that the next write is the refusal's.
			w.runUntilSettled()
			w.onStatusWrite = replaceWrite(w.statusWrites+1, func(func() error) error {
				return apierrors.NewConflict(schema.GroupResource{}, "production", context.Canceled)
			})
			w.setVersion("production", "3")
		},
		want: outcomeCounts{promotion.OutcomeBlocked: 1},
	},
	"a version that is refused for each of two edits": {
		prepare: (*env).preparePromoted,
		event: func(w *env) {
			w.setVersion("production", "3")
			w.runUntilSettled()
			w.setVersion("production", "3")
		},
		want: outcomeCounts{promotion.OutcomeBlocked: 2},
	},
	"a version that is refused, and put there by hand": {
		prepare: func(w *env) {
			w.preparePromoted()
			w.setVersion("production", "3")
			w.runUntilSettled()
		},
		event: func(w *env) { w.must(w.user.SetAlias(w.ctx, sentiment, "production", "3")) },
		want:  outcomeCounts{promotion.OutcomeDriftReverted: 1},
	},
	"a version that is refused while another hand moves the alias": {
		prepare: (*env).preparePromoted,
		event: func(w *env) {
			w.setVersion("production", "3")
			w.must(w.user.SetAlias(w.ctx, sentiment, "production", "2"))
		},
		want: outcomeCounts{promotion.OutcomeBlocked: 1, promotion.OutcomeDriftReverted: 1},
	},
	"a holder that is not the expected one": {
		prepare: (*env).preparePromoted,
		event:   func(w *env) { w.setVersionExpecting("2", "3") },
		want:    outcomeCounts{promotion.OutcomeBlocked: 1},
	},
	"a holder that ceases to be the expected one, in a dry run": {
		prepare: func(w *env) {
			w.preparePromoted()
			w.setVersionExpecting("2", "1")
			w.editPromotion("production", func(spec *v1alpha1.ModelPromotionSpec) { spec.Mode = v1alpha1.PromotionModeDryRun })
			w.runUntilSettled()
		},
		event: func(w *env) {
			w.must(w.user.SetAlias(w.ctx, sentiment, "production", "3"))
			w.runUntilSettled()
			w.simulateOutage()
		},
		want: outcomeCounts{promotion.OutcomeBlocked: 1},
	},
	"a version that waits for its metric": {
		prepare: func(w *env) {
			waits := builder.GreaterThanGate("accuracy", "0.5")
			waits.Metric.OnMissing = v1alpha1.OnMissingWait
			w.prepareModel(builder.Stage("production").Gates(waits))
		},
		event: func(w *env) { w.createObject(builder.Promotion("production").Version("1").Build()) },
		want:  outcomeCounts{promotion.OutcomePending: 1},
	},
	"a version that soaks, until it has": {
		prepare: (*env).prepareSoak,
		event: func(w *env) {
			w.createObject(builder.Promotion("production").Version("1").Build())
			w.runUntilSettled()
			w.advanceClock(24 * time.Hour)
		},
		want: outcomeCounts{promotion.OutcomePending: 1, promotion.OutcomePromoted: 1},
	},
	"a version of which a gate is overridden": {
		prepare: func(w *env) {
			w.preparePromoted()
			w.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Stages[0].OverridePolicy = v1alpha1.OverridePolicyAllow })
			w.runUntilSettled()
		},
		event: func(w *env) { w.setVersionOverriding("3", "f1", "beats-f1") },
		want:  outcomeCounts{promotion.OutcomeOverridden: 1},
	},
	"a gate that can't be asked": {
		prepare: (*env).preparePromoted,
		event: func(w *env) {
			w.mlflow.InjectFault(mlflowtest.CallsTo("runs/get"), mlflowtest.Forbidden())
			w.setVersion("production", "2")
		},
		want: outcomeCounts{},
	},
}

func TestOutcomeMetrics(t *testing.T) {
	for name, story := range outcomeCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newEnv(context.WithoutCancel(t.Context()), t)
			defer w.close()
			story.prepare(w)
			w.recordedMetrics.reset()
			story.event(w)
			w.runUntilSettled()
			if diff := cmp.Diff(story.want, w.recordedMetrics.outcomes); diff != "" {
				t.Errorf("(-want +counted):\n%s", diff)
			}
		})
	}
}

// TestGateEvaluationMetrics also counts those of a version that was refused before.
func TestGateEvaluationMetrics(t *testing.T) {
	w := newEnv(t.Context(), t)
	defer w.close()
	w.preparePromoted()
	w.recordedMetrics.reset()
	w.setVersion("production", "3")
	w.runRound()
	w.runRound()
	want := map[string]int{"BuiltIn Passed": 4, "Metric Failed": 2, "Comparison Failed": 2}
	if diff := cmp.Diff(want, w.recordedMetrics.gateResults); diff != "" {
		t.Errorf("(-want +counted):\n%s", diff)
	}
}

// countTransitions are the changes of hands that were counted.
func (c *countingMetrics) countTransitions() int {
	return c.outcomes[promotion.OutcomePromoted] + c.outcomes[promotion.OutcomeRolledBack] + c.outcomes[promotion.OutcomeOverridden] +
		c.outcomes[promotion.OutcomeDriftReverted] + c.outcomes[promotion.OutcomeAdopted]
}

// simulateOutage is a server that takes nobody's word for who he is, for some time.
func (w *env) simulateOutage() {
	w.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.Unauthorized())
	w.runUntilSettled()
	w.mlflow.ClearFaults()
	w.runUntilSettled()
}
