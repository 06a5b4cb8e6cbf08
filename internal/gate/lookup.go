// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// lookup looks things up in the evidence and remembers what was not there.
type lookup struct {
	evidence *Evidence
	missing  map[Key]bool
}

// failure says why an evaluation can't go on. Nil means that it can.
type failure struct {
	result  v1alpha1.GateResult
	reason  string
	message string
	// notRead: it is not read yet, so there is no answer yet.
	notRead bool
	// notFound: the server confirmed that it does not exist.
	notFound bool
	// notLogged: it was never logged, and may still come.
	notLogged bool
	// notVerified: the version does not provably belong to its run.
	notVerified bool
	// noRunID: the version names no run, and never will.
	noRunID bool
	// observed is what was seen and can't count, such as NaN. It is cut; unusable is whole.
	observed, unusable string
	// place is where a metric was looked for.
	place place
}

func newFailure(sentence string) *failure {
	return &failure{result: v1alpha1.GateFailed, reason: v1alpha1.ReasonGateFailed, message: sentence}
}

// toOutcome is the stop as the answer of a gate.
func (s *failure) toOutcome() outcome {
	return outcome{
		result: s.result, reason: s.reason, message: s.message, observed: s.observed,
		seen: observation{Obstacle: s.obstacle()},
	}
}

// withoutRecording looks at what is there without wanting more.
func (r *lookup) withoutRecording() *lookup {
	return &lookup{evidence: r.evidence, missing: map[Key]bool{}}
}

func (r *lookup) getVersion(model, number string) (*entities.ModelVersion, *failure) {
	return getValue[*entities.ModelVersion](r, VersionKey(model, number))
}

func (r *lookup) getRun(id string) (*entities.Run, *failure) {
	return getValue[*entities.Run](r, RunKey(id))
}

func (r *lookup) getLoggedModel(id string) (*entities.LoggedModel, *failure) {
	return getValue[*entities.LoggedModel](r, LoggedModelKey(id))
}

func (r *lookup) getHistory(run, key string) ([]entities.Metric, *failure) {
	return getValue[[]entities.Metric](r, HistoryKey(run, key))
}

// getValue is the value behind a Ref, or why there is none. What is unread is wanted, and
// until then counts as what could not be asked.
func getValue[T any](r *lookup, ref Key) (T, *failure) {
	found := r.evidence.getEntry(ref)
	value, _ := found.value.(T)
	switch found.state {
	case statePresent:
		return value, nil
	case stateAbsent:
		s := newFailure(ref.String() + " does not exist")
		s.notFound = true
		return value, s
	case stateUnreadable:
		return value, &failure{
			result:  v1alpha1.GateError,
			reason:  v1alpha1.ReasonGateError,
			message: ref.String() + " could not be read: " + found.message,
		}
	default:
		r.missing[ref] = true
		return value, &failure{
			result:  v1alpha1.GateError,
			reason:  v1alpha1.ReasonGateError,
			message: ref.String() + " was not read yet",
			notRead: true,
		}
	}
}
