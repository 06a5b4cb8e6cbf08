// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"context"
	"fmt"
	"time"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// incrementalPageSize costs a server with 100 000 versions a tenth of a second.
const incrementalPageSize = 100

// PollKind says what a poll reads.
type PollKind string

const (
	// PollFull is a list of the registry, or of its declared part.
	PollFull PollKind = "full"
	// PollIncremental is a list of the newest versions.
	PollIncremental PollKind = "incremental"
)

// Poll describes one finished poll of a registry.
type Poll struct {
	Kind PollKind
	// Duration is how long the poll occupied the server.
	Duration time.Duration
	// Changes counts the declared models that changed.
	Changes map[ChangeType]int
	// Err is why the poll failed; nil if it succeeded.
	Err error
}

// pollerOptions are the settings that all pollers of a Provider share.
type pollerOptions struct {
	clock       clock.WithTicker
	jitter      func(time.Duration) time.Duration
	gracePeriod time.Duration
	// declaredModels returns which models are declared; nil means all.
	declaredModels func(context.Context, Key) (DeclaredModels, error)
	observePoll    func(Poll)
}

// poller keeps one store up to date with one server.
type poller struct {
	pollerOptions

	key       Key
	lister    Lister
	workspace string
	interval  time.Duration
	dutyCycle dutyCycle
	store     *store
	health    *health
	emit      func(...Event)
	// pollNow requests a poll at once, pollSoon one after the retry delay. Each buffers one
	// request: a second would mean the same.
	pollNow, pollSoon chan struct{}

	// Only the poller's goroutine uses the fields below.

	traits registryTraits
	// nextKind is the kind of the next poll, and fullListDueAt when the next full list is due.
	nextKind      PollKind
	fullListDueAt time.Time
	// incrementalTime is the duration of the incremental lists since the last full list.
	incrementalTime time.Duration
	// lastSeen has the update time of the versions in the last incremental list, by model name.
	lastSeen map[string]entities.Timestamp
}

func newPoller(key Key, o pollerOptions, s *store, h *health, emit func(...Event)) *poller {
	return &poller{
		pollerOptions: o, key: key, store: s, health: h, emit: emit,
		pollNow: make(chan struct{}, 1), pollSoon: make(chan struct{}, 1),
	}
}

// run polls until ctx ends, the first time at once.
func (p *poller) run(ctx context.Context) {
	p.health.setLog(log.FromContext(ctx).WithName("registry").WithValues("connection", p.key))
	for delay := time.Duration(0); p.waitForNextPoll(ctx, delay); {
		delay = p.jitter(p.runNextPoll(ctx))
	}
}

// waitForNextPoll waits and reports whether to continue. During an outage the grace period
// may end first.
func (p *poller) waitForNextPoll(ctx context.Context, delay time.Duration) bool {
	if delay <= 0 {
		return ctx.Err() == nil
	}
	end := p.clock.Now().Add(delay)
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

// untilStateChange returns the time until the end of a delay, or of the grace period of an outage.
func (p *poller) untilStateChange(end time.Time) time.Duration {
	remaining := end.Sub(p.clock.Now())
	if grace, inOutage := p.health.remainingGrace(p.gracePeriod); inOutage {
		remaining = min(remaining, grace)
	}
	return remaining
}

// runNextPoll polls once, and returns the delay until the next poll.
func (p *poller) runNextPoll(ctx context.Context) time.Duration {
	if p.nextKind == PollIncremental {
		return p.pollIncremental(ctx)
	}
	return p.pollFull(ctx)
}

// scheduleNext decides the kind of the next poll and returns the delay until then: an incremental list
// after incrementalDelay if that is well before the next full list.
func (p *poller) scheduleNext(incrementalDelay time.Duration) time.Duration {
	p.nextKind = PollFull
	untilFullList := p.fullListDueAt.Sub(p.clock.Now())
	if p.traits.incrementalUnsupported || untilFullList < incrementalDelay*3/2 {
		return untilFullList
	}
	p.nextKind = PollIncremental
	return incrementalDelay
}

// reportError records an error that a reconciler met. The next poll follows after the retry
// delay and not at once: too many requests may be why the server is down.
func (p *poller) reportError(err error) {
	if !p.health.recordReportedError(err) {
		return
	}
	p.emit(Event{Key: p.key, StateOnly: true})
	signalChannel(p.pollSoon)
}

func (p *poller) retryDelay() time.Duration {
	return backoffDelay(p.health.failureCount(), p.interval)
}

// resolveScope returns what to read: the full registry if it is unknown which models are declared.
func (p *poller) resolveScope(ctx context.Context) pollScope {
	if p.declaredModels == nil {
		return pollScope{all: true}
	}
	declared, err := p.declaredModels(ctx, p.key)
	if err != nil {
		log.FromContext(ctx).Error(err, "Listing the declared models failed; reading the full registry", "connection", p.key)
		return pollScope{all: true}
	}
	return newPollScope(declared)
}

// pollFull makes one full list. It replaces the known state only if the list succeeded to its end and the
// server is the intended one.
func (p *poller) pollFull(ctx context.Context) time.Duration {
	afterReport := p.health.beginPoll()
	listNumber, builder := p.store.beginList()
	scope := p.resolveScope(ctx)
	timed, reader := newPollReader(ctx, p.lister, p.clock, builder.addPage)
	if p.health.shouldGetInfo() {
		// It may be another server: what earlier polls found out may no longer be true.
		p.traits = registryTraits{}
	}
	err := p.traits.readScope(timed, reader, builder, scope)
	if err == nil {
		err = p.verifyServer(ctx)
	}
	if ctx.Err() != nil {
		// The poller was stopped or replaced, which caused the error.
		return 0
	}
	poll := Poll{Kind: PollFull, Duration: reader.serverTime, Err: err}
	if err != nil {
		p.observePoll(poll)
		return p.handleFailure(err, reader.serverTime)
	}
	changes, newest := p.store.commitList(listNumber, builder, scope.hasModel)
	if !newest {
		// Another poller of this store began a list: this one is dropped.
		return 0
	}
	poll.Changes = countChanges(changes, scope.hasModel)
	p.observePoll(poll)
	return p.handleSuccess(afterReport, reader.serverTime, changes)
}

// handleFailure records a failed poll. A list that failed after many pages has cost the server
// as much as a complete one, so the same rest follows it.
func (p *poller) handleFailure(err error, worked time.Duration) time.Duration {
	if p.health.recordFailure(err, p.gracePeriod) {
		p.emit(Event{Key: p.key, StateOnly: p.health.currentState().InGracePeriod})
	}
	p.nextKind = PollFull
	return max(p.retryDelay(), p.dutyCycle.restDelay(worked))
}

// handleSuccess records a successful full list and emits its events: one for all objects if the
// connection became ready, else one for each changed model.
func (p *poller) handleSuccess(afterReport bool, worked time.Duration, changes []Change) time.Duration {
	becameReady := p.health.recordSuccess(afterReport, func(s *State) {
		s.EffectiveInterval = p.dutyCycle.pollInterval(worked+p.incrementalTime, p.interval, s.EffectiveInterval)
		s.ModelCount, s.MissingModels, s.ListedAt = p.store.modelCount(), p.store.missingCount(), p.clock.Now()
		p.fullListDueAt = s.ListedAt.Add(s.EffectiveInterval)
	})
	p.incrementalTime = 0
	if becameReady {
		p.emit(Event{Key: p.key})
	} else {
		p.emit(newEvents(p.key, changes)...)
	}
	return p.scheduleNext(p.interval)
}

func newEvents(key Key, changes []Change) []Event {
	events := make([]Event, 0, len(changes))
	for _, change := range changes {
		events = append(events, Event{Key: key, Model: change.Name})
	}
	return events
}

// verifyServer gets the server info if it is due: at the start, after a failure, and at an interval,
// because a server may be replaced between two polls.
//
// A server without support for workspaces ignores the header and answers for its single global
// registry, which is not the intended one. So a workspace must be verified;
// without a workspace the answer is only informative.
func (p *poller) verifyServer(ctx context.Context) error {
	if !p.health.shouldGetInfo() {
		return nil
	}
	info, err := p.lister.GetServerInfo(ctx)
	p.health.scheduleInfo()
	if err != nil && p.workspace != "" {
		return fmt.Errorf("verify that the server has workspaces: %w", err)
	}
	if err != nil {
		log.FromContext(ctx).V(1).Info("Server does not report its version", "cause", err.Error())
		return nil
	}
	if p.workspace != "" && !info.WorkspacesEnabled {
		return fmt.Errorf("workspace %q: the server has no workspaces: %w", p.workspace, mlflow.ErrWorkspaceNotFound)
	}
	if p.health.recordServerInfo(*info) {
		p.emit(Event{Key: p.key, StateOnly: true})
	}
	return nil
}

// pollIncremental lists the versions that were last registered, moved to a legacy stage or edited, and gets
// their models. It finds new versions sooner in a registry that is too large to be
// read in full often. It does not find changes of aliases and tags, which change
// no timestamp in MLflow.
func (p *poller) pollIncremental(ctx context.Context) time.Duration {
	scope := p.resolveScope(ctx)
	poll := Poll{Kind: PollIncremental, Changes: map[ChangeType]int{}}
	timed, reader := newPollReader(ctx, p.lister, p.clock, func(models ...*entities.RegisteredModel) {
		for _, m := range models {
			if p.store.overrideModel(m) {
				poll.Changes[Updated]++
				p.emit(Event{Key: p.key, Model: m.Name})
			}
		}
	})
	poll.Err = p.readUpdatedModels(timed, reader, scope)
	if ctx.Err() != nil {
		return 0
	}
	poll.Duration = reader.serverTime
	p.observePoll(poll)
	p.incrementalTime += reader.serverTime
	p.health.recordIncremental(poll.Err != nil)
	if poll.Err != nil {
		// Only a full list decides whether the connection is ready.
		log.FromContext(ctx).Info("Listing the newest versions failed; only full lists find new versions for the next hour",
			"connection", p.key, "cause", poll.Err.Error())
		p.traits.incrementalUnsupported = true
		p.nextKind = PollFull
		return max(p.retryDelay(), p.dutyCycle.restDelay(reader.serverTime))
	}
	return p.scheduleNext(max(p.interval, 2*p.dutyCycle.restDelay(reader.serverTime)))
}

func (p *poller) readUpdatedModels(ctx context.Context, r *pollReader, scope pollScope) error {
	page, err := p.lister.SearchModelVersions(ctx, mlflow.SearchRequest{
		OrderBy: []string{"last_updated_timestamp DESC"}, MaxResults: incrementalPageSize,
	})
	if err != nil {
		return fmt.Errorf("list the newest versions: %w", err)
	}
	r.recordResponse()
	return p.traits.readNames(ctx, r, p.updatedModelNames(page.ModelVersions, scope))
}

// updatedModelNames returns the declared models with a version that is newer than their known
// state, except those that the last incremental list led to already.
func (p *poller) updatedModelNames(versions []*entities.ModelVersion, scope pollScope) []string {
	var names []string
	seen := map[string]entities.Timestamp{}
	for _, v := range versions {
		if _, newer := seen[v.Name]; newer || !scope.hasModel(v.Name) {
			continue
		}
		seen[v.Name] = v.LastUpdatedTimestamp
		if m, known := p.store.getModel(v.Name); known && v.LastUpdatedTimestamp <= m.LastUpdatedTimestamp {
			continue
		}
		if v.LastUpdatedTimestamp > p.lastSeen[v.Name] {
			names = append(names, v.Name)
		}
	}
	p.lastSeen = seen
	return names
}
