// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// noun is how sentences call the candidate.
func (m Move) noun() string {
	return versionNoun(m.Candidate)
}

func versionNoun(number string) string {
	return "version " + clean(number, 20)
}

// candidate is the version that wants the stage.
func (r *reader) candidate(move Move) (*entities.ModelVersion, *stop) {
	if move.Model.Name == "" {
		return nil, halt("the registered model does not exist")
	}
	if move.Candidate == "" {
		return nil, halt("no version is wanted")
	}
	return r.version(move.Model.Name, move.Candidate)
}

// versionReady demands the very version that was chosen, of a model, ready for use.
func (r *reader) versionReady(move Move) finding {
	model := clean(move.Model.Name, 100)
	version, s := r.candidate(move)
	switch {
	case move.Model.IsPrompt():
		return failed(v1alpha1.ReasonNameIsPrompt, "the name "+model+" belongs to a prompt, not to a model")
	case anotherIncarnation(move.ModelCreated, move.Model.CreationTimestamp):
		return failed(v1alpha1.ReasonVersionDeleted, "model "+model+" was deleted and created again since "+
			move.noun()+" was chosen")
	case s != nil:
		return versionStop(move, s)
	case anotherIncarnation(move.VersionCreated, version.CreationTimestamp):
		return failed(v1alpha1.ReasonVersionDeleted, move.noun()+" of model "+model+
			" was deleted and created again since it was chosen")
	}
	f := readiness(version)
	f.observed = version.Status
	f.expected = entities.StatusReady
	return f
}

// anotherIncarnation: what has no pin yet is whatever is there.
func anotherIncarnation(pinned, found entities.Timestamp) bool {
	return pinned != 0 && pinned != found
}

// versionStop tells a version that was deleted from one that never was.
func versionStop(move Move, s *stop) finding {
	f := s.finding()
	if f.result != v1alpha1.GateFailed {
		return f
	}
	f.reason = v1alpha1.ReasonVersionNotFound
	if s.gone && move.VersionCreated != 0 {
		f.reason = v1alpha1.ReasonVersionDeleted
		f.sentence = move.noun() + " of model " + clean(move.Model.Name, 100) + " was deleted"
	}
	return f
}

func readiness(version *entities.ModelVersion) finding {
	noun := versionNoun(version.Version)
	switch version.Status {
	case entities.StatusReady:
		return passed(noun + " is ready")
	case entities.StatusPending:
		return finding{
			result:   v1alpha1.GatePending,
			reason:   v1alpha1.ReasonVersionNotReady,
			sentence: noun + " is still being registered (" + entities.StatusPending + ")",
		}
	default:
		sentence := noun + " is not ready: its status is " + clean(version.Status, 50)
		if version.StatusMessage != "" {
			sentence += " (" + clean(version.StatusMessage, 200) + ")"
		}
		return failed(v1alpha1.ReasonVersionNotReady, sentence)
	}
}

// identify says which artifact the judgement is about. It wants nothing by itself.
func (r *reader) identify(move Move) Judgement {
	judgement := Judgement{
		Model:        clean(move.Model.Name, 256),
		ModelCreated: move.Model.CreationTimestamp,
		Version:      clean(move.Candidate, 20),
		Stage:        move.Stage,
	}
	peek := r.peek()
	version, s := peek.candidate(move)
	if s != nil {
		return judgement
	}
	judgement.VersionCreated = version.CreationTimestamp
	judgement.RunID = clean(version.RunID, 64)
	if line, s := peek.origin(version); s == nil {
		judgement.LoggedModelID = line.version.LoggedModelID()
	}
	return judgement
}
