// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"strconv"
	"testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

func TestDraftSharesWhatDidNotChange(t *testing.T) {
	old := NewSnapshot(model("a", "1"), model("b", "1"))
	tests := map[string]struct {
		listed   []*entities.RegisteredModel
		wantSame bool
		wantKept string
	}{
		"an equal list is the old snapshot": {
			listed:   []*entities.RegisteredModel{model("a", "1"), model("b", "1")},
			wantSame: true, wantKept: "ab",
		},
		"a name on two pages counts once": {
			listed:   []*entities.RegisteredModel{model("a", "1"), model("a", "1"), model("b", "1")},
			wantSame: true, wantKept: "ab",
		},
		"twice the same one is not the other": {
			listed:   []*entities.RegisteredModel{model("a", "1"), model("a", "1")},
			wantKept: "a",
		},
		"a changed model is a new one": {
			listed:   []*entities.RegisteredModel{model("a", "2"), model("b", "1")},
			wantKept: "b",
		},
		"the later page counts": {
			listed:   []*entities.RegisteredModel{model("a", "1"), model("b", "1"), model("a", "2")},
			wantKept: "b",
		},
		"the later page counts where it is old": {
			listed:   []*entities.RegisteredModel{model("a", "2"), model("b", "1"), model("a", "1")},
			wantSame: true, wantKept: "ab",
		},
		"one that is gone leaves another behind": {listed: []*entities.RegisteredModel{model("b", "1")}, wantKept: "b"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDraft(old)
			d.add(test.listed...)
			got := d.finish()
			if same := got == old; same != test.wantSame {
				t.Errorf("same snapshot is %t, want %t", same, test.wantSame)
			}
			if kept := keptOf(old, got); kept != test.wantKept {
				t.Errorf("kept pointers of %q, want %q", kept, test.wantKept)
			}
		})
	}
}

// keptOf are the names whose pointers two snapshots share.
func keptOf(old, new *Snapshot) string {
	kept := ""
	for _, name := range []string{"a", "b"} {
		before, _ := old.Model(name)
		if after, ok := new.Model(name); ok && after == before {
			kept += name
		}
	}
	return kept
}

// An idle poll of 10 000 models has to cost next to nothing beside their decoding.
func BenchmarkIdlePoll(b *testing.B) {
	s := newStore()
	listed := make([]*entities.RegisteredModel, 10_000)
	for i := range listed {
		listed[i] = large("m" + strconv.Itoa(i))
	}
	round, d := s.begin()
	d.add(listed...)
	s.commit(round, d)
	again := make([]*entities.RegisteredModel, len(listed))
	for i := range again {
		again[i] = large(listed[i].Name)
	}
	for b.Loop() {
		round, d := s.begin()
		d.add(again...)
		if changes, _ := s.commit(round, d); changes != nil {
			b.Fatal(changes)
		}
	}
}

// large is a model of the usual size: three aliases, five tags, two stages.
func large(name string) *entities.RegisteredModel {
	m := model(name, "7")
	m.Tags = map[string]string{"a": "1", "b": "2", "c": "3", "d": "4", "e": "5"}
	m.Aliases["staging"], m.Aliases["challenger"] = "9", "8"
	m.LatestVersions = []entities.ModelVersion{
		{Name: name, Version: "7", CurrentStage: entities.StageProduction, Tags: m.Tags},
		{Name: name, Version: "9", CurrentStage: entities.StageNone, Tags: m.Tags},
	}
	return m
}
