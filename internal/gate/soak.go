// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"slices"
	"strings"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// maxSoakTime is the longest that the API lets anybody demand. It stands for a text that
// is no duration, which the API lets nobody write.
const maxSoakTime = 8760 * time.Hour

// soakTimeOrMax is how long the candidate must have held each stage before.
func (m Request) soakTimeOrMax() time.Duration {
	return m.RequiredSoakTime.OrDefault(maxSoakTime)
}

// Tenure is a time in which the candidate held a stage without a break, as far as anybody
// saw.
type Tenure struct {
	// Since is when it began. Zero: the candidate holds the stage, and nobody saw since when.
	Since time.Time
	// Until is when it ended. Zero: it goes on.
	Until time.Time
}

func (s Tenure) isCurrent() bool { return s.Until.IsZero() }

// isLongEnough tells whether a stay was, or is by now, long enough.
func (s Tenure) isLongEnough(least time.Duration, now time.Time) bool {
	end := s.Until
	if s.isCurrent() {
		end = now
	}
	return !s.Since.IsZero() && end.Sub(s.Since) >= least
}

// soakOutcome is what is known of the candidate in one stage.
type soakOutcome struct {
	outcome
	// endsAt is when the stay will be long enough; zero where that is not known.
	endsAt time.Time
}

// checkSoak demands that the candidate has held each stage before this one for long enough.
// The second value is when it will have; zero where that is not known, or it has, or need
// not.
func checkSoak(request Request) (outcome, time.Time) {
	outcome, over := soakedInAll(request)
	outcome.expected = "held " + strings.Join(sortStageNames(request.PromotesFrom), ", ") + " for " + string(request.RequiredSoakTime) + " without a break"
	if request.PriorHolderReason != "" {
		outcome.returns, over = request.PriorHolderReason+", so it need not soak again", time.Time{}
	}
	return outcome, over
}

func soakedInAll(request Request) (outcome, time.Time) {
	var all []soakOutcome
	for _, stage := range sortStageNames(request.PromotesFrom) {
		all = append(all, checkStageSoak(request, v1alpha1.StageName(stage)))
	}
	return combineStages(all)
}

// checkStageSoak judges the stays in one stage. One that is over counts if it was long enough.
func checkStageSoak(request Request, stage v1alpha1.StageName) soakOutcome {
	stays := request.StageTenures[stage]
	enough := slices.IndexFunc(stays, func(s Tenure) bool { return s.isLongEnough(request.soakTimeOrMax(), request.Now) })
	if enough >= 0 {
		return soakPassed(request, stage, stays[enough])
	}
	current, holds := findCurrentTenure(stays)
	switch {
	case !holds:
		return soakOutcome{outcome: failedOutcome(v1alpha1.ReasonPrerequisiteStageMissing, request.describeCandidate()+" has not held "+string(stage)+" for "+
			string(request.RequiredSoakTime)+" without a break, and holds it no more: promote it there again")}
	case current.Since.IsZero():
		return soakOutcome{outcome: soakingOutcome(request.describeCandidate() + " holds " + string(stage) +
			", but nobody has seen since when: the ModelPromotion of that stage has to look, and must not be suspended")}
	}
	return soakPending(request, stage, current.Since)
}

// findCurrentTenure is the stay that goes on. Of two promotions of one stage, one does not look.
func findCurrentTenure(stays []Tenure) (current Tenure, holds bool) {
	for _, stay := range stays {
		if stay.isCurrent() && (!holds || current.Since.IsZero()) {
			current, holds = stay, true
		}
	}
	return current, holds
}

func soakPassed(request Request, stage v1alpha1.StageName, stay Tenure) soakOutcome {
	outcome := passedOutcome(request.describeCandidate() + " has held " + string(stage) + " for at least " + string(request.RequiredSoakTime) + " without a break")
	outcome.observed = string(stage) + " since " + formatTime(stay.Since)
	if !stay.isCurrent() {
		outcome.observed = string(stage) + " from " + formatTime(stay.Since) + " to " + formatTime(stay.Until)
	}
	outcome.seen.Tenures = tenureOf(stage, stay)
	return soakOutcome{outcome: outcome}
}

// soakPending names the time at which it is over, not what is left of it: the sentence must not
// change while nothing happens.
func soakPending(request Request, stage v1alpha1.StageName, since time.Time) soakOutcome {
	over := since.Add(request.soakTimeOrMax())
	outcome := soakingOutcome(request.describeCandidate() + " has held " + string(stage) + " since " + formatTime(since) + ", and must hold it for " +
		string(request.RequiredSoakTime) + " without a break: until " + formatTime(over))
	outcome.observed = string(stage) + " since " + formatTime(since)
	outcome.seen.Tenures = tenureOf(stage, Tenure{Since: since})
	return soakOutcome{outcome: outcome, endsAt: over}
}

func soakingOutcome(sentence string) outcome {
	return outcome{result: v1alpha1.GatePending, reason: v1alpha1.ReasonSoaking, message: sentence}
}

// combineStages is one answer for all stages: that of the stages that stand in the way, and the
// worst of their results. It is over when the last of them is, if that is known of all.
func combineStages(all []soakOutcome) (combined outcome, over time.Time) {
	combined = outcome{result: v1alpha1.GatePassed}
	for _, s := range all {
		if rankResult(s.result) > rankResult(combined.result) {
			combined.result, combined.reason = s.result, s.reason
		}
	}
	var sentences, observed []string
	known := true
	for _, s := range all {
		if s.observed != "" {
			observed = append(observed, s.observed)
		}
		combined.seen.Tenures = append(combined.seen.Tenures, s.seen.Tenures...)
		if s.result == combined.result {
			sentences = append(sentences, s.message)
		}
		if s.result != v1alpha1.GatePassed {
			known = known && !s.endsAt.IsZero()
			if s.endsAt.After(over) {
				over = s.endsAt
			}
		}
	}
	combined.message, combined.observed = strings.Join(sentences, "; "), strings.Join(observed, ", ")
	if !known {
		over = time.Time{}
	}
	return combined, over
}

func rankResult(result v1alpha1.GateResult) int {
	return slices.Index([]v1alpha1.GateResult{v1alpha1.GatePassed, v1alpha1.GatePending, v1alpha1.GateFailed}, result)
}

// formatTime is a time as a sentence tells it.
func formatTime(t time.Time) string {
	return t.UTC().Format(time.RFC3339)
}

func sortStageNames(stages []v1alpha1.StageName) []string {
	var names []string
	for _, stage := range stages {
		names = append(names, string(stage))
	}
	slices.Sort(names)
	return names
}
