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
	entries map[Ref]entry
}

// entry is the answer to one Ref. The zero entry is unread.
type entry struct {
	state entryState
	// value is what was read, when present.
	value any
	// sentence says why it is unreadable.
	sentence string
}

type entryState int

const (
	unread entryState = iota
	present
	// absent means that the server said so, not that it said nothing.
	absent
	unreadable
)

// NewEvidence is evidence in which everything is unread.
func NewEvidence() *Evidence {
	return &Evidence{entries: map[Ref]entry{}}
}

// PutVersion records a version. One that is not the version asked for, as a proxy
// may answer, is unreadable.
func (e *Evidence) PutVersion(ref Ref, version *entities.ModelVersion) {
	ok := version != nil && version.Name == ref.Model && version.Version == ref.ID
	e.put(ref, ok, version)
}

// PutRun records a run, under the same condition.
func (e *Evidence) PutRun(ref Ref, run *entities.Run) {
	e.put(ref, run != nil && run.RunID == ref.ID, run)
}

// PutLoggedModel records a logged model, under the same condition.
func (e *Evidence) PutLoggedModel(ref Ref, model *entities.LoggedModel) {
	e.put(ref, model != nil && model.ModelID == ref.ID, model)
}

// PutHistory records all points of one metric of a run. None is an answer.
func (e *Evidence) PutHistory(ref Ref, points []entities.Metric) {
	e.entries[ref] = entry{state: present, value: points}
}

// PutApprovals records all approvals of a promotion. None is an answer.
func (e *Evidence) PutApprovals(ref Ref, approvals []v1alpha1.PromotionApproval) {
	e.entries[ref] = entry{state: present, value: approvals}
}

// PutIdentity records since when user names are authentic.
func (e *Evidence) PutIdentity(ref Ref, since time.Time) {
	e.entries[ref] = entry{state: present, value: since}
}

// Approvals are what was read of the approvals of a promotion, if they were.
func (e *Evidence) Approvals(ref Ref) ([]v1alpha1.PromotionApproval, bool) {
	approvals, read := e.lookup(ref).value.([]v1alpha1.PromotionApproval)
	return approvals, read
}

// Identity is since when user names are authentic, if that was asked and they are.
func (e *Evidence) Identity(ref Ref) (time.Time, bool) {
	since, read := e.lookup(ref).value.(time.Time)
	return since, read
}

// PutAbsent records that the server confirmed that there is no such thing.
func (e *Evidence) PutAbsent(ref Ref) {
	e.entries[ref] = entry{state: absent}
}

// PutUnreadable records that the server could not be asked, and why, in one
// sentence without secrets.
func (e *Evidence) PutUnreadable(ref Ref, sentence string) {
	e.entries[ref] = entry{state: unreadable, sentence: clean(sentence, 300)}
}

func (e *Evidence) put(ref Ref, asked bool, value any) {
	if !asked {
		e.PutUnreadable(ref, "the server answered with something else")
		return
	}
	e.entries[ref] = entry{state: present, value: value}
}

// lookup is the answer to a Ref; nil evidence has read nothing.
func (e *Evidence) lookup(ref Ref) entry {
	if e == nil {
		return entry{}
	}
	return e.entries[ref]
}
