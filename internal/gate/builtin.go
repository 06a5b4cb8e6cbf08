// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"slices"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// builtInCheck is a gate that no policy can leave out.
type builtInCheck struct {
	// name is reserved: no other gate may have it.
	name string
	// demand returns the fields of the check's demand, for the digest, and whether the request
	// demands it. Nil means that every request does.
	demand   func(Request) (fields []demandField, demanded bool)
	evaluate func(*lookup, Request) outcome
	// forbidsOverride means that no person can exempt it.
	forbidsOverride bool
	// changesByWaiting means that the result is not part of the evidence that an approval
	// may name.
	changesByWaiting bool
}

// builtInChecks are evaluated in this order, before the request's gates. A version that does
// not exist can't hold a stage, and one that goes backward would hold two: an override exempts
// neither.
var builtInChecks = []builtInCheck{
	{name: "version-ready", evaluate: (*lookup).checkVersionReady, forbidsOverride: true},
	{name: "promotes-from", evaluate: checkStageOrder, demand: demandStageOrder},
	{name: "required-soak-time", evaluate: checkSoak, demand: demandSoak, changesByWaiting: true},
	{name: "not-backward", evaluate: (*lookup).checkNotBackward, forbidsOverride: true},
}

func (l *lookup) evaluateBuiltIns(request Request) []Answer {
	var results []Answer
	for _, builtIn := range builtInChecks {
		demand := canonicalDemand{name: builtIn.name}
		if builtIn.demand != nil {
			fields, demanded := builtIn.demand(request)
			if !demanded {
				continue
			}
			demand.fields = fields
		}
		results = append(results, newBuiltInAnswer(demand, builtIn.evaluate(l, request)))
	}
	return results
}

// builtInNamed returns the built-in check of a name; the zero check for any other name.
func builtInNamed(name string) builtInCheck {
	for _, builtIn := range builtInChecks {
		if builtIn.name == name {
			return builtIn
		}
	}
	return builtInCheck{}
}

// IsReservedName reports whether a name is that of a built-in check.
func IsReservedName(name string) bool {
	return name != "" && builtInNamed(name).name == name
}

// DuplicateNames returns the names, sorted, that more than one gate has. The built-in checks
// count as gates.
func DuplicateNames(specs []Spec) []string {
	count := map[string]int{}
	for _, builtIn := range builtInChecks {
		count[builtIn.name]++
	}
	var duplicates []string
	for _, spec := range specs {
		name := spec.Gate.Name
		count[name]++
		if count[name] == 2 {
			duplicates = append(duplicates, name)
		}
	}
	slices.Sort(duplicates)
	return duplicates
}

// checkVersionReady passes if the candidate is the artifact that was chosen, is a version of a
// model, and is ready for use.
func (l *lookup) checkVersionReady(request Request) outcome {
	answer := l.findReadyVersion(request)
	observed := readyObservation{Version: versionState{IsPrompt: request.Model.IsPrompt()}}
	observed.obstacleObservation, _ = answer.observation.(obstacleObservation)
	if version, f := l.getCandidate(request); f == nil {
		observed.Version.Status = version.Status
	}
	answer.observation = observed
	return answer
}

func (l *lookup) findReadyVersion(request Request) outcome {
	model := sanitize.CleanText(request.Model.Name, 100)
	version, f := l.getCandidate(request)
	switch {
	case request.Model.IsPrompt():
		return failedOutcome(v1alpha1.ReasonNameConflict, "the name "+model+" belongs to a prompt, not to a model")
	case isRecreated(request.ModelCreated, request.Model.CreationTimestamp):
		return failedOutcome(v1alpha1.ReasonVersionNotFound, "model "+model+" was deleted and created again since "+
			request.describeCandidate()+" was chosen")
	case f != nil:
		return explainVersionFailure(request, f)
	case isRecreated(request.VersionCreated, version.CreationTimestamp):
		return failedOutcome(v1alpha1.ReasonVersionNotFound, request.describeCandidate()+" of model "+model+
			" was deleted and created again since it was chosen")
	}
	answer := versionStatusOutcome(version)
	answer.observed = version.Status
	answer.expected = entities.StatusReady
	return answer
}

// isRecreated reports whether an artifact was deleted and created again since its creation time
// was recorded. A time of 0 is not recorded yet.
func isRecreated(recorded, current entities.Timestamp) bool {
	return recorded != 0 && recorded != current
}

// explainVersionFailure distinguishes a version that was deleted from one that never existed.
func explainVersionFailure(request Request, f *failure) outcome {
	answer := f.toOutcome()
	if answer.result != v1alpha1.GateFailed {
		return answer
	}
	answer.reason = v1alpha1.ReasonVersionNotFound
	if f.notFound && request.VersionCreated != 0 {
		answer.message = request.describeCandidate() + " of model " + sanitize.CleanText(request.Model.Name, 100) + " was deleted"
	}
	return answer
}

func versionStatusOutcome(version *entities.ModelVersion) outcome {
	noun := describeVersion(version.Version)
	switch version.Status {
	case entities.StatusReady:
		return passedOutcome(noun + " is ready")
	case entities.StatusPending:
		return pendingOutcome(v1alpha1.ReasonVersionNotReady, noun+" is still being registered ("+entities.StatusPending+")")
	default:
		message := noun + " is not ready: its status is " + sanitize.CleanText(version.Status, 50)
		if version.StatusMessage != "" {
			message += " (" + sanitize.CleanText(version.StatusMessage, 200) + ")"
		}
		return failedOutcome(v1alpha1.ReasonVersionNotReady, message)
	}
}

// demandStageOrder requires a promotion to each stage before, if the stage names any.
func demandStageOrder(request Request) ([]demandField, bool) {
	before := request.stagesBefore()
	return []demandField{{"promotesFrom", before}}, len(before) > 0
}

// checkStageOrder passes if the version was promoted to every stage before this one.
func checkStageOrder(_ *lookup, request Request) outcome {
	before := request.stagesBefore()
	var promoted, missing []string
	for _, stage := range before {
		if request.PromotedStages[v1alpha1.StageName(stage)] {
			promoted = append(promoted, stage)
		} else {
			missing = append(missing, stage)
		}
	}
	answer := passedOutcome(request.describeCandidate() + " was promoted to " + strings.Join(before, ", ") + " before")
	if len(missing) > 0 {
		answer = failedOutcome(v1alpha1.ReasonPrerequisiteStageMissing, request.describeCandidate()+" was never promoted to "+
			strings.Join(missing, ", ")+": promote it there first")
	}
	answer.expected = "promoted to " + strings.Join(before, ", ")
	answer.observation = orderObservation{promoted}
	return answer
}

// checkNotBackward passes if the version holds no later stage, or if the request is no step
// backward.
func (l *lookup) checkNotBackward(request Request) outcome {
	if request.BackwardExemption != "" {
		return passedOutcome(request.BackwardExemption)
	}
	at := slices.IndexFunc(request.Stages, func(s StageRef) bool { return s.Name == request.Stage })
	if at < 0 {
		return failedOutcome(v1alpha1.ReasonGateFailed, "the model has no stage "+string(request.Stage))
	}
	version, f := l.getCandidate(request)
	if f != nil {
		return f.toOutcome()
	}
	for _, later := range request.Stages[at+1:] {
		if how := describeLaterStage(request, version, request.Stages[at], later); how != "" {
			answer := failedOutcome(v1alpha1.ReasonDemotionNotAllowed, request.describeCandidate()+" "+how+
				" and can't go back to "+string(request.Stage)+": promote another version to "+string(later.Name)+" first")
			answer.observation = laterStageObservation{string(later.Name)}
			return answer
		}
	}
	return passedOutcome(request.describeCandidate() + " holds no later stage than " + string(request.Stage))
}

// describeLaterStage says how the version holds the later stage; empty if it does not. A legacy
// stage that both stages share does not distinguish them.
func describeLaterStage(request Request, version *entities.ModelVersion, wanted, later StageRef) string {
	if later.Alias != "" && request.Model.Aliases[later.Alias] == request.Candidate {
		return "holds the later stage " + string(later.Name)
	}
	legacy := later.MLflowStage
	if legacy == "" || strings.EqualFold(legacy, wanted.MLflowStage) || !strings.EqualFold(legacy, version.CurrentStage) {
		return ""
	}
	return "is in MLflow's stage " + legacy + ", that of the later stage " + string(later.Name) + ","
}

// What each check read, in the digest.
type (
	readyObservation struct {
		obstacleObservation
		Version versionState `json:"version"`
	}
	versionState struct {
		Status   string `json:"status"`
		IsPrompt bool   `json:"isPrompt,omitempty"`
	}
	orderObservation struct {
		PromotedIn []string `json:"promotedIn,omitempty"`
	}
	laterStageObservation struct {
		LaterStage string `json:"laterStage,omitempty"`
	}
)
