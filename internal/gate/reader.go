// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// reader looks things up in the evidence and remembers what was not there.
type reader struct {
	evidence *Evidence
	wants    map[Ref]bool
}

// stop says why an evaluation can't go on. Nil means that it can.
type stop struct {
	result   v1alpha1.GateResult
	reason   string
	sentence string
	// wanted: it is not read yet, so there is no answer yet.
	wanted bool
	// gone: the server confirmed that it does not exist.
	gone bool
	// missing: it was never logged, and may still come.
	missing bool
	// unproven: the version does not provably belong to its run.
	unproven bool
	// runless: the version names no run, and never will.
	runless bool
	// observed is what was seen and can't count, such as NaN.
	observed string
}

func halt(sentence string) *stop {
	return &stop{result: v1alpha1.GateFailed, reason: v1alpha1.ReasonGateFailed, sentence: sentence}
}

// finding is the stop as the answer of a gate.
func (s *stop) finding() finding {
	return finding{result: s.result, reason: s.reason, sentence: s.sentence, observed: s.observed}
}

// peek looks at what is there without wanting more.
func (r *reader) peek() *reader {
	return &reader{evidence: r.evidence, wants: map[Ref]bool{}}
}

func (r *reader) version(model, number string) (*entities.ModelVersion, *stop) {
	return read[*entities.ModelVersion](r, VersionRef(model, number))
}

func (r *reader) run(id string) (*entities.Run, *stop) {
	return read[*entities.Run](r, RunRef(id))
}

func (r *reader) loggedModel(id string) (*entities.LoggedModel, *stop) {
	return read[*entities.LoggedModel](r, LoggedModelRef(id))
}

func (r *reader) history(run, key string) ([]entities.Metric, *stop) {
	return read[[]entities.Metric](r, HistoryRef(run, key))
}

// read is the value behind a Ref, or why there is none. What is unread is wanted, and
// until then counts as what could not be asked.
func read[T any](r *reader, ref Ref) (T, *stop) {
	found := r.evidence.lookup(ref)
	value, _ := found.value.(T)
	switch found.state {
	case present:
		return value, nil
	case absent:
		s := halt(ref.String() + " does not exist")
		s.gone = true
		return value, s
	case unreadable:
		return value, &stop{
			result:   v1alpha1.GateError,
			reason:   v1alpha1.ReasonGateError,
			sentence: ref.String() + " could not be read: " + found.sentence,
		}
	default:
		r.wants[ref] = true
		return value, &stop{
			result:   v1alpha1.GateError,
			reason:   v1alpha1.ReasonGateError,
			sentence: ref.String() + " was not read yet",
			wanted:   true,
		}
	}
}
