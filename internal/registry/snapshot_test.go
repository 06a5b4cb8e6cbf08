// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

func TestDraftSharesWhatDidNotChange(t *testing.T) {
	old := layers{list: models{"a": model("a", "1"), "b": model("b", "1")}}
	tests := map[string]struct {
		listed   []*entities.RegisteredModel
		wantKept string
		want     []Change
	}{
		"an equal list changes nothing": {
			listed:   []*entities.RegisteredModel{model("a", "1"), model("b", "1")},
			wantKept: "ab",
		},
		"a name on two pages counts once": {
			listed:   []*entities.RegisteredModel{model("a", "1"), model("a", "1"), model("b", "1")},
			wantKept: "ab",
		},
		"twice the same one is not the other": {
			listed:   []*entities.RegisteredModel{model("a", "1"), model("a", "1")},
			wantKept: "a", want: []Change{{"b", Absent}},
		},
		"a changed model is a new one": {
			listed:   []*entities.RegisteredModel{model("a", "2"), model("b", "1")},
			wantKept: "b", want: []Change{{"a", Updated}},
		},
		"the later page counts": {
			listed:   []*entities.RegisteredModel{model("a", "1"), model("b", "1"), model("a", "2")},
			wantKept: "b", want: []Change{{"a", Updated}},
		},
		"the later page counts where it is old": {
			listed:   []*entities.RegisteredModel{model("a", "2"), model("b", "1"), model("a", "1")},
			wantKept: "ab",
		},
		"one that is gone leaves another behind": {
			listed: []*entities.RegisteredModel{model("b", "1")}, wantKept: "b", want: []Change{{"a", Absent}},
		},
		"as many as before are not the same": {
			listed:   []*entities.RegisteredModel{model("b", "1"), model("c", "1")},
			wantKept: "b", want: []Change{{"a", Absent}, {"c", Added}},
		},
		"changes are sorted by name": {
			listed: []*entities.RegisteredModel{model("d", "1"), model("c", "1"), model("b", "2")},
			want:   []Change{{"a", Absent}, {"b", Updated}, {"c", Added}, {"d", Added}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDraft(old)
			d.add(test.listed...)
			d.finish()
			if diff := cmp.Diff(test.want, sorted(d.changes)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if kept := keptOf(old.list, d.models); kept != test.wantKept {
				t.Errorf("kept pointers of %q, want %q", kept, test.wantKept)
			}
		})
	}
}

func TestDraftThatIsResetForgets(t *testing.T) {
	d := newDraft(layers{list: models{"a": model("a", "1")}})
	d.add(model("a", "2"), model("b", "1"))
	d.reset()
	d.add(model("a", "1"))
	d.finish()
	if len(d.changes) != 0 || len(d.models) != 1 {
		t.Errorf("changes %v of %d models, want none of one", d.changes, len(d.models))
	}
}

// keptOf are the names whose pointers two lists share.
func keptOf(old, new models) string {
	kept := ""
	for _, name := range []string{"a", "b"} {
		if after, ok := new[name]; ok && after == old[name] {
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
	s.commit(round, d, everybody)
	again := make([]*entities.RegisteredModel, len(listed))
	for i := range again {
		again[i] = large(listed[i].Name)
	}
	for b.Loop() {
		round, d := s.begin()
		d.add(again...)
		if changes, _ := s.commit(round, d, everybody); changes != nil {
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
