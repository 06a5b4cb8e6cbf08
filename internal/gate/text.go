// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import "github.com/neuronews/mlflow-registry-operator/internal/text"

// clean makes a text of a server safe to show.
func clean(shown string, limit int) string {
	return text.Clean(shown, limit)
}

// shortRun is as much of a run's id as tells it apart.
func shortRun(id string) string {
	return prefix(id, 8)
}

// shortLoggedModel keeps the m- by which a reader knows a logged model.
func shortLoggedModel(id string) string {
	return prefix(id, 10)
}

func prefix(id string, length int) string {
	runes := []rune(clean(id, 100))
	return string(runes[:min(length, len(runes))])
}
