// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package telling

import (
	"fmt"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// Patience is how often it is looked at what a deletion or a retention waits for,
// where nothing wakes us.
const Patience = time.Minute

// DeletionWaits is how a pass ends that could not do what the deletion of an object asks for.
// What is a noun: the model, the version.
func DeletionWaits(ended outcome.Outcome, what string) outcome.Outcome {
	ended.Message = fmt.Sprintf("%s; the deletion waits for it, the annotation %s: \"true\" ends the wait and leaves %s as it is",
		ended.Message, v1alpha1.AbandonAnnotation, what)
	return ended
}
