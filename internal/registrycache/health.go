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

// health is the state of one connection. Polls and blames both write it.
type health struct {
	clock clock.PassiveClock

	mu    sync.Mutex
	log   logr.Logger
	state State
	// stopped is set when another poller took over: what this one still learns
	// about the connection is about its past.
	stopped bool
	// failures counts them in a row, for the pause before the next try.
	failures int
	// errorReported is whether a blame came since the last poll began.
	errorReported bool
	// infoDueAt is when the server is to be asked what it is; zero means now.
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

// beginPoll starts a poll. It tells whether a blame led to it.
func (h *health) beginPoll() (blamed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	blamed, h.errorReported = h.errorReported, false
	return blamed
}

// recordFailure records that a poll failed, and tells whether that is news. A failure that has
// lasted as long as grace is news once more, for those who stood by what they told last.
func (h *health) recordFailure(err error, grace time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failures++
	news := h.setState(err)
	return h.expireGraceLocked(grace) || news
}

// remainingGrace is how long the objects are not to be told of an outage yet. False means that
// there is none, or that they were told.
func (h *health) remainingGrace(grace time.Duration) (left time.Duration, outage bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return max(0, grace-h.clock.Since(h.state.LastTransitionTime)), h.state.InGracePeriod && h.state.Err != nil && !h.stopped
}

// expireGrace ends a grace that is over, and tells whether there was one.
func (h *health) expireGrace(grace time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.expireGraceLocked(grace)
}

// expireGraceLocked is lapse for who holds the lock.
func (h *health) expireGraceLocked(grace time.Duration) bool {
	if h.stopped || !h.state.InGracePeriod || h.state.Err == nil || h.clock.Since(h.state.LastTransitionTime) < grace {
		return false
	}
	h.state.InGracePeriod = false
	return true
}

// recordSuccess records a poll that succeeded, and tells whether that is news.
//
// A poll that a blame led to does not clear the count of failures: lists may
// succeed where what the reconcilers do fails, and then each recovery would wake
// them all again a second later, for ever.
func (h *health) recordSuccess(afterBlame bool, record func(*State)) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	record(&h.state)
	if h.errorReported {
		// The blame is younger than this poll; the next poll decides.
		return false
	}
	if !afterBlame {
		h.failures = 0
	}
	return h.setState(nil)
}

// recordReportedError records an error that somebody else met. It tells whether that is news; of
// the many that meet the same dead server at once only the first brings any.
func (h *health) recordReportedError(err error) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil || errors.Is(err, context.Canceled) || h.stopped || !h.state.Ready {
		return false
	}
	h.failures++
	h.errorReported = true
	return h.setState(err)
}

// recordIncremental records whether the server told its newest versions. That is no news to the
// objects, and the connection is looked at with each poll interval.
func (h *health) recordIncremental(failed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state.IncrementalFailing = failed
}

// setState sets the state to ready, or to failed with err.
func (h *health) setState(err error) bool {
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

// logState logs changes only: a server that is down for a night is one line.
func (h *health) logState() {
	if h.state.Ready {
		h.log.Info("Connection is ready", "server", h.state.ServerID, "models", h.state.ModelCount)
		return
	}
	h.log.Info("Connection is not ready", "server", h.state.ServerID, "cause", h.state.Err.Error())
}

// recordServerInfo keeps what the server told of itself. It tells whether that is news about a
// connection that was ready all the time.
func (h *health) recordServerInfo(info mlflow.ServerInfo) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	news := h.state.Ready && h.state.ServerInfo != info
	h.state.ServerInfo = info
	return news
}

// serverInfoInterval is how often a server is asked what it is while all is well, whether
// or not it tells: an upgrade is seldom, and the answer costs up to two requests.
const serverInfoInterval = time.Hour

func (h *health) shouldGetInfo() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.clock.Now().Before(h.infoDueAt)
}

// scheduleInfo notes that the server was asked what it is.
func (h *health) scheduleInfo() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.infoDueAt = h.clock.Now().Add(serverInfoInterval)
}

func (h *health) failureCount() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failures
}
