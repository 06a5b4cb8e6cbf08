// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"slices"
	"strings"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// The names of the built-in checks.
const (
	nameVersion   = "version-ready"
	nameOrder     = "promotes-from"
	nameSoak      = "min-soak"
	nameDirection = "not-backward"
)

// builtIns are the checks that no policy can leave out, and when the candidate will have
// soaked.
func (r *reader) builtIns(move Move) (verdicts []Verdict, soakedAt time.Time) {
	verdicts = []Verdict{builtInVerdict(nameVersion, r.versionReady(move))}
	if len(move.PromotesFrom) > 0 {
		verdicts = append(verdicts, builtInVerdict(nameOrder, inOrder(move)))
	}
	if move.MinSoak != "" {
		f, at := soaked(move)
		verdicts, soakedAt = append(verdicts, builtInVerdict(nameSoak, f)), at
	}
	return append(verdicts, builtInVerdict(nameDirection, r.notBackward(move))), soakedAt
}

// inOrder demands that the version has been in every stage before this one.
func inOrder(move Move) finding {
	before := sorted(move.PromotesFrom)
	missing := slices.DeleteFunc(slices.Clone(before), func(stage string) bool { return move.PromotedIn[v1alpha1.StageName(stage)] })
	f := passed(move.noun() + " was promoted to " + strings.Join(before, ", ") + " before")
	if len(missing) > 0 {
		f = failed(v1alpha1.ReasonOutOfOrder, move.noun()+" was never promoted to "+
			strings.Join(missing, ", ")+": promote it there first")
	}
	f.expected = "promoted to " + strings.Join(before, ", ")
	return f
}

// notBackward demands that the version holds no later stage, unless it stays where it
// was.
func (r *reader) notBackward(move Move) finding {
	if move.Stays != "" {
		return passed(move.Stays)
	}
	at := slices.IndexFunc(move.Stages, func(s StageInOrder) bool { return s.Name == move.Stage })
	if at < 0 {
		return failed(v1alpha1.ReasonGateFailed, "the model has no stage "+string(move.Stage))
	}
	version, s := r.candidate(move)
	if s != nil {
		return s.finding()
	}
	for _, later := range move.Stages[at+1:] {
		if how := holds(move, version, move.Stages[at], later); how != "" {
			return failed(v1alpha1.ReasonBackwardTransition, move.noun()+" "+how+": it is not moved back to "+
				string(move.Stage)+", let another version take "+string(later.Name)+" first")
		}
	}
	return passed(move.noun() + " holds no later stage than " + string(move.Stage))
}

// holds says how the version holds the later stage, or nothing. Where both stages
// share a legacy stage, that tells them not apart.
func holds(move Move, version *entities.ModelVersion, wanted, later StageInOrder) string {
	if later.Alias != "" && move.Model.Aliases[later.Alias] == move.Candidate {
		return "holds the later stage " + string(later.Name)
	}
	legacy := later.MLflowStage
	if legacy == "" || strings.EqualFold(legacy, wanted.MLflowStage) || !strings.EqualFold(legacy, version.CurrentStage) {
		return ""
	}
	return "is in MLflow's stage " + legacy + ", that of the later stage " + string(later.Name)
}
