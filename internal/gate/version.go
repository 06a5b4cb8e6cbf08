// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// describeCandidate is how sentences call the candidate.
func (m Request) describeCandidate() string {
	return describeVersion(m.Candidate)
}

func describeVersion(number string) string {
	return "version " + cleanText(number, 20)
}

// getCandidate is the version that wants the stage.
func (r *lookup) getCandidate(request Request) (*entities.ModelVersion, *failure) {
	if request.Model.Name == "" {
		return nil, newFailure("the registered model does not exist")
	}
	if request.Candidate == "" {
		return nil, newFailure("no version is wanted")
	}
	return r.getVersion(request.Model.Name, request.Candidate)
}

// checkVersionReady demands the very version that was chosen, of a model, ready for use.
func (r *lookup) checkVersionReady(request Request) outcome {
	outcome := r.versionFound(request)
	outcome.seen.Version = &versionObservation{IsPrompt: request.Model.IsPrompt()}
	if version, s := r.getCandidate(request); s == nil {
		outcome.seen.Version.Status = version.Status
	}
	return outcome
}

func (r *lookup) versionFound(request Request) outcome {
	model := cleanText(request.Model.Name, 100)
	version, s := r.getCandidate(request)
	switch {
	case request.Model.IsPrompt():
		return failedOutcome(v1alpha1.ReasonNameConflict, "the name "+model+" belongs to a prompt, not to a model")
	case isRecreated(request.ModelCreated, request.Model.CreationTimestamp):
		return failedOutcome(v1alpha1.ReasonVersionNotFound, "model "+model+" was deleted and created again since "+
			request.describeCandidate()+" was chosen")
	case s != nil:
		return explainVersionFailure(request, s)
	case isRecreated(request.VersionCreated, version.CreationTimestamp):
		return failedOutcome(v1alpha1.ReasonVersionNotFound, request.describeCandidate()+" of model "+model+
			" was deleted and created again since it was chosen")
	}
	outcome := versionStatusOutcome(version)
	outcome.observed = version.Status
	outcome.expected = entities.StatusReady
	return outcome
}

// isRecreated: what has no pin yet is whatever is there.
func isRecreated(pinned, found entities.Timestamp) bool {
	return pinned != 0 && pinned != found
}

// explainVersionFailure tells a version that was deleted from one that never was.
func explainVersionFailure(request Request, s *failure) outcome {
	outcome := s.toOutcome()
	if outcome.result != v1alpha1.GateFailed {
		return outcome
	}
	outcome.reason = v1alpha1.ReasonVersionNotFound
	if s.notFound && request.VersionCreated != 0 {
		outcome.reason = v1alpha1.ReasonVersionNotFound
		outcome.message = request.describeCandidate() + " of model " + cleanText(request.Model.Name, 100) + " was deleted"
	}
	return outcome
}

func versionStatusOutcome(version *entities.ModelVersion) outcome {
	noun := describeVersion(version.Version)
	switch version.Status {
	case entities.StatusReady:
		return passedOutcome(noun + " is ready")
	case entities.StatusPending:
		return outcome{
			result:  v1alpha1.GatePending,
			reason:  v1alpha1.ReasonVersionNotReady,
			message: noun + " is still being registered (" + entities.StatusPending + ")",
		}
	default:
		sentence := noun + " is not ready: its status is " + cleanText(version.Status, 50)
		if version.StatusMessage != "" {
			sentence += " (" + cleanText(version.StatusMessage, 200) + ")"
		}
		return failedOutcome(v1alpha1.ReasonVersionNotReady, sentence)
	}
}

// newResult says which artifact the judgement is about. It wants nothing by itself.
func (r *lookup) newResult(request Request) Result {
	evaluation := Result{
		Model:        request.Model.Name,
		ModelCreated: request.Model.CreationTimestamp,
		Version:      request.Candidate,
		Stage:        request.Stage,
	}
	peek := r.withoutRecording()
	version, s := peek.getCandidate(request)
	if s != nil {
		return evaluation
	}
	evaluation.VersionCreated = version.CreationTimestamp
	evaluation.RunID = version.RunID
	if line, s := peek.resolveOrigin(version); s == nil {
		evaluation.LoggedModelID = line.version.LoggedModelID()
	}
	return evaluation
}
