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
			w := newEnv(context.WithoutCancel(t.Context()), t)
			defer w.close()
			story.prepare(w)
			var written []string
			w.mlflow.OnWrite(func(write mlflowtest.Write) {
				if !write.ByUser {
					written = append(written, write.String())
				}
			})
			w.flags = featureflags.Flags{ReadOnly: true}
			w.restartOperator()
			story.move(w)
			w.runUntilSettled()
			if len(written) > 0 {
				t.Errorf("it wrote %v", written)
			}
			w.flags = featureflags.Flags{}
			w.restartOperator()
			w.runUntilSettled()
			if got, want := len(w.snapshotState().describeHistory()), len(story.want); got != want {
				t.Errorf("%d changes of hands, want %d", got, want)
			}
		})
	}
}
