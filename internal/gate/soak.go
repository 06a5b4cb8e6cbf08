// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"slices"
	"strings"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// maxSoakTime is the longest that the API accepts. It replaces a text that is not a duration,
// which the API refuses.
const maxSoakTime = 8760 * time.Hour

// soakTimeOrMax returns for how long the candidate must have held each stage before.
func (r Request) soakTimeOrMax() time.Duration {
	return r.RequiredSoakTime.OrDefault(maxSoakTime)
}

func (t Tenure) isCurrent() bool { return t.Until.IsZero() }

// isLongEnough reports whether a tenure was, or is by now, long enough.
func (t Tenure) isLongEnough(least time.Duration, now time.Time) bool {
	end := t.Until
	if t.isCurrent() {
		end = now
	}
	return !t.Since.IsZero() && end.Sub(t.Since) >= least
}

// demandSoak requires a tenure of each stage before, if the stage sets a soak time.
func demandSoak(request Request) ([]demandField, bool) {
	var fields []demandField
	if before := request.stagesBefore(); len(before) > 0 {
		fields = append(fields, demandField{"promotesFrom", before})
	}
	if soak := int64(request.soakTimeOrMax()); soak != 0 {
		fields = append(fields, demandField{"soakNanoseconds", soak})
	}
	return fields, request.RequiredSoakTime != ""
}

// checkSoak passes if the candidate has held each stage before this one for long enough.
func checkSoak(_ *lookup, request Request) outcome {
	var answers []outcome
	for _, stage := range request.stagesBefore() {
		answers = append(answers, checkStageSoak(request, v1alpha1.StageName(stage)))
	}
	answer := combineStages(answers)
	answer.expected = "held " + strings.Join(request.stagesBefore(), ", ") + " for " + string(request.RequiredSoakTime) + " without a break"
	if request.PriorTenureReason != "" {
		answer.exemptReason = request.PriorTenureReason + ", so it need not soak again"
	}
	return answer
}

// checkStageSoak evaluates the tenures of one stage. One that is over counts if it was long
// enough.
func checkStageSoak(request Request, stage v1alpha1.StageName) outcome {
	tenures := request.StageTenures[stage]
	enough := slices.IndexFunc(tenures, func(t Tenure) bool { return t.isLongEnough(request.soakTimeOrMax(), request.Now) })
	if enough >= 0 {
		return soakPassed(request, stage, tenures[enough])
	}
	current, holds := findCurrentTenure(tenures)
	switch {
	case !holds:
		return failedOutcome(v1alpha1.ReasonPrerequisiteStageMissing, request.describeCandidate()+" has not held "+string(stage)+" for "+
			string(request.RequiredSoakTime)+" without a break, and no longer holds it: promote it there again")
	case current.Since.IsZero():
		return pendingOutcome(v1alpha1.ReasonSoaking, request.describeCandidate()+" holds "+string(stage)+
			", but its start time is unknown: resume the ModelPromotion for "+string(stage))
	}
	return soakPending(request, stage, current.Since)
}

// findCurrentTenure returns the tenure that is not over. Of two promotions of one stage, only one
// observes the start.
func findCurrentTenure(tenures []Tenure) (current Tenure, holds bool) {
	for _, tenure := range tenures {
		if tenure.isCurrent() && (!holds || current.Since.IsZero()) {
			current, holds = tenure, true
		}
	}
	return current, holds
}

func soakPassed(request Request, stage v1alpha1.StageName, tenure Tenure) outcome {
	answer := passedOutcome(request.describeCandidate() + " has held " + string(stage) +
		" for at least " + string(request.RequiredSoakTime) + " without a break")
	answer.observed = string(stage) + " since " + formatTime(tenure.Since)
	if !tenure.isCurrent() {
		answer.observed = string(stage) + " from " + formatTime(tenure.Since) + " to " + formatTime(tenure.Until)
	}
	answer.observation = newSoakObservation(stage, tenure)
	return answer
}

// soakPending names the time at which the soak ends, and not what is left of it: the message
// must not change while nothing happens.
func soakPending(request Request, stage v1alpha1.StageName, since time.Time) outcome {
	end := since.Add(request.soakTimeOrMax())
	answer := pendingOutcome(v1alpha1.ReasonSoaking, request.describeCandidate()+" has held "+string(stage)+" since "+formatTime(since)+
		", and must hold it for "+string(request.RequiredSoakTime)+" without a break: until "+formatTime(end))
	answer.observed = string(stage) + " since " + formatTime(since)
	answer.observation = newSoakObservation(stage, Tenure{Since: since})
	answer.passesAt = end
	return answer
}

// combineStages returns one outcome for all stages: the worst result, and the messages of the
// stages that have it.
func combineStages(answers []outcome) outcome {
	combined := outcome{result: v1alpha1.GatePassed}
	var messages, observed []string
	var tenures []tenureObservation
	for _, answer := range answers {
		if answer.isWorseThan(combined) {
			combined.result, combined.reason = answer.result, answer.reason
		}
		if answer.observed != "" {
			observed = append(observed, answer.observed)
		}
		if seen, ok := answer.observation.(soakObservation); ok {
			tenures = append(tenures, seen.Tenures...)
		}
	}
	for _, answer := range answers {
		if answer.result == combined.result {
			messages = append(messages, answer.message)
		}
	}
	combined.message, combined.observed = strings.Join(messages, "; "), strings.Join(observed, ", ")
	combined.observation = soakObservation{tenures}
	combined.passesAt = lastSoakEnd(answers)
	return combined
}

// lastSoakEnd returns when every stage passes; zero if that is not known of one of them.
func lastSoakEnd(answers []outcome) time.Time {
	var last time.Time
	for _, answer := range answers {
		switch {
		case answer.result == v1alpha1.GatePassed:
		case answer.passesAt.IsZero():
			return time.Time{}
		case answer.passesAt.After(last):
			last = answer.passesAt
		}
	}
	return last
}

func formatTime(t time.Time) string {
	return t.UTC().Format(time.RFC3339)
}

// soakObservation is the tenures that counted, in the digest.
type soakObservation struct {
	Tenures []tenureObservation `json:"tenures,omitempty"`
}

// tenureObservation has times in milliseconds since 1970; 0 is not known, or not over.
type tenureObservation struct {
	Stage string `json:"stage"`
	Since int64  `json:"since"`
	Until int64  `json:"until"`
}

func newSoakObservation(stage v1alpha1.StageName, tenure Tenure) soakObservation {
	return soakObservation{[]tenureObservation{{Stage: string(stage), Since: toMillis(tenure.Since), Until: toMillis(tenure.Until)}}}
}

func toMillis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
