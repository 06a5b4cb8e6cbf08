// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

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
	// retired is set when another poller took over: what this one still learns
	// about the connection is about its past.
	retired bool
	// failures counts them in a row, for the pause before the next try.
	failures int
	// blamed is whether a blame came since the last poll began.
	blamed bool
	// infoDue is when the server is to be asked what it is; zero means now.
	infoDue time.Time
}

func newHealth(c clock.PassiveClock, state State) *health {
	return &health{clock: c, log: logr.Discard(), state: state}
}

func (h *health) setLog(log logr.Logger) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.log = log
}

func (h *health) get() State {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state
}

func (h *health) retire() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.retired = true
}

// poll starts a poll. It tells whether a blame led to it.
func (h *health) poll() (blamed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	blamed, h.blamed = h.blamed, false
	return blamed
}

// fail records that a poll failed, and tells whether that is news. A failure that has
// lasted as long as grace is news once more, for those who stood by what they told last.
func (h *health) fail(err error, grace time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failures++
	news := h.settle(err)
	return h.endGrace(grace) || news
}

// graceLeft is how long the objects are not to be told of an outage yet. False means that
// there is none, or that they were told.
func (h *health) graceLeft(grace time.Duration) (left time.Duration, outage bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return max(0, grace-h.clock.Since(h.state.Since)), h.state.Unsettled && h.state.Err != nil && !h.retired
}

// lapse ends a grace that is over, and tells whether there was one.
func (h *health) lapse(grace time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.endGrace(grace)
}

// endGrace is lapse for who holds the lock.
func (h *health) endGrace(grace time.Duration) bool {
	if h.retired || !h.state.Unsettled || h.state.Err == nil || h.clock.Since(h.state.Since) < grace {
		return false
	}
	h.state.Unsettled = false
	return true
}

// succeed records a poll that succeeded, and tells whether that is news.
//
// A poll that a blame led to does not clear the count of failures: lists may
// succeed where what the reconcilers do fails, and then each recovery would wake
// them all again a second later, for ever.
func (h *health) succeed(afterBlame bool, record func(*State)) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	record(&h.state)
	if h.blamed {
		// The blame is younger than this poll; the next poll decides.
		return false
	}
	if !afterBlame {
		h.failures = 0
	}
	return h.settle(nil)
}

// blame records an error that somebody else met. It tells whether that is news; of
// the many that meet the same dead server at once only the first brings any.
func (h *health) blame(err error) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil || errors.Is(err, context.Canceled) || h.retired || !h.state.Ready {
		return false
	}
	h.failures++
	h.blamed = true
	return h.settle(err)
}

// feed records whether the server told its newest versions. That is no news to the
// objects, and the connection is looked at with each poll interval.
func (h *health) feed(failed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state.FeedFails = failed
}

// settle sets the state to ready, or to failed with err.
func (h *health) settle(err error) bool {
	ready := err == nil
	if !ready {
		h.infoDue = time.Time{}
	}
	if h.retired || h.state.Ready == ready && sameError(h.state.Err, err) {
		return false
	}
	if h.state.Ready != ready {
		h.state.Since, h.state.Unsettled = h.clock.Now(), !ready
	}
	h.state.Ready, h.state.Err = ready, err
	h.report()
	return true
}

// report logs changes only: a server that is down for a night is one line.
func (h *health) report() {
	if h.state.Ready {
		h.log.Info("Connection is ready", "server", h.state.Server, "models", h.state.Models)
		return
	}
	h.log.Info("Connection is not ready", "server", h.state.Server, "cause", h.state.Err.Error())
}

// identify keeps what the server told of itself. It tells whether that is news about a
// connection that was ready all the time.
func (h *health) identify(info mlflow.ServerInfo) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	news := h.state.Ready && h.state.ServerInfo != info
	h.state.ServerInfo = info
	return news
}

// identifyInterval is how often a server is asked what it is while all is well, whether
// or not it tells: an upgrade is seldom, and the answer costs up to two requests.
const identifyInterval = time.Hour

func (h *health) asksInfo() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.clock.Now().Before(h.infoDue)
}

// asked notes that the server was asked what it is.
func (h *health) asked() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.infoDue = h.clock.Now().Add(identifyInterval)
}

func (h *health) failureCount() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failures
}
