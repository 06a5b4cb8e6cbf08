// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// TestReadOnly makes each change of transitionCases while the operator is read-only: it writes nothing
// until the flag is off.
func TestReadOnly(t *testing.T) {
	for name, story := range transitionCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEnv(context.WithoutCancel(t.Context()), t)
			defer e.close()
			story.prepare(e)
			var written []string
			e.mlflow.OnWrite(func(write mlflowtest.Write) {
				if !write.ByUser {
					written = append(written, write.String())
				}
			})
			e.flags = featureflags.Flags{ReadOnly: true}
			e.restartOperator()
			story.change(e)
			e.runUntilSettled()
			if len(written) > 0 {
				t.Errorf("a read-only operator wrote %v", written)
			}
			e.flags = featureflags.Flags{}
			e.restartOperator()
			e.runUntilSettled()
			if got, want := len(e.snapshotState().describeHistory()), len(story.want); got != want {
				t.Errorf("%d history entries, want %d", got, want)
			}
		})
	}
}

// TestNotEnforced promotes a version that gates on metrics block, while these gates are not enforced.
func TestNotEnforced(t *testing.T) {
	e := newEnv(t.Context(), t)
	defer e.close()
	e.flags = featureflags.Flags{PerformanceGatesDisabled: true}
	e.restartOperator()
	e.prepareOverrides()
	e.setVersion("production", "3")
	e.runUntilSettled()
	record := e.getPromotion("production").Status.History[0]
	if diff := cmp.Diff([]string{"f1", "beats-f1"}, record.NotEnforced); diff != "" || record.Version != "3" {
		t.Errorf("%+v", record)
	}
	if got := e.recordedMetrics.gateResults; got["Metric Failed"] == 0 || got["Comparison Failed"] == 0 {
		t.Errorf("counted %v: the failed gates are missing", got)
	}
	e.setVersion("production", "2")
	e.runUntilSettled()

	t.Log("enforcing the gates again: no version is demoted, and none is trusted for gates that were not enforced")
	e.flags = featureflags.Flags{}
	e.restartOperator()
	e.runUntilSettled()
	e.setVersion("production", "3")
	e.runUntilSettled()
	want := []string{"Promoted 2 in place of 3", "Promoted 3 in place of 1", "Promoted 1 in place of "}
	if diff := cmp.Diff(want, e.snapshotState().describeHistory()); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if got := readyCondition(e.getPromotion("production")); got.Reason != v1alpha1.ReasonGateFailed {
		t.Errorf("%s: %s", got.Reason, got.Message)
	}
}
