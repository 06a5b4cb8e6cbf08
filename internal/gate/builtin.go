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
	builtInVersionReady     = "version-ready"
	builtInPromotesFrom     = "promotes-from"
	builtInRequiredSoakTime = "required-soak-time"
	builtInNotBackward      = "not-backward"
)

// evaluateBuiltIns are the checks that no policy can leave out, and when the candidate will have
// soaked.
func (r *lookup) evaluateBuiltIns(request Request) (gateResults []GateResult, soakedAt time.Time) {
	gateResults = []GateResult{newBuiltInResult(canonicalDemand{Name: builtInVersionReady}, r.checkVersionReady(request))}
	if len(request.PromotesFrom) > 0 {
		gateResults = append(gateResults, newBuiltInResult(canonicalOrder(request), checkStageOrder(request)))
	}
	if request.RequiredSoakTime != "" {
		outcome, at := checkSoak(request)
		gateResults, soakedAt = append(gateResults, newBuiltInResult(canonicalSoak(request), outcome)), at
	}
	return append(gateResults, newBuiltInResult(canonicalDemand{Name: builtInNotBackward}, r.checkNotBackward(request))), soakedAt
}

// checkStageOrder demands that the version has been in every stage before this one.
func checkStageOrder(request Request) outcome {
	before := sortStageNames(request.PromotesFrom)
	missing := slices.DeleteFunc(slices.Clone(before), func(stage string) bool { return request.PromotedStages[v1alpha1.StageName(stage)] })
	outcome := passedOutcome(request.describeCandidate() + " was promoted to " + strings.Join(before, ", ") + " before")
	if len(missing) > 0 {
		outcome = failedOutcome(v1alpha1.ReasonPrerequisiteStageMissing, request.describeCandidate()+" was never promoted to "+
			strings.Join(missing, ", ")+": promote it there first")
	}
	outcome.expected = "promoted to " + strings.Join(before, ", ")
	outcome.seen.PromotedIn = slices.DeleteFunc(slices.Clone(before), func(stage string) bool { return slices.Contains(missing, stage) })
	return outcome
}

// checkNotBackward demands that the version holds no later stage, unless it stays where it
// was.
func (r *lookup) checkNotBackward(request Request) outcome {
	if request.BackwardExemption != "" {
		return passedOutcome(request.BackwardExemption)
	}
	at := slices.IndexFunc(request.Stages, func(s StageRef) bool { return s.Name == request.Stage })
	if at < 0 {
		return failedOutcome(v1alpha1.ReasonGateFailed, "the model has no stage "+string(request.Stage))
	}
	version, s := r.getCandidate(request)
	if s != nil {
		return s.toOutcome()
	}
	for _, later := range request.Stages[at+1:] {
		if how := describeLaterStage(request, version, request.Stages[at], later); how != "" {
			outcome := failedOutcome(v1alpha1.ReasonDemotionNotAllowed, request.describeCandidate()+" "+how+": it is not moved back to "+
				string(request.Stage)+", let another version take "+string(later.Name)+" first")
			outcome.seen.LaterStage = string(later.Name)
			return outcome
		}
	}
	return passedOutcome(request.describeCandidate() + " holds no later stage than " + string(request.Stage))
}

// describeLaterStage says how the version holds the later stage, or nothing. Where both stages
// share a legacy stage, that tells them not apart.
func describeLaterStage(request Request, version *entities.ModelVersion, wanted, later StageRef) string {
	if later.Alias != "" && request.Model.Aliases[later.Alias] == request.Candidate {
		return "holds the later stage " + string(later.Name)
	}
	legacy := later.MLflowStage
	if legacy == "" || strings.EqualFold(legacy, wanted.MLflowStage) || !strings.EqualFold(legacy, version.CurrentStage) {
		return ""
	}
	return "is in MLflow's stage " + legacy + ", that of the later stage " + string(later.Name)
}
