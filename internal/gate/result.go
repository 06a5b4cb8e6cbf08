// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"slices"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// MaxRounds is how often Judge may want something more of one Move: the version, five
// copies behind it, its logged model, its run, the history of a zero, and one to spare.
const MaxRounds = 10

// Result is the answer to a Move.
type Result struct {
	// Missing is what has to be read before the answer stands, sorted.
	Missing []Key
	// Gates are those of the built-in checks, then of the demands in their order.
	Gates []GateResult
	// Comparison relates the metrics that the candidate and the version that it
	// replaces have in common, sorted by key.
	Comparison []MetricChange
	// SoakedAt is when the candidate will have held the stages before for long enough; zero
	// where it has, or that is not known.
	SoakedAt time.Time
	// OverrideIgnoredReason is empty, or the sentence that says why the override does not count.
	OverrideIgnoredReason string

	// Stage is what the version was judged for.
	Stage v1alpha1.StageName
	// Model, Version and their creation tell which artifact was judged. The version's
	// creation is 0 until the version was read.
	Model          string
	ModelCreated   entities.Timestamp
	Version        string
	VersionCreated entities.Timestamp
	// RunID is the run that the candidate names, LoggedModelID the logged model that
	// it was registered from. Each is empty where there is none.
	RunID, LoggedModelID string
}

// HasPassed tells whether the version may take the stage: every gate passed or is exempt.
// Without the built-in checks nothing passes.
func (result Result) HasPassed() bool {
	return len(result.Missing) == 0 && len(result.Gates) > 0 && result.decidingIndex() < 0
}

// IsOnlySoaking tells whether nothing but time stands in the way.
func (result Result) IsOnlySoaking() bool {
	for _, v := range result.Gates {
		if !v.IsPassedOrExempt() && v.Reason != v1alpha1.ReasonSoaking {
			return false
		}
	}
	return !result.BlockedUntil().IsZero()
}

// BlockedUntil is the time before which the candidate can't take the stage; zero where
// none is known, or the soak is overridden.
func (result Result) BlockedUntil() time.Time {
	for _, v := range result.Gates {
		if v.Reason == v1alpha1.ReasonSoaking {
			return result.SoakedAt
		}
	}
	return time.Time{}
}

// DecidingGate is the verdict that decides the promotion's reason: an Error before a failed
// built-in check before any Failed before a Pending, and the first of its kind. It is
// the zero Verdict when all passed or are exempt.
func (result Result) DecidingGate() GateResult {
	worst := result.decidingIndex()
	if worst < 0 {
		return GateResult{}
	}
	return result.Gates[worst]
}

// Approvers are the users whose approvals let the version pass, sorted, each once.
func (result Result) Approvers() []v1alpha1.UserName {
	var all []v1alpha1.UserName
	for _, v := range result.Gates {
		all = append(all, v.Approvers...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// decidingIndex is the index of the worst verdict, or -1 when all passed or are exempt.
func (result Result) decidingIndex() int {
	worst := -1
	for i, gateResult := range result.Gates {
		if rankSeverity(gateResult) == 0 {
			continue
		}
		if worst < 0 || rankSeverity(gateResult) > rankSeverity(result.Gates[worst]) {
			worst = i
		}
	}
	return worst
}

func rankSeverity(v GateResult) int {
	switch {
	case v.IsPassedOrExempt():
		return 0
	case v.Result == v1alpha1.GatePending:
		return 1
	case v.Result == v1alpha1.GateError:
		return 4
	case v.Type == v1alpha1.GateTypeBuiltIn:
		return 3
	default:
		return 2
	}
}
