// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

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
	// truth is the version of each model on the server.
	truth map[string]int
	// shown is the highest version that the store has shown.
	shown map[string]int
	lists []lingeringList
	// woken is whom the last step woke.
	woken map[string]bool
}

type lingeringList struct {
	round int
	draft *draft
}

var modelNames = []string{"a", "b", "c"}

func TestStoreNeverGoesBackAndWakesWhomItConcerns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &storeMachine{store: newStore(), truth: map[string]int{}, shown: map[string]int{}, woken: map[string]bool{}}
		t.Repeat(map[string]func(*rapid.T){
			"foreign write": m.move,
			"own write":     m.remember,
			"begin a list":  m.begin,
			"end a list":    m.commit,
			"":              m.check,
		})
	})
}

func (m *storeMachine) move(t *rapid.T) {
	m.truth[rapid.SampledFrom(modelNames).Draw(t, "name")]++
}

func (m *storeMachine) remember(t *rapid.T) {
	name := rapid.SampledFrom(modelNames).Draw(t, "name")
	m.truth[name]++
	if m.store.remember(m.live(name)) {
		m.woken[name] = true
	}
}

// begin reads the list at once: the oldest that its pages can be.
func (m *storeMachine) begin(*rapid.T) {
	round, d := m.store.begin()
	for name := range m.truth {
		d.add(m.live(name))
	}
	m.lists = append(m.lists, lingeringList{round, d})
}

func (m *storeMachine) commit(t *rapid.T) {
	if len(m.lists) == 0 {
		t.Skip("no list is under way")
	}
	i := rapid.IntRange(0, len(m.lists)-1).Draw(t, "list")
	changes, _ := m.store.commit(m.lists[i].round, m.lists[i].draft, everybody)
	m.lists = append(m.lists[:i], m.lists[i+1:]...)
	for _, change := range changes {
		m.woken[change.Name] = true
	}
}

func (m *storeMachine) check(t *rapid.T) {
	for _, name := range modelNames {
		now := m.show(name)
		if now < m.shown[name] {
			t.Fatalf("%s went back from %d to %d", name, m.shown[name], now)
		}
		if changed := now != m.shown[name]; changed != m.woken[name] {
			t.Fatalf("%s: changed %t, woken %t", name, changed, m.woken[name])
		}
		m.shown[name] = now
	}
	clear(m.woken)
}

func (m *storeMachine) live(name string) *entities.RegisteredModel {
	return model(name, strconv.Itoa(m.truth[name]))
}

func (m *storeMachine) show(name string) int {
	shown, ok := m.store.model(name)
	if !ok {
		return 0
	}
	version, _ := strconv.Atoi(shown.Aliases["champion"])
	return version
}

func everybody(string) bool { return true }
