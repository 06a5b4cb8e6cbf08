// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"slices"
	"strings"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// longestSoak is the longest that the API lets anybody demand. It stands for a text that
// is no duration, which the API lets nobody write.
const longestSoak = 8760 * time.Hour

// least is how long the candidate must have held each stage before.
func (m Move) least() time.Duration {
	return m.MinSoak.OrDefault(longestSoak)
}

// Stay is a time in which the candidate held a stage without a break, as far as anybody
// saw.
type Stay struct {
	// Since is when it began. Zero: the candidate holds the stage, and nobody saw since when.
	Since time.Time
	// Until is when it ended. Zero: it goes on.
	Until time.Time
}

func (s Stay) goesOn() bool { return s.Until.IsZero() }

// lasts tells whether a stay was, or is by now, long enough.
func (s Stay) lasts(least time.Duration, now time.Time) bool {
	end := s.Until
	if s.goesOn() {
		end = now
	}
	return !s.Since.IsZero() && end.Sub(s.Since) >= least
}

// soak is what is known of the candidate in one stage.
type soak struct {
	finding
	// over is when the stay will be long enough; zero where that is not known.
	over time.Time
}

// soaked demands that the candidate has held each stage before this one for long enough.
// The second value is when it will have; zero where that is not known, or it has.
func soaked(move Move) (finding, time.Time) {
	expected := "held " + strings.Join(sorted(move.PromotesFrom), ", ") + " for " + string(move.MinSoak) + " without a break"
	if move.Returns != "" {
		f := passed(clean(move.Returns, maxValue) + ", so it need not soak again")
		f.expected = expected
		return f, time.Time{}
	}
	var all []soak
	for _, stage := range sorted(move.PromotesFrom) {
		all = append(all, soakedIn(move, v1alpha1.StageName(stage)))
	}
	f, over := together(all)
	f.expected = expected
	return f, over
}

// soakedIn judges the stays in one stage. One that is over counts if it was long enough.
func soakedIn(move Move, stage v1alpha1.StageName) soak {
	stays := move.Held[stage]
	enough := slices.IndexFunc(stays, func(s Stay) bool { return s.lasts(move.least(), move.Now) })
	if enough >= 0 {
		return longEnough(move, stage, stays[enough])
	}
	current, holds := current(stays)
	switch {
	case !holds:
		return soak{finding: failed(v1alpha1.ReasonOutOfOrder, move.noun()+" has not held "+string(stage)+" for "+
			string(move.MinSoak)+" without a break, and holds it no more: promote it there again")}
	case current.Since.IsZero():
		return soak{finding: soaking(move.noun() + " holds " + string(stage) +
			", but nobody has seen since when: the ModelPromotion of that stage has to look, and must not be suspended")}
	}
	return notYet(move, stage, current.Since)
}

// current is the stay that goes on. Of two promotions of one stage, one does not look.
func current(stays []Stay) (current Stay, holds bool) {
	for _, stay := range stays {
		if stay.goesOn() && (!holds || current.Since.IsZero()) {
			current, holds = stay, true
		}
	}
	return current, holds
}

func longEnough(move Move, stage v1alpha1.StageName, stay Stay) soak {
	f := passed(move.noun() + " has held " + string(stage) + " for at least " + string(move.MinSoak) + " without a break")
	f.observed = string(stage) + " since " + when(stay.Since)
	if !stay.goesOn() {
		f.observed = string(stage) + " from " + when(stay.Since) + " to " + when(stay.Until)
	}
	return soak{finding: f}
}

// notYet names the time at which it is over, not what is left of it: the sentence must not
// change while nothing happens.
func notYet(move Move, stage v1alpha1.StageName, since time.Time) soak {
	over := since.Add(move.least())
	f := soaking(move.noun() + " has held " + string(stage) + " since " + when(since) + ", and must hold it for " +
		string(move.MinSoak) + " without a break: until " + when(over))
	f.observed = string(stage) + " since " + when(since)
	return soak{finding: f, over: over}
}

func soaking(sentence string) finding {
	return finding{result: v1alpha1.GatePending, reason: v1alpha1.ReasonSoaking, sentence: sentence}
}

// together is one answer for all stages: that of the stages that stand in the way, and the
// worst of their results. It is over when the last of them is, if that is known of all.
func together(all []soak) (f finding, over time.Time) {
	f = finding{result: v1alpha1.GatePassed}
	for _, s := range all {
		if rank(s.result) > rank(f.result) {
			f.result, f.reason = s.result, s.reason
		}
	}
	var sentences, observed []string
	known := true
	for _, s := range all {
		if s.observed != "" {
			observed = append(observed, s.observed)
		}
		if s.result == f.result {
			sentences = append(sentences, s.sentence)
		}
		if s.result != v1alpha1.GatePassed {
			known = known && !s.over.IsZero()
			if s.over.After(over) {
				over = s.over
			}
		}
	}
	f.sentence, f.observed = strings.Join(sentences, "; "), strings.Join(observed, ", ")
	if !known {
		over = time.Time{}
	}
	return f, over
}

func rank(result v1alpha1.GateResult) int {
	return slices.Index([]v1alpha1.GateResult{v1alpha1.GatePassed, v1alpha1.GatePending, v1alpha1.GateFailed}, result)
}

// when is a time as a sentence tells it.
func when(t time.Time) string {
	return t.UTC().Format(time.RFC3339)
}

func sorted(stages []v1alpha1.StageName) []string {
	var names []string
	for _, stage := range stages {
		names = append(names, string(stage))
	}
	slices.Sort(names)
	return names
}
