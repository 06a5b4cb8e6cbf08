// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package limiter

import "time"

const (
	// minSamples and minSampleInterval are what one measurement takes at least: some half a second
	// of a server that gives eighty answers a second.
	minSamples        = 40
	minSampleInterval = 500 * time.Millisecond
	// keepThreshold is how much less a smaller number of requests in flight may bring, and
	// growThreshold how much more a larger one must: where both are alike, fewer are better for
	// everybody else.
	keepThreshold, growThreshold = 0.97, 1.1
	// maxTrialGap bounds how many measurements pass until another number is tried again.
	maxTrialGap = 64
)

// tuner finds the number of requests in flight that a server gains from. It measures only
// while requests are waiting, since otherwise the number makes no difference. In turn it
// tries one less and one more than it has, and stays longer with what has proved itself.
type tuner struct {
	// maxLimit is the most that may be in flight; 0: limit is not to be changed.
	maxLimit int
	// limit is the number in flight, and settled the one that a trial is compared with.
	limit, baseline int
	// baselineRate is the answers per second with settled; 0 until it was measured.
	baselineRate float64
	// increasing is the direction of the next trial. Stay is how many measurements it waits for, of
	// which left are left.
	increasing           bool
	trialGap, untilTrial int
	// startedAt is when the measurement began; zero when there is none. answers were counted
	// since.
	startedAt time.Time
	samples   int
}

func newTuner(largest int) tuner {
	return tuner{maxLimit: largest, limit: largest, baseline: largest}
}

// recordAnswer counts an answer. Others tells whether more requests were waiting for it.
func (p *tuner) recordAnswer(now time.Time, others bool) {
	if !others || p.maxLimit == 0 {
		p.startedAt = time.Time{}
		return
	}
	if p.startedAt.IsZero() {
		p.startedAt, p.samples = now, 0
		return
	}
	p.samples++
	if took := now.Sub(p.startedAt); p.samples >= minSamples && took >= minSampleInterval {
		p.recordRate(float64(p.samples) / took.Seconds())
		p.startedAt = time.Time{}
	}
}

// recordRate takes the rate of the current limit and chooses the next.
func (p *tuner) recordRate(rate float64) {
	switch {
	case p.limit == p.baseline:
		p.baselineRate = rate
		if p.untilTrial--; p.untilTrial > 0 {
			return
		}
		p.beginTrial()
	case p.limit < p.baseline && rate >= keepThreshold*p.baselineRate, p.limit > p.baseline && rate >= growThreshold*p.baselineRate:
		// It has proved itself: go on that way at once.
		p.baseline, p.baselineRate, p.trialGap = p.limit, rate, 1
		p.beginTrial()
	default:
		p.limit, p.increasing = p.baseline, !p.increasing
		p.trialGap = min(max(2*p.trialGap, 1), maxTrialGap)
		p.untilTrial = p.trialGap
	}
}

// beginTrial begins a trial in the direction that is due, or in the other one where there is
// nothing to try.
func (p *tuner) beginTrial() {
	if p.baseline == p.maxLimit {
		p.increasing = false
	}
	if p.baseline == 1 {
		p.increasing = true
	}
	if p.maxLimit == 1 {
		return
	}
	if p.limit = p.baseline - 1; p.increasing {
		p.limit = p.baseline + 1
	}
}
