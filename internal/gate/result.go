// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// The bounds of a gate's status in the API, in runes.
const (
	maxNameLength    = 63
	maxValueLength   = 512
	maxMessageLength = 1024
)

// Result is the answer to a Request.
type Result struct {
	// Missing is what must be read before the result is final, sorted.
	Missing []Key
	// Gates are the results of the built-in checks, then of the request's gates in their
	// order.
	Gates []Answer
	// Comparison relates the metrics that the candidate and the version that it replaces
	// have in common, sorted by key.
	Comparison []v1alpha1.MetricChange
	// OverrideIgnoredReason is empty, or the sentence that says why the override does not
	// count.
	OverrideIgnoredReason string

	// Stage is the stage of the request.
	Stage v1alpha1.StageName
	// Model, Version and their creation times identify the artifact. VersionCreated is 0
	// until the version was read.
	Model          string
	ModelCreated   entities.Timestamp
	Version        string
	VersionCreated entities.Timestamp
	// RunID is the run that the candidate names, and LoggedModelID the logged model that it
	// was registered from. Each is empty if it does not exist.
	RunID, LoggedModelID string
}

// HasPassed reports whether the version may be promoted: every gate passed or is exempt. A
// result without built-in checks has not passed.
func (r Result) HasPassed() bool {
	return len(r.Missing) == 0 && len(r.Gates) > 0 && r.decidingIndex() < 0
}

// IsOnlySoaking reports whether the version only has to wait until BlockedUntil.
func (r Result) IsOnlySoaking() bool {
	for _, g := range r.Gates {
		if !g.IsPassedOrExempt() && g.Reason != v1alpha1.ReasonSoaking {
			return false
		}
	}
	return !r.BlockedUntil().IsZero()
}

// BlockedUntil returns the time before which the version can't be promoted; zero if none is
// known, or if the soak is exempt.
func (r Result) BlockedUntil() time.Time {
	for _, g := range r.Gates {
		if g.Reason == v1alpha1.ReasonSoaking {
			return g.passesAt
		}
	}
	return time.Time{}
}

// DecidingGate returns the gate that decides the promotion's reason: an Error before a failed
// built-in check before any other Failed before a Pending, and the first of its kind. It
// returns the zero Answer if every gate passed or is exempt.
func (r Result) DecidingGate() Answer {
	worst := r.decidingIndex()
	if worst < 0 {
		return Answer{}
	}
	return r.Gates[worst]
}

// Approvers returns the users whose approvals let the version pass, sorted, each once.
func (r Result) Approvers() []v1alpha1.UserName {
	var all []v1alpha1.UserName
	for _, g := range r.Gates {
		all = append(all, g.Approvers...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// decidingIndex returns the index of the deciding gate, or -1 if every gate passed or is exempt.
func (r Result) decidingIndex() int {
	worst := -1
	for i, g := range r.Gates {
		if rankSeverity(g) > 0 && (worst < 0 || rankSeverity(g) > rankSeverity(r.Gates[worst])) {
			worst = i
		}
	}
	return worst
}

func rankSeverity(g Answer) int {
	switch {
	case g.IsPassedOrExempt():
		return 0
	case g.Result == v1alpha1.GatePending:
		return 1
	case g.Result == v1alpha1.GateError:
		return 4
	case g.Type == v1alpha1.GateTypeBuiltIn:
		return 3
	default:
		return 2
	}
}

// Answer is the answer of one gate, with the values that it read. It is not an error: a
// gate whose evidence could not be read has the result Error.
type Answer struct {
	Name   string
	Type   v1alpha1.GateType
	Result v1alpha1.GateResult
	Origin v1alpha1.GateOrigin
	// Reason is the condition's reason if this gate decides; empty if the gate passed or is
	// exempt.
	Reason string
	// Exemption says why a gate that did not pass does not block; empty if it passed or blocks.
	Exemption v1alpha1.GateExemption
	// Observed and Expected are what the gate read and requires; each may be empty.
	Observed, Expected string
	// Message is one sentence.
	Message string
	// Approvers are the users whose approvals let the version pass, sorted.
	Approvers []v1alpha1.UserName

	// demand and observation are the gate's part of the digest.
	demand      canonicalDemand
	observation any
	// passesAt is when a pending gate passes without any other change; zero if that is not
	// known.
	passesAt time.Time
}

// IsPassedOrExempt reports whether the gate lets the version pass. A gate with the result
// Error is never exempt.
func (g Answer) IsPassedOrExempt() bool {
	return g.Result == v1alpha1.GatePassed || g.Exemption != "" && canBeExempt(g.Result)
}

// Status returns the result as the API shows it.
func (g Answer) Status() v1alpha1.GateStatus {
	return v1alpha1.GateStatus{
		Name:      g.Name,
		Type:      g.Type,
		Result:    g.Result,
		Exemption: g.Exemption,
		Observed:  g.Observed,
		Expected:  g.Expected,
		Message:   g.Message,
		Origin:    g.Origin,
	}
}

// newAnswer makes a result of an outcome, within the bounds of the API. A long message is
// cut before the brackets, so that the name of the gate is never lost.
func newAnswer(spec Spec, gateType v1alpha1.GateType, answer outcome) Answer {
	tail := sanitize.CleanText(" (gate "+spec.Gate.Name+answer.suffix+")", maxMessageLength/2)
	room := maxMessageLength - utf8.RuneCountInString(tail)
	answer.message = sanitize.CleanText(answer.message, room) + tail
	return boundOutcome(newDemand(spec.Gate), gateType, spec.Origin, answer)
}

// newBuiltInAnswer adds no brackets: the message of a built-in check names the version.
func newBuiltInAnswer(demand canonicalDemand, answer outcome) Answer {
	answer.message = sanitize.CleanText(answer.message, maxMessageLength)
	return boundOutcome(demand, v1alpha1.GateTypeBuiltIn, v1alpha1.GateOriginBuiltIn, answer)
}

func boundOutcome(demand canonicalDemand, gateType v1alpha1.GateType, origin v1alpha1.GateOrigin, answer outcome) Answer {
	g := Answer{
		Name:        sanitize.CleanText(demand.name, maxNameLength),
		Type:        gateType,
		Result:      answer.result,
		Origin:      origin,
		Reason:      answer.reason,
		Observed:    sanitize.CleanText(answer.observed, maxValueLength),
		Expected:    sanitize.CleanText(answer.expected, maxValueLength),
		Message:     answer.message,
		Approvers:   answer.approvers,
		demand:      demand,
		observation: answer.observation,
		passesAt:    answer.passesAt,
	}
	if answer.exemptReason != "" {
		g.setExemption(v1alpha1.ExemptionTrustedRollback, "exempt: "+answer.exemptReason)
	}
	return g
}

// setExemption keeps the gate's result and what it read. The first exemption counts.
func (g *Answer) setExemption(exemption v1alpha1.GateExemption, why string) {
	if g.Exemption != "" || !canBeExempt(g.Result) {
		return
	}
	tail := "; " + sanitize.CleanText(why, maxMessageLength/2)
	g.Reason, g.Exemption = "", exemption
	g.Message = sanitize.CleanText(g.Message, maxMessageLength-utf8.RuneCountInString(tail)) + tail
}

func canBeExempt(result v1alpha1.GateResult) bool {
	return result == v1alpha1.GateFailed || result == v1alpha1.GatePending
}
