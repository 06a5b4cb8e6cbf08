// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package env

// Expectation describes the status of a promotion. Its methods return the conditions.
type Expectation struct {
	Version      string
	Stage, Alias string
	// Reason is the reason of the condition; empty means Promoted.
	Reason string
	// Resolution is the message of CandidateResolved; empty if the spec names the version.
	Resolution string
	// CurrentVersion is the current version in words; empty if the stage has none.
	CurrentVersion string
	// Detail says why the version is blocked.
	Detail string
}

func (v Expectation) valueOr(fallback, value string) string {
	if value == "" {
		return fallback
	}
	return value
}

// CandidateResolvedLine is the condition CandidateResolved.
func (v Expectation) CandidateResolvedLine() string {
	return "CandidateResolved=True Succeeded: " + v.valueOr("version "+v.Version+" is wanted", v.Resolution)
}

// GatesPassedLine is the condition GatesPassed of a version that passed every gate.
func (v Expectation) GatesPassedLine() string {
	return "GatesPassed=True Succeeded: every gate passed for version " + v.Version + " when it was last evaluated"
}

func (v Expectation) currentVersionPhrase() string {
	return v.valueOr("no version", v.CurrentVersion) + " holds"
}

// BlockedMessage is the message of a version that is blocked.
func (v Expectation) BlockedMessage() string {
	return v.Reason + ": version " + v.Version + " is not promoted to stage " + v.valueOr("production", v.Stage) +
		", which " + v.currentVersionPhrase() + ": " + v.Detail
}

// PromotedConditions are the conditions of a candidate that is the current version.
func (v Expectation) PromotedConditions() []string {
	holds := v.valueOr("Promoted", v.Reason) + ": version " + v.Version + " holds stage " + v.valueOr("production", v.Stage) +
		" as alias " + v.valueOr("champion", v.Alias) + " of model " + ModelName
	return []string{"Ready=True " + holds, v.CandidateResolvedLine(), v.GatesPassedLine(), "Promoted=True " + holds}
}

// StalledConditions are the conditions of a blocked version, if a user has to change something.
func (v Expectation) StalledConditions() []string {
	return v.notPromotedConditions("Stalled")
}

// WaitingConditions are the conditions of a blocked version that may pass later without a change by a user.
func (v Expectation) WaitingConditions() []string {
	return v.notPromotedConditions("Reconciling")
}

func (v Expectation) notPromotedConditions(state string) []string {
	return []string{
		"Ready=False " + v.BlockedMessage(),
		state + "=True " + v.BlockedMessage(),
		v.CandidateResolvedLine(),
		"GatesPassed=False " + v.Reason + ": " + v.Detail,
		"Promoted=False " + v.BlockedMessage(),
	}
}

// CurrentButBlockedConditions are the conditions of a current version that a gate blocks.
func (v Expectation) CurrentButBlockedConditions() []string {
	refusal := v.Reason + ": version " + v.Version + " holds stage " + v.valueOr("production", v.Stage) +
		", but is blocked: " + v.Detail
	return []string{
		"Ready=False " + refusal,
		"Stalled=True " + refusal,
		v.CandidateResolvedLine(),
		"GatesPassed=False " + v.Reason + ": " + v.Detail,
		"Promoted=False " + refusal,
	}
}

// BlockedConditions are the conditions of a promotion that keeps its current version while a newer candidate is
// blocked.
func (v Expectation) BlockedConditions() []string {
	ready := v
	ready.Reason = "CandidateBlocked"
	return []string{
		"Ready=True " + ready.BlockedMessage(),
		v.CandidateResolvedLine(),
		"GatesPassed=False " + v.Reason + ": " + v.Detail,
		"Promoted=False " + v.BlockedMessage(),
	}
}

// UnexpectedCurrentConditions are the conditions of a candidate that passed every gate, while the current version
// is not the expected one.
func (v Expectation) UnexpectedCurrentConditions() []string {
	return []string{
		"Ready=False " + v.BlockedMessage(),
		"Stalled=True " + v.BlockedMessage(),
		v.CandidateResolvedLine(),
		v.GatesPassedLine(),
		"Promoted=False " + v.BlockedMessage(),
	}
}

// DryRunPassedConditions are the conditions of a dry run that passes.
func (v Expectation) DryRunPassedConditions(while string) []string {
	would := "DryRun: version " + v.Version + " would be promoted to stage " + v.valueOr("production", v.Stage) + ", which " +
		v.currentVersionPhrase() + "; nothing is written while " + while
	return []string{"Ready=True " + would, v.CandidateResolvedLine(), v.GatesPassedLine(), "Promoted=False " + would}
}

// DryRunFailedConditions are the conditions of a dry run that fails.
func (v Expectation) DryRunFailedConditions(while string) []string {
	return []string{
		"Ready=True DryRun: version " + v.Version + " would be blocked (" + while + "): " + v.Detail,
		v.CandidateResolvedLine(),
		"GatesPassed=False " + v.Reason + ": " + v.Detail,
		"Promoted=False " + v.BlockedMessage(),
	}
}

// UnresolvedConditions are the conditions of a promotion whose candidate is unknown. The state is Stalled or
// Reconciling.
func UnresolvedConditions(state, reason, message string) []string {
	unknown := reason + ": not known while CandidateResolved is False"
	return []string{
		"Ready=False " + reason + ": " + message,
		state + "=True " + reason + ": " + message,
		"CandidateResolved=False " + reason + ": " + message,
		"GatesPassed=Unknown " + unknown,
		"Promoted=Unknown " + unknown,
	}
}

// SuspendedConditions are the conditions of a suspended promotion.
func SuspendedConditions() []string {
	var all []string
	for _, kind := range []string{"Ready", "CandidateResolved", "GatesPassed", "Promoted"} {
		all = append(all, SuspendedLine(kind))
	}
	return all
}

// OverriddenConditions are the conditions of a current version that was promoted by an override.
func (v Expectation) OverriddenConditions(gates string) []string {
	lines := v.PromotedConditions()
	for i := range lines {
		if i != 1 {
			lines[i] += "; overridden: " + gates + " (" + OverrideReason + ")"
		}
	}
	return lines
}
