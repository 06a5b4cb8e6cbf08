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

// Judgement is the answer to a Move.
type Judgement struct {
	// Wants is what has to be read before the answer stands, sorted.
	Wants []Ref
	// Verdicts are those of the built-in checks, then of the demands in their order.
	Verdicts []Verdict
	// Comparison relates the metrics that the candidate and the version that it
	// replaces have in common, sorted by key.
	Comparison []MetricChange
	// SoakedAt is when the candidate will have held the stages before for long enough; zero
	// where it has, or that is not known.
	SoakedAt time.Time
	// OverrideVoid is empty, or the sentence that says why the override does not count.
	OverrideVoid string

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

// Passed tells whether the version may take the stage. Without the built-in checks
// nothing passes.
func (j Judgement) Passed() bool {
	return len(j.Wants) == 0 && len(j.Verdicts) > 0 && j.decisive() < 0
}

// WaitsForSoakAlone tells whether nothing but time stands in the way.
func (j Judgement) WaitsForSoakAlone() bool {
	for _, v := range j.Verdicts {
		if v.Result != v1alpha1.GatePassed && v.Reason != v1alpha1.ReasonSoaking {
			return false
		}
	}
	return !j.BlockedUntil().IsZero()
}

// BlockedUntil is the time before which the candidate can't take the stage; zero where
// none is known, or the soak is overridden.
func (j Judgement) BlockedUntil() time.Time {
	for _, v := range j.Verdicts {
		if v.Reason == v1alpha1.ReasonSoaking {
			return j.SoakedAt
		}
	}
	return time.Time{}
}

// Worst is the verdict that decides the promotion's reason: an Error before a failed
// built-in check before any Failed before a Pending, and the first of its kind. It is
// the zero Verdict when all passed.
func (j Judgement) Worst() Verdict {
	worst := j.decisive()
	if worst < 0 {
		return Verdict{}
	}
	return j.Verdicts[worst]
}

// Approvers are the users whose approvals let the version pass, sorted, each once.
func (j Judgement) Approvers() []v1alpha1.UserName {
	var all []v1alpha1.UserName
	for _, v := range j.Verdicts {
		all = append(all, v.Approvers...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// decisive is the index of the worst verdict, or -1 when all passed.
func (j Judgement) decisive() int {
	worst := -1
	for i, verdict := range j.Verdicts {
		if severity(verdict) == 0 {
			continue
		}
		if worst < 0 || severity(verdict) > severity(j.Verdicts[worst]) {
			worst = i
		}
	}
	return worst
}

func severity(v Verdict) int {
	switch {
	case v.Result == v1alpha1.GatePassed:
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
