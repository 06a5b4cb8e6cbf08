// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"sync/atomic"
	"time"

	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"
)

// noon is when everything happens: no test here depends on time passing.
var noon = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

// manualClock never fires, so that a poller polls only when it is told to. A poller
// makes a timer when it has finished a poll, which is how a test knows that it has.
type manualClock struct {
	*clocktesting.FakeClock
	pollDone chan struct{}
}

func newManualClock() *manualClock {
	return &manualClock{FakeClock: clocktesting.NewFakeClock(noon), pollDone: make(chan struct{}, 1)}
}

func (c *manualClock) NewTimer(d time.Duration) clock.Timer {
	timer := c.FakeClock.NewTimer(d)
	c.pollDone <- struct{}{}
	return timer
}

// newTicks is MLflow's time, and that of approvals: it moves by a second with each look at it, so
// that what is deleted and created again never has the timestamp that it had.
func newTickingClock() func() time.Time {
	var count atomic.Int64
	return func() time.Time { return noon.Add(time.Duration(count.Add(1)) * time.Second) }
}
