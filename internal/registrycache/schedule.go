// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"math/rand/v2"
	"time"
)

const (
	// defaultDutyCycle leaves nine tenths of a server's time to its other users.
	defaultDutyCycle dutyCycle = 10
	// initialRetryDelay is short enough to find a restarted server at once, and long
	// enough to spare a dead one.
	initialRetryDelay = time.Second
	// defaultGracePeriod is longer than MLflow takes to start, four to nine seconds, and leaves
	// some time to schedule a pod.
	defaultGracePeriod = 30 * time.Second
	// defaultPollInterval applies if a connection has no interval.
	defaultPollInterval = 30 * time.Second
)

// dutyCycle is the share of the time, in percent, for which a poller may occupy its server.
type dutyCycle int

// restDelay returns the pause that must follow some work: 90 s after 9 s, with 10 percent.
func (d dutyCycle) restDelay(worked time.Duration) time.Duration {
	return worked * 100 / time.Duration(d)
}

// pollInterval returns the interval between two full lists that each take the time worked. It keeps the
// current interval as long as that is enough and less than a third too long: the interval is
// published, and a published number should not change with every list.
func (d dutyCycle) pollInterval(worked, requested, current time.Duration) time.Duration {
	need := max(requested, roundUp(d.restDelay(worked), time.Second))
	if need <= current && need > current*3/4 {
		return current
	}
	return need
}

// backoffDelay returns the pause after that many consecutive failures. It doubles, up to the
// interval at which the connection is polled anyway.
func backoffDelay(failures int, interval time.Duration) time.Duration {
	delay := initialRetryDelay
	for range failures - 1 {
		if delay >= interval {
			break
		}
		delay *= 2
	}
	return min(delay, interval)
}

// addJitter changes a delay by up to a tenth either way, so that pollers of one server
// that started together drift apart.
func addJitter(delay time.Duration) time.Duration {
	return time.Duration(float64(delay) * (0.9 + 0.2*rand.Float64())) //nolint:gosec // spreads load, keeps no secret
}

func roundUp(d, unit time.Duration) time.Duration {
	return (d + unit - 1) / unit * unit
}
