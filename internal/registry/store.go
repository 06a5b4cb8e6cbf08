// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"maps"
	"sync"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// store is what is known of one server's models.
type store struct {
	mu sync.RWMutex
	// known is what was known when the newest list began.
	known layers
	// since holds what single answers have shown since then: it is younger than the list.
	since models
	// round numbers the lists; only the newest may be committed.
	round int
	// unseen are the models of ours that a list ceased to show, and that nothing has shown
	// or declared gone since; overdue is how many of them the list before the last one
	// lacked already. It takes a moment until somebody has asked for each.
	unseen  map[string]struct{}
	overdue int
}

func newStore() *store {
	return &store{since: models{}, unseen: map[string]struct{}{}}
}

func (s *store) model(name string) (*entities.RegisteredModel, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.lookup(name)
}

func (s *store) lookup(name string) (*entities.RegisteredModel, bool) {
	if m, young := s.since[name]; young {
		return m, m != nil
	}
	return s.known.model(name)
}

// remember puts one fresh answer over the list and tells whether it is news.
func (s *store) remember(m *entities.RegisteredModel) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, known := s.lookup(m.Name)
	if known && equal(old, m) {
		// Kept all the same: a list under way may be about to say otherwise.
		m = old
	}
	s.since[m.Name] = m
	delete(s.unseen, m.Name)
	return m != old
}

// forget records a confirmed absence and tells whether it is news.
func (s *store) forget(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := s.lookup(name)
	s.since[name] = nil
	delete(s.unseen, name)
	return known
}

// begin starts a list. What was remembered until now is older than the list and gives way
// to it; what is remembered from now on is younger and stands.
func (s *store) begin() (round int, d *draft) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.since) > 0 {
		over := maps.Clone(s.since)
		for name, m := range s.known.over {
			if _, younger := over[name]; !younger {
				over[name] = m
			}
		}
		s.known.over, s.since = over, models{}
	}
	s.round++
	return s.round, newDraft(s.known)
}

// commit swaps the list in and returns what that changed for who asks the store. A list
// that is not the newest is dropped: what was known when the newer one began may be
// younger. Of the models that the list ceased to show only ours are missed.
func (s *store) commit(round int, d *draft, ours func(name string) bool) (changes []Change, newest bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if round != s.round {
		return nil, false
	}
	d.finish()
	for name := range s.since {
		delete(d.changes, name)
	}
	s.known = layers{list: d.models}
	s.miss(d.changes, ours)
	return sorted(d.changes), true
}

// miss notes which of our models are not shown any more.
func (s *store) miss(changes map[string]ChangeKind, ours func(name string) bool) {
	for name := range s.unseen {
		if _, seen := s.lookup(name); seen || !ours(name) {
			delete(s.unseen, name)
		}
	}
	s.overdue = len(s.unseen)
	for name, kind := range changes {
		if kind == Absent && ours(name) {
			s.unseen[name] = struct{}{}
		}
	}
}

// len is the number of models in the last list.
func (s *store) len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.known.list)
}

// missed is the number of models of ours that two lists or more did not show, and that
// nobody has found to be gone.
func (s *store) missed() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.overdue
}
