// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// storeMachine is a server whose models only change to higher versions, with lists that
// begin, end late or never, and overtake each other, and single answers between them.
type storeMachine struct {
	store *store
	// serverVersions is the version of each model on the server.
	serverVersions map[string]int
	// shownVersions is the highest version that the store has shown.
	shownVersions map[string]int
	lists         []unfinishedList
	// notified are the models with an event in the last step.
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

// beginList reads all pages at once, so that they are as old as possible.
func (m *storeMachine) beginList(*rapid.T) {
	round, d := m.store.beginList()
	for name := range m.serverVersions {
		d.addPage(m.newLiveModel(name))
	}
	m.lists = append(m.lists, unfinishedList{round, d})
}

func (m *storeMachine) commitList(t *rapid.T) {
	if len(m.lists) == 0 {
		t.Skip("no list has begun")
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
			t.Fatalf("%s changed from %d back to %d", name, m.shownVersions[name], now)
		}
		if changed := now != m.shownVersions[name]; changed != m.notified[name] {
			t.Fatalf("%s: changed %t, event %t", name, changed, m.notified[name])
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

func TestListBuilderSharesUnchangedModels(t *testing.T) {
	old := snapshotLayers{list: modelMap{"a": newModel("a", "1"), "b": newModel("b", "1")}}
	tests := map[string]struct {
		listed   []*entities.RegisteredModel
		wantKept string
		want     []Change
	}{
		"an equal list changes nothing": {
			listed:   []*entities.RegisteredModel{newModel("a", "1"), newModel("b", "1")},
			wantKept: "ab",
		},
		"a name on two pages counts once": {
			listed:   []*entities.RegisteredModel{newModel("a", "1"), newModel("a", "1"), newModel("b", "1")},
			wantKept: "ab",
		},
		"a repeated name does not replace another": {
			listed:   []*entities.RegisteredModel{newModel("a", "1"), newModel("a", "1")},
			wantKept: "a", want: []Change{{"b", Unlisted}},
		},
		"a changed model has a new pointer": {
			listed:   []*entities.RegisteredModel{newModel("a", "2"), newModel("b", "1")},
			wantKept: "b", want: []Change{{"a", Updated}},
		},
		"the later page wins": {
			listed:   []*entities.RegisteredModel{newModel("a", "1"), newModel("b", "1"), newModel("a", "2")},
			wantKept: "b", want: []Change{{"a", Updated}},
		},
		"the later page wins even if it is equal to the base": {
			listed:   []*entities.RegisteredModel{newModel("a", "2"), newModel("b", "1"), newModel("a", "1")},
			wantKept: "ab",
		},
		"an absent model is unlisted": {
			listed: []*entities.RegisteredModel{newModel("b", "1")}, wantKept: "b", want: []Change{{"a", Unlisted}},
		},
		"the same number of models is not the same list": {
			listed:   []*entities.RegisteredModel{newModel("b", "1"), newModel("c", "1")},
			wantKept: "b", want: []Change{{"a", Unlisted}, {"c", Added}},
		},
		"changes are sorted by name": {
			listed: []*entities.RegisteredModel{newModel("d", "1"), newModel("c", "1"), newModel("b", "2")},
			want:   []Change{{"a", Unlisted}, {"b", Updated}, {"c", Added}, {"d", Added}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := newListBuilder(old)
			d.addPage(test.listed...)
			d.addUnlisted()
			if diff := cmp.Diff(test.want, sortChanges(d.changes)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if kept := sharedNames(old.list, d.models); kept != test.wantKept {
				t.Errorf("kept pointers of %q, want %q", kept, test.wantKept)
			}
		})
	}
}

func TestListBuilderReset(t *testing.T) {
	d := newListBuilder(snapshotLayers{list: modelMap{"a": newModel("a", "1")}})
	d.addPage(newModel("a", "2"), newModel("b", "1"))
	d.reset()
	d.addPage(newModel("a", "1"))
	d.addUnlisted()
	if len(d.changes) != 0 || len(d.models) != 1 {
		t.Errorf("changes %v of %d models, want none of one", d.changes, len(d.models))
	}
}

// sharedNames returns the names of the models whose pointers two lists share.
func sharedNames(old, new modelMap) string {
	kept := ""
	for _, name := range []string{"a", "b"} {
		if after, ok := new[name]; ok && after == old[name] {
			kept += name
		}
	}
	return kept
}

// A poll of 10 000 unchanged models must cost little in comparison to decoding them.
func BenchmarkIdlePoll(b *testing.B) {
	s := newStore()
	listed := make([]*entities.RegisteredModel, 10_000)
	for i := range listed {
		listed[i] = newLargeModel("m" + strconv.Itoa(i))
	}
	round, d := s.beginList()
	d.addPage(listed...)
	s.commitList(round, d, containsAny)
	again := make([]*entities.RegisteredModel, len(listed))
	for i := range again {
		again[i] = newLargeModel(listed[i].Name)
	}
	for b.Loop() {
		round, d := s.beginList()
		d.addPage(again...)
		if changes, _ := s.commitList(round, d, containsAny); changes != nil {
			b.Fatal(changes)
		}
	}
}

// newLargeModel returns a model of the usual size: three aliases, five tags, two legacy stages.
func newLargeModel(name string) *entities.RegisteredModel {
	m := newModel(name, "7")
	m.Tags = map[string]string{"a": "1", "b": "2", "c": "3", "d": "4", "e": "5"}
	m.Aliases["staging"], m.Aliases["challenger"] = "9", "8"
	m.LatestVersions = []entities.ModelVersion{
		{Name: name, Version: "7", CurrentStage: entities.StageProduction, Tags: m.Tags},
		{Name: name, Version: "9", CurrentStage: entities.StageNone, Tags: m.Tags},
	}
	return m
}
