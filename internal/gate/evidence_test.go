// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

func TestMismatchingEvidence(t *testing.T) {
	evidence := NewEvidence()
	evidence.Put(VersionKey("sentiment", "4"), &entities.ModelVersion{Name: "sentiment", Version: "5"})
	evidence.Put(VersionKey("dev", "4"), &entities.ModelVersion{Name: "sentiment", Version: "4"})
	evidence.Put(runKey(runA), &entities.Run{RunID: runB})
	evidence.Put(loggedModelKey(modelID), (*entities.LoggedModel)(nil))
	evidence.Put(historyKey(runA, "loss"), &entities.Run{RunID: runA})
	keys := []Key{VersionKey("sentiment", "4"), VersionKey("dev", "4"), runKey(runA), loggedModelKey(modelID), historyKey(runA, "loss")}
	for _, key := range keys {
		if got := evidence.getEntry(key).state; got != stateUnreadable {
			t.Errorf("%s has state %d", key, got)
		}
	}
}
