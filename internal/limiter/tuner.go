// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package limiter

import "time"

const (
	// minSamples and minSampleInterval are the minimum of one measurement: half a second
	// of a server that gives eighty answers a second.
	minSamples        = 40
	minSampleInterval = 500 * time.Millisecond
	// keepThreshold is the share of the rate that a smaller limit must reach, and
	// growThreshold the share that a larger one must reach: at the same rate, fewer requests are better for
	// the other users of the server.
	keepThreshold, growThreshold = 0.97, 1.1
	// maxTrialGap bounds the number of measurements between two trials.
	maxTrialGap = 64
)

// tuner finds the number of requests in flight that a server gains from. It measures only
// while requests wait, because otherwise the limit has no effect. It tries one less and one more than the
// baseline in turn, and waits longer for the next trial after each trial that was no better.
type tuner struct {
	// maxLimit is the upper bound of limit; 0 means that limit is fixed.
	maxLimit int
	// limit is the current limit, and baseline the one that a trial is compared with.
	limit, baseline int
	// baselineRate is the number of answers per second at the baseline; 0 before the first measurement.
	baselineRate float64
	// increasing is the direction of the next trial. It begins after trialGap measurements, untilTrial from
	// now.
	increasing           bool
	trialGap, untilTrial int
	// startedAt is when the measurement began; zero if there is none. samples is the number of answers
	// since then.
	startedAt time.Time
	samples   int
}

func newTuner(maxLimit int) tuner {
	return tuner{maxLimit: maxLimit, limit: maxLimit, baseline: maxLimit}
}

// recordAnswer counts an answer. othersWait is whether other requests waited for a slot.
func (t *tuner) recordAnswer(now time.Time, othersWait bool) {
	if !othersWait || t.maxLimit == 0 {
		t.startedAt = time.Time{}
		return
	}
	if t.startedAt.IsZero() {
		t.startedAt, t.samples = now, 0
		return
	}
	t.samples++
	if took := now.Sub(t.startedAt); t.samples >= minSamples && took >= minSampleInterval {
		t.recordRate(float64(t.samples) / took.Seconds())
		t.startedAt = time.Time{}
	}
}

// recordRate records the rate at the current limit and chooses the next limit.
func (t *tuner) recordRate(rate float64) {
	switch {
	case t.limit == t.baseline:
		t.baselineRate = rate
		if t.untilTrial--; t.untilTrial > 0 {
			return
		}
		t.beginTrial()
	case t.limit < t.baseline && rate >= keepThreshold*t.baselineRate, t.limit > t.baseline && rate >= growThreshold*t.baselineRate:
		// The trial succeeded: continue in the same direction at once.
		t.baseline, t.baselineRate, t.trialGap = t.limit, rate, 1
		t.beginTrial()
	default:
		t.limit, t.increasing = t.baseline, !t.increasing
		t.trialGap = min(max(2*t.trialGap, 1), maxTrialGap)
		t.untilTrial = t.trialGap
	}
}

// beginTrial begins a trial in the direction that is due, or in the other one at a
// bound.
func (t *tuner) beginTrial() {
	if t.baseline == t.maxLimit {
		t.increasing = false
	}
	if t.baseline == 1 {
		t.increasing = true
	}
	if t.maxLimit == 1 {
		return
	}
	if t.limit = t.baseline - 1; t.increasing {
		t.limit = t.baseline + 1
	}
}
