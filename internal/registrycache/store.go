// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"maps"
	"sync"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// modelMap has registered models by name. In overrides, nil is a model that a get found to be
// deleted.
type modelMap map[string]*entities.RegisteredModel

// snapshotLayers is the known state of a registry at one moment: the last full list, and above it
// the single answers since that list began. Both maps are immutable; a later
// moment has other layers, which share the unchanged models.
type snapshotLayers struct {
	list, overrides modelMap
}

// getModel returns the model with that name. False means that no answer contained it, which does not
// prove that it does not exist.
func (l snapshotLayers) getModel(name string) (*entities.RegisteredModel, bool) {
	if m, overridden := l.overrides[name]; overridden {
		return m, m != nil
	}
	m, listed := l.list[name]
	return m, listed
}

// eachName yields the name of each model for which getModel returns true.
func (l snapshotLayers) eachName(yield func(string) bool) {
	for name, m := range l.overrides {
		if m != nil && !yield(name) {
			return
		}
	}
	for name := range l.list {
		if _, overridden := l.overrides[name]; !overridden && !yield(name) {
			return
		}
	}
}

// listBuilder collects the pages of a list. It compares each page with the base as the page
// arrives, so that the end of the list needs no second iteration.
type listBuilder struct {
	base    snapshotLayers
	models  modelMap
	changes map[string]ChangeType
	// keptCount is the number of names that the base has, too.
	keptCount int
}

func newListBuilder(base snapshotLayers) *listBuilder {
	return &listBuilder{base: base, models: make(modelMap, len(base.list)), changes: map[string]ChangeType{}}
}

// addPage adds one page. Pages shift when models are created or deleted between them, so
// that a name may occur twice: the later answer is the newer one.
func (b *listBuilder) addPage(page ...*entities.RegisteredModel) {
	for _, m := range page {
		b.addModel(m)
	}
}

// addModel keeps the old pointer if the model is equal, which frees the decoded copy at once.
func (b *listBuilder) addModel(m *entities.RegisteredModel) {
	old, known := b.base.getModel(m.Name)
	if _, repeated := b.models[m.Name]; known && !repeated {
		b.keptCount++
	}
	switch {
	case !known:
		b.changes[m.Name] = Added
	case equalModels(old, m):
		m = old
		delete(b.changes, m.Name)
	default:
		b.changes[m.Name] = Updated
	}
	b.models[m.Name] = m
}

// addUnlisted adds the models of the base that the list lacks to the changes.
func (b *listBuilder) addUnlisted() {
	unlisted := -b.keptCount
	for range b.base.eachName {
		unlisted++
	}
	if unlisted == 0 {
		return
	}
	for name := range b.base.eachName {
		if _, listed := b.models[name]; !listed {
			b.changes[name] = Unlisted
		}
	}
}

// reset drops all pages.
func (b *listBuilder) reset() {
	*b = *newListBuilder(b.base)
}

// store has the known state of the models of one server.
type store struct {
	mu sync.RWMutex
	// layers is the known state at the beginning of the newest list.
	layers snapshotLayers
	// overrides are the single answers since then, which are newer than that list.
	overrides modelMap
	// listNumber counts the lists; only the newest can be committed.
	listNumber int
	// missing are the declared models that a list ceased to contain, and that no answer has shown
	// or found to be deleted since. confirmedMissing is the number of those that the list before the
	// last one lacked already: the reconcilers need a moment to get each of them.
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
	if m, overridden := s.overrides[name]; overridden {
		return m, m != nil
	}
	return s.layers.getModel(name)
}

// overrideModel records one fresh answer above the list and reports whether it changed the model.
func (s *store) overrideModel(m *entities.RegisteredModel) (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, known := s.getModelLocked(m.Name)
	if known && equalModels(old, m) {
		// Recorded all the same: a list in progress may be older and differ.
		m = old
	}
	s.overrides[m.Name] = m
	delete(s.missing, m.Name)
	return m != old
}

// removeModel records a confirmed deletion and reports whether the model was known.
func (s *store) removeModel(name string) (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := s.getModelLocked(name)
	s.overrides[name] = nil
	delete(s.missing, name)
	return known
}

// beginList starts a list. The overrides until now are older than the list and become part of
// its base; the list will replace them. Overrides after this are newer than the list and
// remain above it.
func (s *store) beginList() (listNumber int, builder *listBuilder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.overrides) > 0 {
		overrides := maps.Clone(s.overrides)
		for name, m := range s.layers.overrides {
			if _, newer := overrides[name]; !newer {
				overrides[name] = m
			}
		}
		s.layers.overrides, s.overrides = overrides, modelMap{}
	}
	s.listNumber++
	return s.listNumber, newListBuilder(s.layers)
}

// commitList replaces the layers with the list and returns the changes that getModel shows. It drops a list
// that is not the newest, because the base of the newer one may contain later
// answers. Only declared models count as missing.
func (s *store) commitList(listNumber int, b *listBuilder, isDeclared func(name string) bool) (changes []Change, newest bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if listNumber != s.listNumber {
		return nil, false
	}
	b.addUnlisted()
	for name := range s.overrides {
		delete(b.changes, name)
	}
	s.layers = snapshotLayers{list: b.models}
	s.trackMissing(b.changes, isDeclared)
	return sortChanges(b.changes), true
}

// trackMissing updates which declared models the lists lack.
func (s *store) trackMissing(changes map[string]ChangeType, isDeclared func(name string) bool) {
	for name := range s.missing {
		if _, shown := s.getModelLocked(name); shown || !isDeclared(name) {
			delete(s.missing, name)
		}
	}
	s.confirmedMissing = len(s.missing)
	for name, changeType := range changes {
		if changeType == Unlisted && isDeclared(name) {
			s.missing[name] = struct{}{}
		}
	}
}

// modelCount returns the number of models in the last list.
func (s *store) modelCount() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.layers.list)
}

// missingCount returns the number of declared models that at least two lists lacked, and that
// no get has found to be deleted.
func (s *store) missingCount() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.confirmedMissing
}
