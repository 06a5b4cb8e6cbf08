// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"maps"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Snapshot is every registered model that one whole list showed. It never
// changes, and shares the models that did not change with the snapshot before it.
// A nil Snapshot is empty.
type Snapshot struct {
	models map[string]*entities.RegisteredModel
}

// NewSnapshot is the snapshot of these models. Of two with one name the last counts.
func NewSnapshot(models ...*entities.RegisteredModel) *Snapshot {
	d := newDraft(nil)
	d.add(models...)
	return d.finish()
}

// Model is the model of that name. False means that the list did not show it,
// which is not proof that it does not exist.
func (s *Snapshot) Model(name string) (*entities.RegisteredModel, bool) {
	if s == nil {
		return nil, false
	}
	m, ok := s.models[name]
	return m, ok
}

// Len is the number of models.
func (s *Snapshot) Len() int {
	if s == nil {
		return 0
	}
	return len(s.models)
}

// fold is the snapshot with the overlay laid over it. A nil model in the overlay
// takes the name out. Nothing to lay over gives the same snapshot, uncopied.
func (s *Snapshot) fold(overlay map[string]*entities.RegisteredModel) *Snapshot {
	if len(overlay) == 0 {
		return s
	}
	models := make(map[string]*entities.RegisteredModel, s.Len()+len(overlay))
	if s != nil {
		maps.Copy(models, s.models)
	}
	for name, m := range overlay {
		if m == nil {
			delete(models, name)
			continue
		}
		models[name] = m
	}
	return &Snapshot{models: models}
}

// draft is a snapshot while its pages still arrive.
type draft struct {
	old    *Snapshot
	models map[string]*entities.RegisteredModel
	// kept counts the names whose model is the old one.
	kept int
}

func newDraft(old *Snapshot) *draft {
	return &draft{old: old, models: make(map[string]*entities.RegisteredModel, old.Len())}
}

// add takes one page. Pages shift when models are created or deleted between
// them, so a name may come twice: the later answer is the younger one.
func (d *draft) add(page ...*entities.RegisteredModel) {
	for _, m := range page {
		d.put(m)
	}
}

// put keeps the old pointer of an equal model, so that comparing two snapshots is
// mostly comparing pointers, and the decoded copy is garbage at once.
func (d *draft) put(m *entities.RegisteredModel) {
	old, _ := d.old.Model(m.Name)
	if before, twice := d.models[m.Name]; twice && before == old {
		d.kept--
	}
	if old != nil && equal(old, m) {
		m = old
		d.kept++
	}
	d.models[m.Name] = m
}

// finish gives the old snapshot itself when nothing changed.
func (d *draft) finish() *Snapshot {
	if d.old != nil && d.kept == d.old.Len() && d.kept == len(d.models) {
		return d.old
	}
	return &Snapshot{models: d.models}
}
