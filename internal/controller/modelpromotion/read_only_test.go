// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion_test

import (
	"context"
	"testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/internal/switches"
)

// TestReadOnly asks for each move of an operator that may not write: it writes nothing, and
// makes up for it when it may.
func TestReadOnly(t *testing.T) {
	for name, story := range moves {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(context.WithoutCancel(t.Context()), t)
			defer w.close()
			story.prepare(w)
			var written []string
			w.mlflow.OnWrite(func(write mlflowtest.Write) {
				if !write.ByUser {
					written = append(written, write.String())
				}
			})
			w.switches = switches.Switches{ReadOnly: true}
			w.restart()
			story.move(w)
			w.settle()
			if len(written) > 0 {
				t.Errorf("it wrote %v", written)
			}
			w.switches = switches.Switches{}
			w.restart()
			w.settle()
			if got, want := len(w.state().moves()), len(story.want); got != want {
				t.Errorf("%d changes of hands, want %d", got, want)
			}
		})
	}
}
