// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"context"
	"testing"

	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// TestReadOnly asks for each move of an operator that may not write: it writes nothing, and
// makes up for it when it may.
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
			story.move(e)
			e.runUntilSettled()
			if len(written) > 0 {
				t.Errorf("it wrote %v", written)
			}
			e.flags = featureflags.Flags{}
			e.restartOperator()
			e.runUntilSettled()
			if got, want := len(e.snapshotState().describeHistory()), len(story.want); got != want {
				t.Errorf("%d changes of hands, want %d", got, want)
			}
		})
	}
}
