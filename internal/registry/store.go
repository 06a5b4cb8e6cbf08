// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"sync"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// store is what is known of one server's models: the last whole list, and over it
// what single gets have shown since that list began.
type store struct {
	mu       sync.RWMutex
	snapshot *Snapshot
	// overlay holds what was remembered since the newest list began; nil is a
	// confirmed absence. It is a map of its own because copying a snapshot of
	// 10 000 models for each write would cost more than the write.
	overlay map[string]*entities.RegisteredModel
	// round numbers the lists; only the newest may be committed.
	round int
}

func newStore() *store {
	return &store{overlay: map[string]*entities.RegisteredModel{}}
}

func (s *store) model(name string) (*entities.RegisteredModel, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.lookup(name)
}

func (s *store) lookup(name string) (*entities.RegisteredModel, bool) {
	if m, overlaid := s.overlay[name]; overlaid {
		return m, m != nil
	}
	return s.snapshot.Model(name)
}

// remember puts one fresh answer over the list and tells whether it is news.
func (s *store) remember(m *entities.RegisteredModel) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, known := s.lookup(m.Name)
	if known && equal(old, m) {
		// Overlaid all the same: a list under way may be about to say otherwise.
		m = old
	}
	s.overlay[m.Name] = m
	return m != old
}

// forget records a confirmed absence and tells whether it is news.
func (s *store) forget(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := s.lookup(name)
	s.overlay[name] = nil
	return known
}

// begin starts a list. What was remembered until now is older than the list and
// gives way to it; what is remembered from now on is younger and stands.
func (s *store) begin() (round int, d *draft) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.snapshot = s.snapshot.fold(s.overlay)
	s.overlay = map[string]*entities.RegisteredModel{}
	s.round++
	return s.round, newDraft(s.snapshot)
}

// commit swaps the whole list in and returns what that changed for who asks the
// store. A list that is not the newest is dropped: what the newer one has folded
// may be younger.
func (s *store) commit(round int, d *draft) (changes []Change, newest bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if round != s.round {
		return nil, false
	}
	before := s.snapshot.fold(s.overlay)
	s.snapshot = d.finish()
	return Diff(before, s.snapshot.fold(s.overlay)), true
}

func (s *store) len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.snapshot.Len()
}
