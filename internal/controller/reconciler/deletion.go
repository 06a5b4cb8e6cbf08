// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package reconciler

import (
	"fmt"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// DeletionRequeueAfter is how often it is looked at what a deletion or a retention waits for,
// where nothing wakes us.
const DeletionRequeueAfter = time.Minute

// WaitingForDeletion is how a pass ends that could not do what the deletion of an object asks for.
// What is a noun: the model, the version.
func WaitingForDeletion(result Result, what string) Result {
	result.Message = fmt.Sprintf("%s; the deletion waits for it, the annotation %s: \"true\" ends the wait and leaves %s as it is",
		result.Message, v1alpha1.OrphanOnDeleteAnnotation, what)
	return result
}
