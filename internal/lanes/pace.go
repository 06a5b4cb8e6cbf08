// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package lanes

import "time"

const (
	// paceAnswers and paceTime are what one measurement takes at least: some half a second
	// of a server that gives eighty answers a second.
	paceAnswers = 40
	paceTime    = 500 * time.Millisecond
	// worthLess is how much less a smaller number of requests in flight may bring, and
	// worthMore how much more a larger one must: where both are alike, fewer are better for
	// everybody else.
	worthLess, worthMore = 0.97, 1.1
	// longestStay bounds how many measurements pass until another number is tried again.
	longestStay = 64
)

// pace finds the number of requests in flight that a server gains from. It measures only
// while requests are waiting, since otherwise the number makes no difference. In turn it
// tries one less and one more than it has, and stays longer with what has proved itself.
type pace struct {
	// largest is the most that may be in flight; 0: limit is not to be changed.
	largest int
	// limit is the number in flight, and settled the one that a trial is compared with.
	limit, settled int
	// rate is the answers per second with settled; 0 until it was measured.
	rate float64
	// up is the direction of the next trial. Stay is how many measurements it waits for, of
	// which left are left.
	up         bool
	stay, left int
	// began is when the measurement began; zero when there is none. answers were counted
	// since.
	began   time.Time
	answers int
}

func newPace(largest int) pace {
	return pace{largest: largest, limit: largest, settled: largest}
}

// answered counts an answer. Others tells whether more requests were waiting for it.
func (p *pace) answered(now time.Time, others bool) {
	if !others || p.largest == 0 {
		p.began = time.Time{}
		return
	}
	if p.began.IsZero() {
		p.began, p.answers = now, 0
		return
	}
	p.answers++
	if took := now.Sub(p.began); p.answers >= paceAnswers && took >= paceTime {
		p.measured(float64(p.answers) / took.Seconds())
		p.began = time.Time{}
	}
}

// measured takes the rate of the current limit and chooses the next.
func (p *pace) measured(rate float64) {
	switch {
	case p.limit == p.settled:
		p.rate = rate
		if p.left--; p.left > 0 {
			return
		}
		p.try()
	case p.limit < p.settled && rate >= worthLess*p.rate, p.limit > p.settled && rate >= worthMore*p.rate:
		// It has proved itself: go on that way at once.
		p.settled, p.rate, p.stay = p.limit, rate, 1
		p.try()
	default:
		p.limit, p.up = p.settled, !p.up
		p.stay = min(max(2*p.stay, 1), longestStay)
		p.left = p.stay
	}
}

// try begins a trial in the direction that is due, or in the other one where there is
// nothing to try.
func (p *pace) try() {
	if p.settled == p.largest {
		p.up = false
	}
	if p.settled == 1 {
		p.up = true
	}
	if p.largest == 1 {
		return
	}
	if p.limit = p.settled - 1; p.up {
		p.limit = p.settled + 1
	}
}
