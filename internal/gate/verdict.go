// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"unicode/utf8"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// The bounds of a gate's status in the API, in runes.
const (
	maxNameLength    = 63
	maxValueLength   = 512
	maxMessageLength = 1024
)

// GateResult is the answer of one gate, with the values that it saw. It is not an
// error: a gate that could not ask has the result Error.
type GateResult struct {
	Name   string
	Type   v1alpha1.GateType
	Result v1alpha1.GateResult
	Origin v1alpha1.GateOrigin
	// Reason is the condition's reason when this verdict decides; empty when the gate passed
	// or is exempt.
	Reason string
	// Exemption says why a gate that did not pass does not block; empty if it passed or blocks.
	Exemption v1alpha1.GateExemption
	// Observed and Expected are empty where there is nothing to say.
	Observed, Expected string
	// Message is one sentence.
	Message string
	// Approvers are the users whose approval let the version pass, sorted.
	Approvers []v1alpha1.UserName

	// demand and seen are what the digest takes of the gate.
	demand canonicalDemand
	seen   observation
}

// IsPassedOrExempt tells whether the gate lets the version pass. What could not be asked is
// never exempt.
func (v GateResult) IsPassedOrExempt() bool {
	return v.Result == v1alpha1.GatePassed || v.Exemption != "" && canBeExempt(v.Result)
}

// Status is the verdict as the API shows it.
func (v GateResult) Status() v1alpha1.GateStatus {
	return v1alpha1.GateStatus{
		Name:      v.Name,
		Type:      v.Type,
		Result:    v.Result,
		Exemption: v.Exemption,
		Observed:  v.Observed,
		Expected:  v.Expected,
		Message:   v.Message,
		Origin:    v.Origin,
	}
}

// outcome is what an evaluator found out, before it is put on record.
type outcome struct {
	result             v1alpha1.GateResult
	reason             string
	observed, expected string
	message            string
	approvers          []v1alpha1.UserName
	// seen is what the digest takes of it: typed values in place of sentences.
	seen observation
	// returns is empty, or says why a version that returns to its stage need not pass.
	returns string
	// suffix stands in brackets behind the sentence, after the gate's name.
	suffix string
}

func passedOutcome(sentence string) outcome {
	return outcome{result: v1alpha1.GatePassed, message: sentence}
}

func failedOutcome(reason, sentence string) outcome {
	return outcome{result: v1alpha1.GateFailed, reason: reason, message: sentence}
}

// newGateResult puts a finding on record, within the bounds of the API. A long sentence
// is cut before the brackets: which gate spoke is never lost.
func newGateResult(demand GateSpec, kind v1alpha1.GateType, outcome outcome) GateResult {
	tail := cleanText(" (gate "+demand.Gate.Name+outcome.suffix+")", maxMessageLength/2)
	room := maxMessageLength - utf8.RuneCountInString(tail)
	return recordOutcome(canonicalGate(demand.Gate), kind, demand.Origin, outcome, cleanText(outcome.message, room)+tail)
}

// newBuiltInResult needs no brackets: its sentences speak of the version itself.
func newBuiltInResult(demand canonicalDemand, outcome outcome) GateResult {
	message := cleanText(outcome.message, maxMessageLength)
	return recordOutcome(demand, v1alpha1.GateTypeBuiltIn, v1alpha1.GateOriginBuiltIn, outcome, message)
}

func recordOutcome(demand canonicalDemand, kind v1alpha1.GateType, origin v1alpha1.GateOrigin, outcome outcome, message string) GateResult {
	v := GateResult{
		Name:      cleanText(demand.Name, maxNameLength),
		Type:      kind,
		Result:    outcome.result,
		Origin:    origin,
		Reason:    outcome.reason,
		Observed:  cleanText(outcome.observed, maxValueLength),
		Expected:  cleanText(outcome.expected, maxValueLength),
		Message:   message,
		Approvers: outcome.approvers,
		demand:    demand,
		seen:      outcome.seen,
	}
	if outcome.returns != "" {
		v.exempt(v1alpha1.ExemptionTrustedRollback, "exempt: "+outcome.returns)
	}
	return v
}

// notEvaluated is the answer of a gate that a version need not pass, for the sentence that
// says why. It is Pending, since nothing is known of it.
func notEvaluated(why string) outcome {
	return outcome{result: v1alpha1.GatePending, message: "not evaluated", returns: why}
}
