// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

// expectation is what a promotion says of the version that it wants. Where stage and alias
// are empty, they are those of production.
type expectation struct {
	version      string
	stage, alias string
	// reason is Promoted where it is empty.
	reason string
	// resolution says how the version was found; empty where the spec names it.
	resolution string
	// currentVersion says who holds the stage instead; empty for nobody.
	currentVersion string
	// cause is why the version was refused.
	detail string
}

func (v expectation) valueOr(fallback, value string) string {
	if value == "" {
		return fallback
	}
	return value
}

func (v expectation) candidateResolvedLine() string {
	return "CandidateResolved=True Succeeded: " + v.valueOr("version "+v.version+" is wanted", v.resolution)
}

func (v expectation) gatesPassedLine() string {
	return "GatesPassed=True Succeeded: every gate passed for version " + v.version + " when it was last evaluated"
}

func (v expectation) currentVersionPhrase() string {
	return v.valueOr("no version", v.currentVersion) + " holds"
}

// blockedMessage is the sentence of a version that does not get the stage.
func (v expectation) blockedMessage() string {
	return v.reason + ": version " + v.version + " does not take stage " + v.valueOr("production", v.stage) +
		", which " + v.currentVersionPhrase() + ": " + v.detail
}

// promotedConditions are the conditions where the version has the stage.
func (v expectation) promotedConditions() []string {
	holds := v.valueOr("Promoted", v.reason) + ": version " + v.version + " holds stage " + v.valueOr("production", v.stage) +
		" as alias " + v.valueOr("champion", v.alias) + " of model " + modelName
	return []string{"Ready=True " + holds, v.candidateResolvedLine(), v.gatesPassedLine(), "Promoted=True " + holds}
}

// stalledConditions are the conditions where a person has to change something.
func (v expectation) stalledConditions() []string {
	return v.notPromotedConditions("Stalled")
}

// waitingConditions are the conditions where the way may clear by itself.
func (v expectation) waitingConditions() []string {
	return v.notPromotedConditions("Reconciling")
}

func (v expectation) notPromotedConditions(state string) []string {
	return []string{
		"Ready=False " + v.blockedMessage(),
		state + "=True " + v.blockedMessage(),
		v.candidateResolvedLine(),
		"GatesPassed=False " + v.reason + ": " + v.detail,
		"Promoted=False " + v.blockedMessage(),
	}
}

// remainingConditions are the conditions where a version is refused that has the stage already.
func (v expectation) currentButBlockedConditions() []string {
	refusal := v.reason + ": version " + v.version + " holds stage " + v.valueOr("production", v.stage) +
		", but is refused: " + v.detail
	return []string{
		"Ready=False " + refusal,
		"Stalled=True " + refusal,
		v.candidateResolvedLine(),
		"GatesPassed=False " + v.reason + ": " + v.detail,
		"Promoted=False " + refusal,
	}
}

// blockedConditions are the conditions where the stage keeps its version, as was asked for.
func (v expectation) blockedConditions() []string {
	ready := v
	ready.reason = "CandidateBlocked"
	return []string{
		"Ready=True " + ready.blockedMessage(),
		v.candidateResolvedLine(),
		"GatesPassed=False " + v.reason + ": " + v.detail,
		"Promoted=False " + v.blockedMessage(),
	}
}

// unmetConditions are the conditions where every gate passed, but the stage is not as expected.
func (v expectation) unexpectedCurrentConditions() []string {
	return []string{
		"Ready=False " + v.blockedMessage(),
		"Stalled=True " + v.blockedMessage(),
		v.candidateResolvedLine(),
		v.gatesPassedLine(),
		"Promoted=False " + v.blockedMessage(),
	}
}

// dryRunPassedConditions are the conditions of a dry run that passes.
func (v expectation) dryRunPassedConditions(while string) []string {
	would := "DryRun: version " + v.version + " would take stage " + v.valueOr("production", v.stage) + ", which " +
		v.currentVersionPhrase() + "; nothing is written while " + while
	return []string{"Ready=True " + would, v.candidateResolvedLine(), v.gatesPassedLine(), "Promoted=False " + would}
}

// dryRunFailedConditions are the conditions of a dry run that fails.
func (v expectation) dryRunFailedConditions(while string) []string {
	return []string{
		"Ready=True DryRun: version " + v.version + " would be refused (" + while + "): " + v.detail,
		v.candidateResolvedLine(),
		"GatesPassed=False " + v.reason + ": " + v.detail,
		"Promoted=False " + v.blockedMessage(),
	}
}

// unresolvedConditions are the conditions where it is not known which version is wanted. State is
// Stalled or Reconciling.
func unresolvedConditions(state, reason, message string) []string {
	unknown := reason + ": not known while CandidateResolved is False"
	return []string{
		"Ready=False " + reason + ": " + message,
		state + "=True " + reason + ": " + message,
		"CandidateResolved=False " + reason + ": " + message,
		"GatesPassed=Unknown " + unknown,
		"Promoted=Unknown " + unknown,
	}
}

// suspendedConditions are the conditions of a promotion that nobody looks after.
func suspendedConditions() []string {
	var all []string
	for _, kind := range []string{"Ready", "CandidateResolved", "GatesPassed", "Promoted"} {
		all = append(all, kind+"=Unknown Suspended: spec.suspend is true: set it to false to go on")
	}
	return all
}
