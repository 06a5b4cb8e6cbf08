// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"time"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// poller keeps one store in step with one server.
type poller struct {
	key       Key
	lister    Lister
	workspace string
	interval  time.Duration
	clock     clock.WithTicker
	jitter    func(time.Duration) time.Duration
	store     *store
	health    *health
	emit      func(...Event)
	// now asks for a poll at once, soon for one after the retry pause. Both hold one
	// request: more would ask for the same.
	now, soon chan struct{}
}

// run polls until ctx ends, the first time at once.
func (p *poller) run(ctx context.Context) {
	p.health.setLog(log.FromContext(ctx).WithName("registry").WithValues("connection", p.key))
	for pause := time.Duration(0); p.rest(ctx, pause); {
		pause = p.jitter(p.poll(ctx))
	}
}

// rest waits and tells whether to go on.
func (p *poller) rest(ctx context.Context, pause time.Duration) bool {
	if pause <= 0 {
		return ctx.Err() == nil
	}
	timer := p.clock.NewTimer(pause)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C():
			return ctx.Err() == nil
		case <-p.now:
			return ctx.Err() == nil
		case <-p.soon:
			timer.Reset(p.jitter(p.retryPause()))
		}
	}
}

// poll lists once and returns the pause until the next time. The snapshot is
// swapped only when the whole list succeeded and the server is the one meant.
func (p *poller) poll(ctx context.Context) time.Duration {
	afterBlame := p.health.poll()
	round, d := p.store.begin()
	worked, err := p.list(ctx, d)
	if err == nil {
		err = p.identify(ctx)
	}
	if ctx.Err() != nil {
		// Stopped or replaced: the error is of our own making.
		return 0
	}
	if err != nil {
		return p.failed(err, worked)
	}
	changes, newest := p.store.commit(round, d)
	if !newest {
		// Another poller of the store began a list: what was read here is lost.
		return 0
	}
	return p.succeeded(afterBlame, worked, changes)
}

// failed records a failure. A list that broke after many pages has cost the server
// as much as a whole one, so it is paid for with the same rest.
func (p *poller) failed(err error, worked time.Duration) time.Duration {
	if p.health.fail(err) {
		p.emit(Event{Key: p.key})
	}
	return max(p.retryPause(), dutyFactor*worked)
}

// succeeded records a success and wakes whom it concerns: everybody when the
// connection became ready, else those whose models changed.
func (p *poller) succeeded(afterBlame bool, worked time.Duration, changes []Change) time.Duration {
	var pause time.Duration
	news := p.health.succeed(afterBlame, func(s *State) {
		s.EffectiveInterval = restAfter(worked, p.interval, s.EffectiveInterval)
		s.Models = p.store.len()
		pause = s.EffectiveInterval
	})
	if news {
		p.emit(Event{Key: p.key})
		return pause
	}
	p.emit(eventsOf(p.key, changes)...)
	return pause
}

// blame takes an error that a reconciler met. The next poll comes after the retry
// pause and not at once: the server may be down because of too many requests.
func (p *poller) blame(err error) {
	if !p.health.blame(err) {
		return
	}
	p.emit(Event{Key: p.key})
	poke(p.soon)
}

func (p *poller) retryPause() time.Duration {
	return retryAfter(p.health.failureCount(), p.interval)
}

// poke leaves one request; one that is already there will do.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
