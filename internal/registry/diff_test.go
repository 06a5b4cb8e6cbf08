// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

func TestDiff(t *testing.T) {
	type models = []*entities.RegisteredModel
	tests := map[string]struct {
		old, new models
		want     []Change
	}{
		"nothing was and nothing is":         {},
		"the same models are no change":      {old: models{model("a", "1")}, new: models{model("a", "1")}},
		"a new model is added":               {new: models{model("a", "1")}, want: []Change{{"a", Added}}},
		"a moved alias is an update":         {old: models{model("a", "1")}, new: models{model("a", "2")}, want: []Change{{"a", Updated}}},
		"a model that isn't shown is absent": {old: models{model("a", "1")}, want: []Change{{"a", Absent}}},
		"changes are sorted by name": {
			old:  models{model("d", "1"), model("c", "1"), model("b", "1")},
			new:  models{model("d", "2"), model("b", "1"), model("a", "1")},
			want: []Change{{"a", Added}, {"c", Absent}, {"d", Updated}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := Diff(NewSnapshot(test.old...), NewSnapshot(test.new...))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("Diff (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDiffOfNoSnapshot(t *testing.T) {
	want := []Change{{"a", Added}}
	if diff := cmp.Diff(want, Diff(nil, NewSnapshot(model("a", "1")))); diff != "" {
		t.Errorf("Diff from nil (-want +got):\n%s", diff)
	}
}

// Taking the named models of the new snapshot, and no others, turns the old into the new.
func TestDiffLeadsFromOldToNew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, new := snapshots().Draw(t, "old"), snapshots().Draw(t, "new")
		changes := Diff(old, new)
		overlay := map[string]*entities.RegisteredModel{}
		for _, change := range changes {
			overlay[change.Name], _ = new.Model(change.Name)
		}
		if diff := cmp.Diff(new.all(), old.fold(overlay).all()); diff != "" {
			t.Errorf("applied to old (-new +got):\n%s", diff)
		}
		if !slices.IsSortedFunc(changes, func(a, b Change) int { return strings.Compare(a.Name, b.Name) }) {
			t.Errorf("not sorted: %v", changes)
		}
	})
}

func snapshots() *rapid.Generator[*Snapshot] {
	return rapid.Custom(func(t *rapid.T) *Snapshot {
		champions := rapid.MapOf(
			rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}),
			rapid.SampledFrom([]string{"1", "2"}),
		).Draw(t, "champions")
		d := newDraft(nil)
		for name, version := range champions {
			d.add(model(name, version))
		}
		return d.finish()
	})
}
