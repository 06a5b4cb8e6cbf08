// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"maps"
	"sync"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// store is what is known of one server's models.
type store struct {
	mu sync.RWMutex
	// layers is what was known when the newest list began.
	layers snapshotLayers
	// overrides holds what single answers have shown since then: it is younger than the list.
	overrides modelMap
	// listNumber numbers the lists; only the newest may be committed.
	listNumber int
	// missing are the models of ours that a list ceased to show, and that nothing has shown
	// or declared gone since; overdue is how many of them the list before the last one
	// lacked already. It takes a moment until somebody has asked for each.
	missing          map[string]struct{}
	confirmedMissing int
}

func newStore() *store {
	return &store{overrides: modelMap{}, missing: map[string]struct{}{}}
}

func (s *store) getModel(name string) (*entities.RegisteredModel, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.getModelLocked(name)
}

func (s *store) getModelLocked(name string) (*entities.RegisteredModel, bool) {
	if m, young := s.overrides[name]; young {
		return m, m != nil
	}
	return s.layers.getModel(name)
}

// overrideModel puts one fresh answer over the list and tells whether it is news.
func (s *store) overrideModel(m *entities.RegisteredModel) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, known := s.getModelLocked(m.Name)
	if known && equalModels(old, m) {
		// Kept all the same: a list under way may be about to say otherwise.
		m = old
	}
	s.overrides[m.Name] = m
	delete(s.missing, m.Name)
	return m != old
}

// removeModel records a confirmed absence and tells whether it is news.
func (s *store) removeModel(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := s.getModelLocked(name)
	s.overrides[name] = nil
	delete(s.missing, name)
	return known
}

// beginList starts a list. What was remembered until now is older than the list and gives way
// to it; what is remembered from now on is younger and stands.
func (s *store) beginList() (round int, d *listBuilder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.overrides) > 0 {
		over := maps.Clone(s.overrides)
		for name, m := range s.layers.overrides {
			if _, younger := over[name]; !younger {
				over[name] = m
			}
		}
		s.layers.overrides, s.overrides = over, modelMap{}
	}
	s.listNumber++
	return s.listNumber, newListBuilder(s.layers)
}

// commitList swaps the list in and returns what that changed for who asks the store. A list
// that is not the newest is dropped: what was known when the newer one began may be
// younger. Of the models that the list ceased to show only ours are missed.
func (s *store) commitList(round int, d *listBuilder, ours func(name string) bool) (changes []Change, newest bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if round != s.listNumber {
		return nil, false
	}
	d.addUnlisted()
	for name := range s.overrides {
		delete(d.changes, name)
	}
	s.layers = snapshotLayers{list: d.models}
	s.trackMissing(d.changes, ours)
	return sortChanges(d.changes), true
}

// trackMissing notes which of our models are not shown any more.
func (s *store) trackMissing(changes map[string]ChangeType, ours func(name string) bool) {
	for name := range s.missing {
		if _, seen := s.getModelLocked(name); seen || !ours(name) {
			delete(s.missing, name)
		}
	}
	s.confirmedMissing = len(s.missing)
	for name, kind := range changes {
		if kind == Unlisted && ours(name) {
			s.missing[name] = struct{}{}
		}
	}
}

// modelCount is the number of models in the last list.
func (s *store) modelCount() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.layers.list)
}

// missingCount is the number of models of ours that two lists or more did not show, and that
// nobody has found to be gone.
func (s *store) missingCount() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.confirmedMissing
}
