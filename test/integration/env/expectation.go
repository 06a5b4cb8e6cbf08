// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package env

// Expectation is what a promotion says of the version that it wants. Where stage and alias
// are empty, they are those of production.
type Expectation struct {
	Version      string
	Stage, Alias string
	// Reason is Promoted where it is empty.
	Reason string
	// Resolution says how the version was found; empty where the spec names it.
	Resolution string
	// CurrentVersion says who holds the stage instead; empty for nobody.
	CurrentVersion string
	// cause is why the version was refused.
	Detail string
}

func (v Expectation) valueOr(fallback, value string) string {
	if value == "" {
		return fallback
	}
	return value
}

func (v Expectation) CandidateResolvedLine() string {
	return "CandidateResolved=True Succeeded: " + v.valueOr("version "+v.Version+" is wanted", v.Resolution)
}

func (v Expectation) GatesPassedLine() string {
	return "GatesPassed=True Succeeded: every gate passed for version " + v.Version + " when it was last evaluated"
}

func (v Expectation) currentVersionPhrase() string {
	return v.valueOr("no version", v.CurrentVersion) + " holds"
}

// BlockedMessage is the sentence of a version that does not get the stage.
func (v Expectation) BlockedMessage() string {
	return v.Reason + ": version " + v.Version + " does not take stage " + v.valueOr("production", v.Stage) +
		", which " + v.currentVersionPhrase() + ": " + v.Detail
}

// PromotedConditions are the conditions where the version has the stage.
func (v Expectation) PromotedConditions() []string {
	holds := v.valueOr("Promoted", v.Reason) + ": version " + v.Version + " holds stage " + v.valueOr("production", v.Stage) +
		" as alias " + v.valueOr("champion", v.Alias) + " of model " + ModelName
	return []string{"Ready=True " + holds, v.CandidateResolvedLine(), v.GatesPassedLine(), "Promoted=True " + holds}
}

// StalledConditions are the conditions where a person has to change something.
func (v Expectation) StalledConditions() []string {
	return v.notPromotedConditions("Stalled")
}

// WaitingConditions are the conditions where the way may clear by itself.
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

// remainingConditions are the conditions where a version is refused that has the stage already.
func (v Expectation) CurrentButBlockedConditions() []string {
	refusal := v.Reason + ": version " + v.Version + " holds stage " + v.valueOr("production", v.Stage) +
		", but is refused: " + v.Detail
	return []string{
		"Ready=False " + refusal,
		"Stalled=True " + refusal,
		v.CandidateResolvedLine(),
		"GatesPassed=False " + v.Reason + ": " + v.Detail,
		"Promoted=False " + refusal,
	}
}

// BlockedConditions are the conditions where the stage keeps its version, as was asked for.
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

// unmetConditions are the conditions where every gate passed, but the stage is not as expected.
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
	would := "DryRun: version " + v.Version + " would take stage " + v.valueOr("production", v.Stage) + ", which " +
		v.currentVersionPhrase() + "; nothing is written while " + while
	return []string{"Ready=True " + would, v.CandidateResolvedLine(), v.GatesPassedLine(), "Promoted=False " + would}
}

// DryRunFailedConditions are the conditions of a dry run that fails.
func (v Expectation) DryRunFailedConditions(while string) []string {
	return []string{
		"Ready=True DryRun: version " + v.Version + " would be refused (" + while + "): " + v.Detail,
		v.CandidateResolvedLine(),
		"GatesPassed=False " + v.Reason + ": " + v.Detail,
		"Promoted=False " + v.BlockedMessage(),
	}
}

// UnresolvedConditions are the conditions where it is not known which version is wanted. State is
// Stalled or Reconciling.
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

// SuspendedConditions are the conditions of a promotion that nobody looks after.
func SuspendedConditions() []string {
	var all []string
	for _, kind := range []string{"Ready", "CandidateResolved", "GatesPassed", "Promoted"} {
		all = append(all, SuspendedLine(kind))
	}
	return all
}

// OverriddenConditions are the conditions of a version that has the stage by an override.
func (v Expectation) OverriddenConditions(gates string) []string {
	lines := v.PromotedConditions()
	for i := range lines {
		if i != 1 {
			lines[i] += "; overridden: " + gates + " (" + OverrideReason + ")"
		}
	}
	return lines
}
