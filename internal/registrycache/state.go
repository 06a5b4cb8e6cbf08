// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// State is how one connection is. The zero State is that of an unknown one.
type State struct {
	// Known is whether the Provider was told of the connection.
	Known bool
	// Ready is whether a list succeeded and nothing has failed since.
	Ready bool
	// InGracePeriod is whether it is too early to speak of the connection: its first list is
	// under way, or it stopped being ready less than Options.Grace ago. Who told something
	// before stands by it: a server that restarts is no news to thousands of objects.
	InGracePeriod bool
	// Err is the latest failure. It is nil when the connection is ready, and while
	// the first list is under way.
	Err error
	// LastTransitionTime is when Ready last changed, or when the connection became known.
	LastTransitionTime time.Time
	// ServerID is the identity of the server, as View.Server tells it.
	ServerID string
	// ServerInfo is what the server last told of itself; empty until it did.
	ServerInfo mlflow.ServerInfo
	// EffectiveInterval is the pause between two polls, without its jitter: the
	// interval asked for, or more where the registry is large or its server slow.
	EffectiveInterval time.Duration
	// ModelCount is the number of models in the last list: all of the registry, or those that
	// are declared where only they are read.
	ModelCount int
	// MissingModels is how many models of ours the last two lists or more did not show, though
	// nobody has found them to be gone.
	MissingModels int
	// IncrementalFailing is whether the server last failed to tell its newest versions, which are
	// then noticed with the lists alone.
	IncrementalFailing bool
	// ListedAt is when the last list ended that succeeded; zero before the first.
	ListedAt time.Time
}

// isSameError compares what a person would read: a failure that repeats is no news.
func isSameError(a, b error) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return a.Error() == b.Error()
}
