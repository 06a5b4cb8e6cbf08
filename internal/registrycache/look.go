// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"time"
)

// PollKind says what a poller looked at.
type PollKind string

const (
	// PollFull is a list of the registry, or of the part that is declared.
	PollFull PollKind = "full"
	// PollIncremental is a list of the newest versions.
	PollIncremental PollKind = "incremental"
)

// Poll is one look of a poller at its registry.
type Poll struct {
	Kind PollKind
	// Duration is how long it kept the server at work.
	Duration time.Duration
	// Changes counts the models of ours that differ from what was known of them.
	Changes map[ChangeType]int
	// Err is why the look failed; nil when it did not.
	Err error
}

// countChanges leaves out models that are not ours: what is read of those changes with the part of
// the registry that is read.
func countChanges(changes []Change, ours func(name string) bool) map[ChangeType]int {
	counts := map[ChangeType]int{}
	for _, change := range changes {
		if ours(change.Name) {
			counts[change.Type]++
		}
	}
	return counts
}
