// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"
)

// contender is a way to bring a registry to where it should be and to keep it there.
type contender interface {
	// prepare is what comes before the clock runs.
	prepare(ctx context.Context) error
	// converge makes everything as wanted, from what prepare left. It returns when that was
	// so.
	converge(ctx context.Context) (time.Time, error)
	// keep looks after the registry at a URL, from now until it is released. It returns
	// once it has looked at everything, and tells how often it looks.
	keep(ctx context.Context, url string) (kept, error)
	// figures are what it knows of itself, after a convergence.
	figures(ctx context.Context, r recorder) error
	stop() error
}

// kept is a registry that somebody looks after.
type kept struct {
	interval time.Duration
	// steady: its requests are spread over the interval, and are no polls with rests between.
	steady  bool
	release func(context.Context) error
}

// enter makes a contender for a turn at a stand.
func (b *bench) enter(name string, st *stand) (contender, error) {
	switch name {
	case ours:
		return &operatorContender{bench: b, stand: st}, nil
	case script:
		return &scriptContender{bench: b, stand: st}, nil
	case perObject:
		return &perObjectContender{bench: b, stand: st}, nil
	case limit:
		return &limitContender{bench: b, stand: st, manner: b.manners[tuned{st.setup.Database, st.setup.Workers}]}, nil
	default:
		return nil, fmt.Errorf("no contender %s", name)
	}
}
