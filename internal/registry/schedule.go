// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"math/rand/v2"
	"time"
)

const (
	// pageSize is kind to the server's other users: a page of 1000 models holds a
	// worker of MLflow 3.17 for about a second, and the total costs the same.
	pageSize = 200
	// dutyFactor bounds a poller to a tenth of the time: a list that took 9 s is
	// followed by at least 90 s of rest.
	dutyFactor = 10
	// firstRetry is short enough that a restarted server is found at once, and long
	// enough that a dead one is not hammered.
	firstRetry = time.Second
	// defaultPollInterval stands in for an interval that is not given.
	defaultPollInterval = 30 * time.Second
)

// restAfter is the pause that keeps the duty after a list that took so long. It
// stays at the current pause while that is enough and less than a third too long,
// because the pause is published, and a published number should not tremble with
// every list.
func restAfter(list, interval, current time.Duration) time.Duration {
	need := max(interval, roundUp(dutyFactor*list, time.Second))
	if need <= current && need > current*3/4 {
		return current
	}
	return need
}

// retryAfter is the pause after so many failures in a row: doubling, up to the
// interval in which the connection is polled anyway.
func retryAfter(failures int, interval time.Duration) time.Duration {
	pause := firstRetry
	for range failures - 1 {
		if pause >= interval {
			break
		}
		pause *= 2
	}
	return min(pause, interval)
}

// jitter spreads a pause by a tenth either way, so that connections to one server
// that started together do not stay together.
func jitter(pause time.Duration) time.Duration {
	return time.Duration(float64(pause) * (0.9 + 0.2*rand.Float64())) //nolint:gosec // spreads load, keeps no secret
}

func roundUp(d, unit time.Duration) time.Duration {
	return (d + unit - 1) / unit * unit
}
