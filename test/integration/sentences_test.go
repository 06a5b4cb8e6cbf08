// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

// verdict is what a promotion says of the version that it wants. Where stage and alias
// are empty, they are those of production.
type verdict struct {
	version      string
	stage, alias string
	// reason is Promoted where it is empty.
	reason string
	// resolved says how the version was found; empty where the spec names it.
	resolved string
	// keeps says who holds the stage instead; empty for nobody.
	keeps string
	// because is why the version was refused.
	because string
}

func (v verdict) with(fallback, value string) string {
	if value == "" {
		return fallback
	}
	return value
}

func (v verdict) found() string {
	return "CandidateResolved=True CandidateResolved: " + v.with("version "+v.version+" is wanted", v.resolved)
}

func (v verdict) passed() string {
	return "GatesPassed=True GatesPassed: every gate passed for version " + v.version + " when it was last evaluated"
}

func (v verdict) holder() string {
	return v.with("no version", v.keeps) + " holds"
}

// refusal is the sentence of a version that does not get the stage.
func (v verdict) refusal() string {
	return v.reason + ": version " + v.version + " does not take stage " + v.with("production", v.stage) +
		", which " + v.holder() + ": " + v.because
}

// holds are the conditions where the version has the stage.
func (v verdict) holds() []string {
	holds := v.with("Promoted", v.reason) + ": version " + v.version + " holds stage " + v.with("production", v.stage) +
		" as alias " + v.with("champion", v.alias) + " of model " + modelName
	return []string{"Ready=True " + holds, v.found(), v.passed(), "Promoted=True " + holds}
}

// stalled are the conditions where a person has to change something.
func (v verdict) stalled() []string {
	return v.refused("Stalled")
}

// waits are the conditions where the way may clear by itself.
func (v verdict) waits() []string {
	return v.refused("Reconciling")
}

func (v verdict) refused(state string) []string {
	return []string{
		"Ready=False " + v.refusal(),
		state + "=True " + v.refusal(),
		v.found(),
		"GatesPassed=False " + v.reason + ": " + v.because,
		"Promoted=False " + v.refusal(),
	}
}

// remains are the conditions where a version is refused that has the stage already.
func (v verdict) remains() []string {
	refusal := v.reason + ": version " + v.version + " holds stage " + v.with("production", v.stage) +
		", but is refused: " + v.because
	return []string{
		"Ready=False " + refusal,
		"Stalled=True " + refusal,
		v.found(),
		"GatesPassed=False " + v.reason + ": " + v.because,
		"Promoted=False " + refusal,
	}
}

// blocked are the conditions where the stage keeps its version, as was asked for.
func (v verdict) blocked() []string {
	ready := v
	ready.reason = "CandidateBlocked"
	return []string{
		"Ready=True " + ready.refusal(),
		v.found(),
		"GatesPassed=False " + v.reason + ": " + v.because,
		"Promoted=False " + v.refusal(),
	}
}

// unmet are the conditions where every gate passed, but the stage is not as expected.
func (v verdict) unmet() []string {
	return []string{
		"Ready=False " + v.refusal(),
		"Stalled=True " + v.refusal(),
		v.found(),
		v.passed(),
		"Promoted=False " + v.refusal(),
	}
}

// wouldTake are the conditions of a dry run that passes.
func (v verdict) wouldTake(while string) []string {
	would := "DryRun: version " + v.version + " would take stage " + v.with("production", v.stage) + ", which " +
		v.holder() + "; nothing is written while " + while
	return []string{"Ready=True " + would, v.found(), v.passed(), "Promoted=False " + would}
}

// wouldFail are the conditions of a dry run that fails.
func (v verdict) wouldFail(while string) []string {
	return []string{
		"Ready=True DryRun: version " + v.version + " would be refused (" + while + "): " + v.because,
		v.found(),
		"GatesPassed=False " + v.reason + ": " + v.because,
		"Promoted=False " + v.refusal(),
	}
}

// unresolved are the conditions where it is not known which version is wanted. State is
// Stalled or Reconciling.
func unresolved(state, reason, message string) []string {
	unknown := reason + ": not known while CandidateResolved is False"
	return []string{
		"Ready=False " + reason + ": " + message,
		state + "=True " + reason + ": " + message,
		"CandidateResolved=False " + reason + ": " + message,
		"GatesPassed=Unknown " + unknown,
		"Promoted=Unknown " + unknown,
	}
}

// suspended are the conditions of a promotion that nobody looks after.
func suspended() []string {
	var all []string
	for _, kind := range []string{"Ready", "CandidateResolved", "GatesPassed", "Promoted"} {
		all = append(all, kind+"=Unknown Suspended: spec.suspend is true: set it to false to go on")
	}
	return all
}
