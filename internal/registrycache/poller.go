// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"context"
	"time"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// poller keeps one store in step with one server.
type poller struct {
	key         Key
	lister      Lister
	workspace   string
	interval    time.Duration
	dutyCycle   dutyCycle
	gracePeriod time.Duration
	clock       clock.WithTicker
	jitter      func(time.Duration) time.Duration
	// declaredModels tells which models are ours; nil is all.
	declaredModels func(context.Context, Key) (DeclaredModels, error)
	store          *store
	health         *health
	emit           func(...Event)
	observePoll    func(Poll)
	// pollNow asks for a poll at once, soon for one after the retry pause. Both hold one
	// request: more would ask for the same.
	pollNow, pollSoon chan struct{}

	// What follows belongs to the poller's goroutine.

	// minSize is how many models the registry is known to have, and whole whether it had no
	// more when it was read.
	minSize     int
	sizeIsExact bool
	// searchByTag is whether the server can't search for names, and unmarked how many models
	// then had to be read one by one, since they don't carry our mark.
	searchByTag bool
	untagged    int
	// nextKind is what is looked at next, and fullListDueAt when the next list is due.
	nextKind      PollKind
	fullListDueAt time.Time
	// incrementalTime is what the feeds since the last list took.
	incrementalTime time.Duration
	// incrementalUnsupported is whether the server did not answer for its newest versions.
	incrementalUnsupported bool
	// lastSeen are the versions that the last feed showed, by the names of their models.
	lastSeen map[string]entities.Timestamp
}

// run looks until ctx ends, the first time at once.
func (p *poller) run(ctx context.Context) {
	p.health.setLog(log.FromContext(ctx).WithName("registry").WithValues("connection", p.key))
	for pause := time.Duration(0); p.waitForNextPoll(ctx, pause); {
		pause = p.jitter(p.runNextPoll(ctx))
	}
}

// waitForNextPoll waits and tells whether to go on. Where the connection is not ready, the end of its
// grace may come first.
func (p *poller) waitForNextPoll(ctx context.Context, pause time.Duration) bool {
	if pause <= 0 {
		return ctx.Err() == nil
	}
	end := p.clock.Now().Add(pause)
	timer := p.clock.NewTimer(p.untilStateChange(end))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C():
			if p.health.expireGrace(p.gracePeriod) {
				p.emit(Event{Key: p.key})
			}
			if !p.clock.Now().Before(end) {
				return ctx.Err() == nil
			}
			timer.Reset(p.untilStateChange(end))
		case <-p.pollNow:
			p.nextKind = PollFull
			return ctx.Err() == nil
		case <-p.pollSoon:
			p.nextKind = PollFull
			end = p.clock.Now().Add(p.jitter(p.retryDelay()))
			timer.Reset(p.untilStateChange(end))
		}
	}
}

// untilStateChange is the time until the end of a pause, or of the grace of an outage.
func (p *poller) untilStateChange(end time.Time) time.Duration {
	left := end.Sub(p.clock.Now())
	if grace, outage := p.health.remainingGrace(p.gracePeriod); outage {
		left = min(left, grace)
	}
	return left
}

// runNextPoll reads the list or the feed, and returns the pause until the next look.
func (p *poller) runNextPoll(ctx context.Context) time.Duration {
	if p.nextKind == PollIncremental {
		return p.pollIncremental(ctx)
	}
	return p.pollFull(ctx)
}

// scheduleNext decides what is looked at next and returns the pause until then: the feed, in
// the pause that it asks for, where that comes well before the list.
func (p *poller) scheduleNext(feed time.Duration) time.Duration {
	p.nextKind = PollFull
	left := p.fullListDueAt.Sub(p.clock.Now())
	if p.incrementalUnsupported || left < feed*3/2 {
		return left
	}
	p.nextKind = PollIncremental
	return feed
}

// pollFull lists once. What is known is swapped only when the whole list succeeded and the
// server is the one meant.
func (p *poller) pollFull(ctx context.Context) time.Duration {
	afterBlame := p.health.beginPoll()
	round, d := p.store.beginList()
	part := p.resolveScope(ctx)
	timed, reading := p.newPollReader(ctx, d.addPage)
	err := p.readScope(timed, reading, d, part)
	if err == nil {
		err = p.verifyServer(ctx)
	}
	if ctx.Err() != nil {
		// Stopped or replaced: the error is of our own making.
		return 0
	}
	seen := Poll{Kind: PollFull, Duration: reading.serverTime, Err: err}
	if err != nil {
		p.observePoll(seen)
		return p.handleFailure(err, reading.serverTime)
	}
	changes, newest := p.store.commitList(round, d, part.hasModel)
	if !newest {
		// Another poller of the store began a list: what was read here is lost.
		return 0
	}
	seen.Changes = countChanges(changes, part.hasModel)
	p.observePoll(seen)
	return p.handleSuccess(afterBlame, reading.serverTime, changes)
}

// handleFailure records a failure. A list that broke after many pages has cost the server
// as much as a whole one, so it is paid for with the same rest.
func (p *poller) handleFailure(err error, worked time.Duration) time.Duration {
	if news := p.health.recordFailure(err, p.gracePeriod); news {
		p.emit(Event{Key: p.key, StateOnly: p.health.currentState().InGracePeriod})
	}
	p.nextKind = PollFull
	return max(p.retryDelay(), p.dutyCycle.restDelay(worked))
}

// handleSuccess records a success and wakes whom it concerns: everybody when the
// connection became ready, else those whose models changed.
func (p *poller) handleSuccess(afterBlame bool, worked time.Duration, changes []Change) time.Duration {
	news := p.health.recordSuccess(afterBlame, func(s *State) {
		s.EffectiveInterval = p.dutyCycle.pollInterval(worked+p.incrementalTime, p.interval, s.EffectiveInterval)
		s.ModelCount, s.MissingModels, s.ListedAt = p.store.modelCount(), p.store.missingCount(), p.clock.Now()
		p.fullListDueAt = s.ListedAt.Add(s.EffectiveInterval)
	})
	p.incrementalTime = 0
	if news {
		p.emit(Event{Key: p.key})
	} else {
		p.emit(newEvents(p.key, changes)...)
	}
	return p.scheduleNext(p.interval)
}

// reportError takes an error that a reconciler met. The next poll comes after the retry
// pause and not at once: the server may be down because of too many requests.
func (p *poller) reportError(err error) {
	if !p.health.recordReportedError(err) {
		return
	}
	p.emit(Event{Key: p.key, StateOnly: true})
	notifyChannel(p.pollSoon)
}

func (p *poller) retryDelay() time.Duration {
	return backoffDelay(p.health.failureCount(), p.interval)
}

// notifyChannel leaves one request; one that is already there will do.
func notifyChannel(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
