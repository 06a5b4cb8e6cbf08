// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"time"
)

// LookKind says what a poller looked at.
type LookKind string

const (
	// LookList is a list of the registry, or of the part that is declared.
	LookList LookKind = "list"
	// LookFeed is a list of the newest versions.
	LookFeed LookKind = "feed"
)

// Look is one look of a poller at its registry.
type Look struct {
	Kind LookKind
	// Duration is how long it kept the server at work.
	Duration time.Duration
	// Changes counts the models of ours that differ from what was known of them.
	Changes map[ChangeKind]int
	// Err is why the look failed; nil when it did not.
	Err error
}

// count leaves out models that are not ours: what is read of those changes with the part of
// the registry that is read.
func count(changes []Change, ours func(name string) bool) map[ChangeKind]int {
	counts := map[ChangeKind]int{}
	for _, change := range changes {
		if ours(change.Name) {
			counts[change.Kind]++
		}
	}
	return counts
}
