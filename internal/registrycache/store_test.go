// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// storeMachine plays a server whose models only ever move forward, with lists that
// begin, linger, break and overtake each other, and single answers between.
type storeMachine struct {
	store *store
	// serverVersions is the version of each model on the server.
	serverVersions map[string]int
	// shownVersions is the highest version that the store has shown.
	shownVersions map[string]int
	lists         []unfinishedList
	// notified is whom the last step woke.
	notified map[string]bool
}

type unfinishedList struct {
	listNumber int
	builder    *listBuilder
}

var modelNames = []string{"a", "b", "c"}

func TestStoreIsMonotonicAndNotifies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &storeMachine{store: newStore(), serverVersions: map[string]int{}, shownVersions: map[string]int{}, notified: map[string]bool{}}
		t.Repeat(map[string]func(*rapid.T){
			"foreign write": m.moveModel,
			"own write":     m.overrideModel,
			"begin a list":  m.beginList,
			"end a list":    m.commitList,
			"":              m.checkInvariants,
		})
	})
}

func (m *storeMachine) moveModel(t *rapid.T) {
	m.serverVersions[rapid.SampledFrom(modelNames).Draw(t, "name")]++
}

func (m *storeMachine) overrideModel(t *rapid.T) {
	name := rapid.SampledFrom(modelNames).Draw(t, "name")
	m.serverVersions[name]++
	if m.store.overrideModel(m.newLiveModel(name)) {
		m.notified[name] = true
	}
}

// beginList reads the list at once: the oldest that its pages can be.
func (m *storeMachine) beginList(*rapid.T) {
	round, d := m.store.beginList()
	for name := range m.serverVersions {
		d.addPage(m.newLiveModel(name))
	}
	m.lists = append(m.lists, unfinishedList{round, d})
}

func (m *storeMachine) commitList(t *rapid.T) {
	if len(m.lists) == 0 {
		t.Skip("no list is under way")
	}
	i := rapid.IntRange(0, len(m.lists)-1).Draw(t, "list")
	changes, _ := m.store.commitList(m.lists[i].listNumber, m.lists[i].builder, containsAny)
	m.lists = append(m.lists[:i], m.lists[i+1:]...)
	for _, change := range changes {
		m.notified[change.Name] = true
	}
}

func (m *storeMachine) checkInvariants(t *rapid.T) {
	for _, name := range modelNames {
		now := m.shownVersion(name)
		if now < m.shownVersions[name] {
			t.Fatalf("%s went back from %d to %d", name, m.shownVersions[name], now)
		}
		if changed := now != m.shownVersions[name]; changed != m.notified[name] {
			t.Fatalf("%s: changed %t, woken %t", name, changed, m.notified[name])
		}
		m.shownVersions[name] = now
	}
	clear(m.notified)
}

func (m *storeMachine) newLiveModel(name string) *entities.RegisteredModel {
	return newModel(name, strconv.Itoa(m.serverVersions[name]))
}

func (m *storeMachine) shownVersion(name string) int {
	shown, ok := m.store.getModel(name)
	if !ok {
		return 0
	}
	version, _ := strconv.Atoi(shown.Aliases["champion"])
	return version
}

func containsAny(string) bool { return true }
