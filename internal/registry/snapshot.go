// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// models are registered models by name. Where they lie over others, nil is a model that
// is confirmed to be gone.
type models map[string]*entities.RegisteredModel

// layers are what is known of a registry: the last list, and over it what single answers
// have shown since that list began. None of both is ever changed; what is known of a
// later moment is other layers, which share the models that did not change.
type layers struct {
	list, over models
}

// model is the model of that name. False means that it was not shown, which is not proof
// that it does not exist.
func (l layers) model(name string) (*entities.RegisteredModel, bool) {
	if m, laid := l.over[name]; laid {
		return m, m != nil
	}
	m, listed := l.list[name]
	return m, listed
}

// names calls yield with each name that a model is shown for.
func (l layers) names(yield func(string) bool) {
	for name, m := range l.over {
		if m != nil && !yield(name) {
			return
		}
	}
	for name := range l.list {
		if _, laid := l.over[name]; !laid && !yield(name) {
			return
		}
	}
}

// draft is a list while its pages still arrive. It is compared with what was known when it
// began as it grows, so that nothing has to be gone through a second time in the end.
type draft struct {
	old     layers
	models  models
	changes map[string]ChangeKind
	// kept counts the names that the old layers show, too.
	kept int
}

func newDraft(old layers) *draft {
	return &draft{old: old, models: make(models, len(old.list)), changes: map[string]ChangeKind{}}
}

// add takes one page. Pages shift when models are created or deleted between them, so
// that a name may come twice: the later answer is the younger one.
func (d *draft) add(page ...*entities.RegisteredModel) {
	for _, m := range page {
		d.put(m)
	}
}

// put keeps the old pointer of an equal model: the decoded copy is garbage at once.
func (d *draft) put(m *entities.RegisteredModel) {
	old, known := d.old.model(m.Name)
	if _, twice := d.models[m.Name]; known && !twice {
		d.kept++
	}
	switch {
	case !known:
		d.changes[m.Name] = Added
	case equal(old, m):
		m = old
		delete(d.changes, m.Name)
	default:
		d.changes[m.Name] = Updated
	}
	d.models[m.Name] = m
}

// finish adds to the changes the models that were known and did not come.
func (d *draft) finish() {
	missing := -d.kept
	for range d.old.names {
		missing++
	}
	if missing == 0 {
		return
	}
	for name := range d.old.names {
		if _, came := d.models[name]; !came {
			d.changes[name] = Absent
		}
	}
}

// reset forgets what came until now.
func (d *draft) reset() {
	*d = *newDraft(d.old)
}
