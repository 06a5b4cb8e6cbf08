// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// State is how one connection is. The zero State is that of an unknown one.
type State struct {
	// Known is whether the Provider was told of the connection.
	Known bool
	// Ready is whether a whole list succeeded and nothing has failed since.
	Ready bool
	// Err is the latest failure. It is nil when the connection is ready, and while
	// the first list is under way.
	Err error
	// Since is when Ready last changed, or when the connection became known.
	Since time.Time
	// Server is the identity of the server, as View.Server tells it.
	Server string
	// ServerInfo is what the server last told of itself; empty until it did.
	ServerInfo mlflow.ServerInfo
	// EffectiveInterval is the pause between two polls, without its jitter: the
	// interval asked for, or more where the registry is large or its server slow.
	EffectiveInterval time.Duration
	// Models is the number of models in the last whole list.
	Models int
}

// sameError compares what a person would read: a failure that repeats is no news.
func sameError(a, b error) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return a.Error() == b.Error()
}
