// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// modelMap are registered models by name. Where they lie over others, nil is a model that
// is confirmed to be gone.
type modelMap map[string]*entities.RegisteredModel

// snapshotLayers are what is known of a registry: the last list, and over it what single answers
// have shown since that list began. None of both is ever changed; what is known of a
// later moment is other layers, which share the models that did not change.
type snapshotLayers struct {
	list, overrides modelMap
}

// getModel is the model of that name. False means that it was not shown, which is not proof
// that it does not exist.
func (l snapshotLayers) getModel(name string) (*entities.RegisteredModel, bool) {
	if m, laid := l.overrides[name]; laid {
		return m, m != nil
	}
	m, listed := l.list[name]
	return m, listed
}

// eachName calls yield with each name that a model is shown for.
func (l snapshotLayers) eachName(yield func(string) bool) {
	for name, m := range l.overrides {
		if m != nil && !yield(name) {
			return
		}
	}
	for name := range l.list {
		if _, laid := l.overrides[name]; !laid && !yield(name) {
			return
		}
	}
}

// listBuilder is a list while its pages still arrive. It is compared with what was known when it
// began as it grows, so that nothing has to be gone through a second time in the end.
type listBuilder struct {
	base    snapshotLayers
	models  modelMap
	changes map[string]ChangeType
	// keptCount counts the names that the old layers show, too.
	keptCount int
}

func newListBuilder(old snapshotLayers) *listBuilder {
	return &listBuilder{base: old, models: make(modelMap, len(old.list)), changes: map[string]ChangeType{}}
}

// addPage takes one page. Pages shift when models are created or deleted between them, so
// that a name may come twice: the later answer is the younger one.
func (d *listBuilder) addPage(page ...*entities.RegisteredModel) {
	for _, m := range page {
		d.addModel(m)
	}
}

// addModel keeps the old pointer of an equal model: the decoded copy is garbage at once.
func (d *listBuilder) addModel(m *entities.RegisteredModel) {
	old, known := d.base.getModel(m.Name)
	if _, twice := d.models[m.Name]; known && !twice {
		d.keptCount++
	}
	switch {
	case !known:
		d.changes[m.Name] = Added
	case equalModels(old, m):
		m = old
		delete(d.changes, m.Name)
	default:
		d.changes[m.Name] = Updated
	}
	d.models[m.Name] = m
}

// addUnlisted adds to the changes the models that were known and did not come.
func (d *listBuilder) addUnlisted() {
	missing := -d.keptCount
	for range d.base.eachName {
		missing++
	}
	if missing == 0 {
		return
	}
	for name := range d.base.eachName {
		if _, came := d.models[name]; !came {
			d.changes[name] = Unlisted
		}
	}
}

// reset forgets what came until now.
func (d *listBuilder) reset() {
	*d = *newListBuilder(d.base)
}
