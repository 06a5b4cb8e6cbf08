// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"unicode/utf8"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// The bounds of a gate's status in the API, in runes.
const (
	maxName    = 63
	maxValue   = 512
	maxMessage = 1024
)

// Verdict is the answer of one gate, with the values that it saw. It is not an
// error: a gate that could not ask has the result Error.
type Verdict struct {
	Name   string
	Type   v1alpha1.GateType
	Result v1alpha1.GateResult
	Origin v1alpha1.GateOrigin
	// Reason is the condition's reason when this verdict decides; empty when Passed.
	Reason string
	// Waived says why a verdict that was not Passed is; empty where the gate passed it.
	// Judged is what the gate itself answered.
	Waived v1alpha1.GateWaiver
	Judged v1alpha1.GateResult
	// Observed and Expected are empty where there is nothing to say.
	Observed, Expected string
	// Message is one sentence.
	Message string
	// Approvers are the users whose approval let the version pass, sorted.
	Approvers []v1alpha1.UserName
}

// Status is the verdict as the API shows it.
func (v Verdict) Status() v1alpha1.GateStatus {
	return v1alpha1.GateStatus{
		Name:     v.Name,
		Type:     v.Type,
		Result:   v.Result,
		Waived:   v.Waived,
		Observed: v.Observed,
		Expected: v.Expected,
		Message:  v.Message,
		Origin:   v.Origin,
	}
}

// finding is what an evaluator found out, before it is put on record.
type finding struct {
	result             v1alpha1.GateResult
	reason             string
	observed, expected string
	sentence           string
	approvers          []v1alpha1.UserName
	// aside stands in brackets behind the sentence, after the gate's name.
	aside string
}

func passed(sentence string) finding {
	return finding{result: v1alpha1.GatePassed, sentence: sentence}
}

func failed(reason, sentence string) finding {
	return finding{result: v1alpha1.GateFailed, reason: reason, sentence: sentence}
}

// verdictOn puts a finding on record, within the bounds of the API. A long sentence
// is cut before the brackets: which gate spoke is never lost.
func verdictOn(demand Demand, kind v1alpha1.GateType, f finding) Verdict {
	tail := clean(" (gate "+demand.Gate.Name+f.aside+")", maxMessage/2)
	room := maxMessage - utf8.RuneCountInString(tail)
	return record(demand.Gate.Name, kind, demand.Origin, f, clean(f.sentence, room)+tail)
}

// builtInVerdict needs no brackets: its sentences speak of the version itself.
func builtInVerdict(name string, f finding) Verdict {
	message := clean(f.sentence, maxMessage)
	return record(name, v1alpha1.GateTypeBuiltIn, v1alpha1.GateOriginBuiltIn, f, message)
}

func record(name string, kind v1alpha1.GateType, origin v1alpha1.GateOrigin, f finding, message string) Verdict {
	return Verdict{
		Name:      clean(name, maxName),
		Type:      kind,
		Result:    f.result,
		Judged:    f.result,
		Origin:    origin,
		Reason:    f.reason,
		Observed:  clean(f.observed, maxValue),
		Expected:  clean(f.expected, maxValue),
		Message:   message,
		Approvers: f.approvers,
	}
}
