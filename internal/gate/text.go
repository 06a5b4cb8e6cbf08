// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import "github.com/neuronews/mlflow-registry-operator/internal/sanitize"

// cleanText makes a text of a server safe to show.
func cleanText(shown string, limit int) string {
	return sanitize.CleanText(shown, limit)
}

// shortenRunID is as much of a run's id as tells it apart.
func shortenRunID(id string) string {
	return truncateID(id, 8)
}

// shortenLoggedModelID keeps the m- by which a reader knows a logged model.
func shortenLoggedModelID(id string) string {
	return truncateID(id, 10)
}

func truncateID(id string, length int) string {
	runes := []rune(cleanText(id, 100))
	return string(runes[:min(length, len(runes))])
}
