// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// State is the state of one connection. The zero State is that of an unknown connection.
type State struct {
	// Known is whether the Provider has an entry for the connection.
	Known bool
	// Ready is whether a full list succeeded and nothing has failed since.
	Ready bool
	// InGracePeriod is whether it is too early to report an outage: the first list has not ended,
	// or the connection stopped being ready less than Options.GracePeriod ago. Until then objects keep
	// their last reported status, so that a restart of the server does not change thousands of them.
	InGracePeriod bool
	// Err is the latest failure. It is nil if the connection is ready, and until
	// the first list ends.
	Err error
	// LastTransitionTime is when Ready last changed, or when the connection became known.
	LastTransitionTime time.Time
	// ServerID is the identity of the server, as Snapshot.ServerID returns it.
	ServerID string
	// ServerInfo is what the server last reported about itself; empty before the first report.
	ServerInfo mlflow.ServerInfo
	// EffectiveInterval is the interval between two full lists, without its jitter: the
	// requested interval, or more if the registry is large or its server slow.
	EffectiveInterval time.Duration
	// ModelCount is the number of models in the last list: all of the registry, or the
	// declared ones if only those are read.
	ModelCount int
	// MissingModels is the number of declared models that at least the last two lists lacked, and
	// that no get has found to be deleted.
	MissingModels int
	// IncrementalFailing is whether the last list of the newest versions failed. Then only full lists
	// find new versions.
	IncrementalFailing bool
	// ListedAt is when the last successful list ended; zero before the first.
	ListedAt time.Time
}

// isSameError compares the texts, as a reader of the status does: a failure that repeats is no change.
func isSameError(a, b error) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return a.Error() == b.Error()
}

// serverInfoInterval is how often a healthy server is asked for its version and features, whether
// or not it answers: upgrades are rare, and the answer costs up to two requests.
const serverInfoInterval = time.Hour

// health is the state of one connection. Polls and reported errors both change it.
type health struct {
	clock clock.PassiveClock

	mu    sync.Mutex
	log   logr.Logger
	state State
	// stopped is whether another poller replaced this one. Later results of this one
	// no longer describe the connection.
	stopped bool
	// failures is the number of consecutive failures, which determines the next retry delay.
	failures int
	// errorReported is whether a reconciler reported an error since the last poll began.
	errorReported bool
	// infoDueAt is when the server info is due; zero means now.
	infoDueAt time.Time
}

func newHealth(c clock.PassiveClock, state State) *health {
	return &health{clock: c, log: logr.Discard(), state: state}
}

func (h *health) setLog(log logr.Logger) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.log = log
}

func (h *health) currentState() State {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state
}

func (h *health) markStopped() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopped = true
}

func (h *health) failureCount() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failures
}

// beginPoll starts a poll. It reports whether a reported error caused it.
func (h *health) beginPoll() (afterReport bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	afterReport, h.errorReported = h.errorReported, false
	return afterReport
}

// recordSuccess records a successful poll, and reports whether the state changed.
//
// A poll that a reported error caused does not reset the number of failures: lists may
// succeed while the requests of reconcilers fail. Each recovery would then enqueue all
// objects again a second later, without end.
func (h *health) recordSuccess(afterReport bool, update func(*State)) (changed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	update(&h.state)
	if h.errorReported {
		// The reported error is newer than this poll; the next poll decides.
		return false
	}
	if !afterReport {
		h.failures = 0
	}
	return h.setState(nil)
}

// recordFailure records a failed poll, and reports whether the state changed. The end of the grace
// period is a change, too, for the objects that kept their status until then.
func (h *health) recordFailure(err error, gracePeriod time.Duration) (changed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failures++
	changed = h.setState(err)
	return h.expireGraceLocked(gracePeriod) || changed
}

// recordReportedError records an error that a reconciler met. It reports whether the state changed: of
// many errors from one dead server only the first changes it.
func (h *health) recordReportedError(err error) (changed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil || errors.Is(err, context.Canceled) || h.stopped || !h.state.Ready {
		return false
	}
	h.failures++
	h.errorReported = true
	return h.setState(err)
}

// recordIncremental records whether an incremental list failed. Objects get no event for it: the
// connection's own reconcile reads the state at each poll interval.
func (h *health) recordIncremental(failed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state.IncrementalFailing = failed
}

// setState sets the state to ready if err is nil, and to failed otherwise. The caller has the lock.
func (h *health) setState(err error) (changed bool) {
	ready := err == nil
	if !ready {
		h.infoDueAt = time.Time{}
	}
	if h.stopped || h.state.Ready == ready && isSameError(h.state.Err, err) {
		return false
	}
	if h.state.Ready != ready {
		h.state.LastTransitionTime, h.state.InGracePeriod = h.clock.Now(), !ready
	}
	h.state.Ready, h.state.Err = ready, err
	h.logState()
	return true
}

// logState is called for changes only: a server that is down for a night is one line.
func (h *health) logState() {
	if h.state.Ready {
		h.log.Info("Connection is ready", "server", h.state.ServerID, "models", h.state.ModelCount)
		return
	}
	h.log.Info("Connection is not ready", "server", h.state.ServerID, "cause", h.state.Err.Error())
}

// remainingGrace returns how long objects keep their status during an outage. False means that there
// is no outage, or that it was reported.
func (h *health) remainingGrace(gracePeriod time.Duration) (remaining time.Duration, inOutage bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	remaining = max(0, gracePeriod-h.clock.Since(h.state.LastTransitionTime))
	return remaining, h.state.InGracePeriod && h.state.Err != nil && !h.stopped
}

// expireGrace ends a grace period that is over, and reports whether there was one.
func (h *health) expireGrace(gracePeriod time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.expireGraceLocked(gracePeriod)
}

func (h *health) expireGraceLocked(gracePeriod time.Duration) bool {
	if h.stopped || !h.state.InGracePeriod || h.state.Err == nil || h.clock.Since(h.state.LastTransitionTime) < gracePeriod {
		return false
	}
	h.state.InGracePeriod = false
	return true
}

// recordServerInfo records the server info, and reports whether that of a ready connection changed.
func (h *health) recordServerInfo(info mlflow.ServerInfo) (changed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	changed = h.state.Ready && h.state.ServerInfo != info
	h.state.ServerInfo = info
	return changed
}

func (h *health) shouldGetInfo() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.clock.Now().Before(h.infoDueAt)
}

// scheduleInfo sets when the server info is due next.
func (h *health) scheduleInfo() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.infoDueAt = h.clock.Now().Add(serverInfoInterval)
}
