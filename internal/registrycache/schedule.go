// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"math/rand/v2"
	"time"
)

const (
	// pageSize is kind to the server's other users: a page of 1000 models holds a
	// worker of MLflow 3.17 for about a second, and the total costs the same.
	pageSize = 200
	// defaultDutyCycle leaves nine tenths of a server's time to its other users.
	defaultDutyCycle dutyCycle = 10
	// initialRetryDelay is short enough that a restarted server is found at once, and long
	// enough that a dead one is not hammered.
	initialRetryDelay = time.Second
	// defaultGracePeriod is longer than MLflow takes to start, four to nine seconds, and leaves a
	// pod some time to be scheduled.
	defaultGracePeriod = 30 * time.Second
	// defaultPollInterval stands in for an interval that is not given.
	defaultPollInterval = 30 * time.Second
)

// dutyCycle is the share of the time that a poller may keep its server at work, in percent.
type dutyCycle int

// restDelay is the pause that work has to be followed by: 90 s after 9 s, at a tenth.
func (d dutyCycle) restDelay(worked time.Duration) time.Duration {
	return worked * 100 / time.Duration(d)
}

// pollInterval is the pause between two lists of which each takes so long. It stays at the
// current one while that is enough and less than a third too long, because it is
// published, and a published number should not tremble with every list.
func (d dutyCycle) pollInterval(worked, asked, current time.Duration) time.Duration {
	need := max(asked, roundUp(d.restDelay(worked), time.Second))
	if need <= current && need > current*3/4 {
		return current
	}
	return need
}

// backoffDelay is the pause after so many failures in a row: doubling, up to the
// interval in which the connection is polled anyway.
func backoffDelay(failures int, interval time.Duration) time.Duration {
	pause := initialRetryDelay
	for range failures - 1 {
		if pause >= interval {
			break
		}
		pause *= 2
	}
	return min(pause, interval)
}

// addJitter spreads a pause by a tenth either way, so that connections to one server
// that started together do not stay together.
func addJitter(pause time.Duration) time.Duration {
	return time.Duration(float64(pause) * (0.9 + 0.2*rand.Float64())) //nolint:gosec // spreads load, keeps no secret
}

func roundUp(d, unit time.Duration) time.Duration {
	return (d + unit - 1) / unit * unit
}
