// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"
)

// The subjects. Results and reports use these names.
const (
	operatorName  = "operator"
	scriptName    = "script"
	perObjectName = "per-object"
	limitName     = "limit"
)

var subjectNames = []string{operatorName, scriptName, perObjectName, limitName}

// subject is a way to converge a registry and to keep it converged.
type subject interface {
	// prepare does what is not measured.
	prepare(ctx context.Context) error
	// converge promotes the candidate of each model. It returns the end of the convergence.
	converge(ctx context.Context) (time.Time, error)
	// maintain polls the registry at a URL until the maintenance is stopped. It returns after the
	// first poll.
	maintain(ctx context.Context, url string) (maintenance, error)
	// recordDetails adds what only the subject knows about its convergence.
	recordDetails(ctx context.Context, r recorder) error
	stop() error
}

// maintenance is a registry that a subject keeps converged.
type maintenance struct {
	interval time.Duration
	// spread: the requests are spread over the interval and do not come in polls.
	spread bool
	stop   func(context.Context) error
}

// newSubject returns the subject of a name for an environment.
func (b *bench) newSubject(name string, env *environment) (subject, error) {
	switch name {
	case operatorName:
		return &operatorSubject{bench: b, env: env}, nil
	case scriptName:
		return &scriptSubject{bench: b, env: env}, nil
	case perObjectName:
		return &perObjectSubject{bench: b, env: env}, nil
	case limitName:
		return &limitSubject{bench: b, env: env, config: b.fastestClients[serverKind{env.setup.Database, env.setup.Workers}]}, nil
	default:
		return nil, fmt.Errorf("unknown subject %s", name)
	}
}
