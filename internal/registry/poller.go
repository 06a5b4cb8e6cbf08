// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"time"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// poller keeps one store in step with one server.
type poller struct {
	key       Key
	lister    Lister
	workspace string
	interval  time.Duration
	duty      duty
	grace     time.Duration
	clock     clock.WithTicker
	jitter    func(time.Duration) time.Duration
	// declared tells which models are ours; nil is all.
	declared func(context.Context, Key) (Ours, error)
	store    *store
	health   *health
	emit     func(...Event)
	observe  func(Look)
	// now asks for a poll at once, soon for one after the retry pause. Both hold one
	// request: more would ask for the same.
	now, soon chan struct{}

	// What follows belongs to the poller's goroutine.

	// atLeast is how many models the registry is known to have, and whole whether it had no
	// more when it was read.
	atLeast int
	whole   bool
	// byMark is whether the server can't search for names, and unmarked how many models
	// then had to be read one by one, since they don't carry our mark.
	byMark   bool
	unmarked int
	// next is what is looked at next, and listDue when the next list is due.
	next    LookKind
	listDue time.Time
	// spent is what the feeds since the last list took.
	spent time.Duration
	// feedless is whether the server did not answer for its newest versions.
	feedless bool
	// fed are the versions that the last feed showed, by the names of their models.
	fed map[string]entities.Timestamp
}

// run looks until ctx ends, the first time at once.
func (p *poller) run(ctx context.Context) {
	p.health.setLog(log.FromContext(ctx).WithName("registry").WithValues("connection", p.key))
	for pause := time.Duration(0); p.rest(ctx, pause); {
		pause = p.jitter(p.look(ctx))
	}
}

// rest waits and tells whether to go on. Where the connection is not ready, the end of its
// grace may come first.
func (p *poller) rest(ctx context.Context, pause time.Duration) bool {
	if pause <= 0 {
		return ctx.Err() == nil
	}
	end := p.clock.Now().Add(pause)
	timer := p.clock.NewTimer(p.untilNews(end))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C():
			if p.health.lapse(p.grace) {
				p.emit(Event{Key: p.key})
			}
			if !p.clock.Now().Before(end) {
				return ctx.Err() == nil
			}
			timer.Reset(p.untilNews(end))
		case <-p.now:
			p.next = LookList
			return ctx.Err() == nil
		case <-p.soon:
			p.next = LookList
			end = p.clock.Now().Add(p.jitter(p.retryPause()))
			timer.Reset(p.untilNews(end))
		}
	}
}

// untilNews is the time until the end of a pause, or of the grace of an outage.
func (p *poller) untilNews(end time.Time) time.Duration {
	left := end.Sub(p.clock.Now())
	if grace, outage := p.health.graceLeft(p.grace); outage {
		left = min(left, grace)
	}
	return left
}

// look reads the list or the feed, and returns the pause until the next look.
func (p *poller) look(ctx context.Context) time.Duration {
	if p.next == LookFeed {
		return p.feed(ctx)
	}
	return p.poll(ctx)
}

// schedule decides what is looked at next and returns the pause until then: the feed, in
// the pause that it asks for, where that comes well before the list.
func (p *poller) schedule(feed time.Duration) time.Duration {
	p.next = LookList
	left := p.listDue.Sub(p.clock.Now())
	if p.feedless || left < feed*3/2 {
		return left
	}
	p.next = LookFeed
	return feed
}

// poll lists once. What is known is swapped only when the whole list succeeded and the
// server is the one meant.
func (p *poller) poll(ctx context.Context) time.Duration {
	afterBlame := p.health.poll()
	round, d := p.store.begin()
	part := p.part(ctx)
	timed, reading := p.reading(ctx, d.add)
	err := p.read(timed, reading, d, part)
	if err == nil {
		err = p.identify(ctx)
	}
	if ctx.Err() != nil {
		// Stopped or replaced: the error is of our own making.
		return 0
	}
	seen := Look{Kind: LookList, Duration: reading.worked, Err: err}
	if err != nil {
		p.observe(seen)
		return p.failed(err, reading.worked)
	}
	changes, newest := p.store.commit(round, d, part.holds)
	if !newest {
		// Another poller of the store began a list: what was read here is lost.
		return 0
	}
	seen.Changes = count(changes, part.holds)
	p.observe(seen)
	return p.succeeded(afterBlame, reading.worked, changes)
}

// failed records a failure. A list that broke after many pages has cost the server
// as much as a whole one, so it is paid for with the same rest.
func (p *poller) failed(err error, worked time.Duration) time.Duration {
	if news := p.health.fail(err, p.grace); news {
		p.emit(Event{Key: p.key, StateOnly: p.health.get().Unsettled})
	}
	p.next = LookList
	return max(p.retryPause(), p.duty.rest(worked))
}

// succeeded records a success and wakes whom it concerns: everybody when the
// connection became ready, else those whose models changed.
func (p *poller) succeeded(afterBlame bool, worked time.Duration, changes []Change) time.Duration {
	news := p.health.succeed(afterBlame, func(s *State) {
		s.EffectiveInterval = p.duty.interval(worked+p.spent, p.interval, s.EffectiveInterval)
		s.Models, s.Missed, s.ListedAt = p.store.len(), p.store.missed(), p.clock.Now()
		p.listDue = s.ListedAt.Add(s.EffectiveInterval)
	})
	p.spent = 0
	if news {
		p.emit(Event{Key: p.key})
	} else {
		p.emit(eventsOf(p.key, changes)...)
	}
	return p.schedule(p.interval)
}

// blame takes an error that a reconciler met. The next poll comes after the retry
// pause and not at once: the server may be down because of too many requests.
func (p *poller) blame(err error) {
	if !p.health.blame(err) {
		return
	}
	p.emit(Event{Key: p.key, StateOnly: true})
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
