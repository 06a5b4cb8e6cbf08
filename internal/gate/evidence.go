// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Evidence is what was read from MLflow, and of people's approvals, in one pass. Whatever was not put in it is
// unread. Putting a Ref again replaces what was there.
type Evidence struct {
	entries map[Key]evidenceEntry
}

// evidenceEntry is the answer to one Ref. The zero entry is unread.
type evidenceEntry struct {
	state entryState
	// value is what was read, when present.
	value any
	// message says why it is unreadable.
	message string
}

type entryState int

const (
	stateUnread entryState = iota
	statePresent
	// stateAbsent means that the server said so, not that it said nothing.
	stateAbsent
	stateUnreadable
)

// NewEvidence is evidence in which everything is unread.
func NewEvidence() *Evidence {
	return &Evidence{entries: map[Key]evidenceEntry{}}
}

// PutVersion records a version. One that is not the version asked for, as a proxy
// may answer, is unreadable.
func (e *Evidence) PutVersion(ref Key, version *entities.ModelVersion) {
	ok := version != nil && version.Name == ref.Model && version.Version == ref.ID
	e.putIfMatching(ref, ok, version)
}

// PutRun records a run, under the same condition.
func (e *Evidence) PutRun(ref Key, run *entities.Run) {
	e.putIfMatching(ref, run != nil && run.RunID == ref.ID, run)
}

// PutLoggedModel records a logged model, under the same condition.
func (e *Evidence) PutLoggedModel(ref Key, model *entities.LoggedModel) {
	e.putIfMatching(ref, model != nil && model.ModelID == ref.ID, model)
}

// PutHistory records all points of one metric of a run. None is an answer.
func (e *Evidence) PutHistory(ref Key, points []entities.Metric) {
	e.entries[ref] = evidenceEntry{state: statePresent, value: points}
}

// PutApprovals records all approvals of a promotion. None is an answer.
func (e *Evidence) PutApprovals(ref Key, approvals []v1alpha1.PromotionApproval) {
	e.entries[ref] = evidenceEntry{state: statePresent, value: approvals}
}

// PutIdentity records since when user names are authentic.
func (e *Evidence) PutIdentity(ref Key, since time.Time) {
	e.entries[ref] = evidenceEntry{state: statePresent, value: since}
}

// Approvals are what was read of the approvals of a promotion, if they were.
func (e *Evidence) Approvals(ref Key) ([]v1alpha1.PromotionApproval, bool) {
	approvals, read := e.getEntry(ref).value.([]v1alpha1.PromotionApproval)
	return approvals, read
}

// Identity is since when user names are authentic, if that was asked and they are.
func (e *Evidence) Identity(ref Key) (time.Time, bool) {
	since, read := e.getEntry(ref).value.(time.Time)
	return since, read
}

// PutAbsent records that the server confirmed that there is no such thing.
func (e *Evidence) PutAbsent(ref Key) {
	e.entries[ref] = evidenceEntry{state: stateAbsent}
}

// PutUnreadable records that the server could not be asked, and why, in one
// sentence without secrets.
func (e *Evidence) PutUnreadable(ref Key, sentence string) {
	e.entries[ref] = evidenceEntry{state: stateUnreadable, message: cleanText(sentence, 300)}
}

func (e *Evidence) putIfMatching(ref Key, asked bool, value any) {
	if !asked {
		e.PutUnreadable(ref, "the server answered with something else")
		return
	}
	e.entries[ref] = evidenceEntry{state: statePresent, value: value}
}

// getEntry is the answer to a Ref; nil evidence has read nothing.
func (e *Evidence) getEntry(ref Key) evidenceEntry {
	if e == nil {
		return evidenceEntry{}
	}
	return e.entries[ref]
}
