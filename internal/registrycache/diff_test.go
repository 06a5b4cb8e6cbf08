// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Taking the named models of the list, and no others, turns what was known into what it
// shows, whatever the pages that it came in.
func TestChangesDescribeTheDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old := snapshotLayers{list: drawModels(t, "list"), overrides: drawModels(t, "over")}
		for name := range old.overrides {
			if rapid.Bool().Draw(t, "gone") {
				old.overrides[name] = nil
			}
		}
		d := newListBuilder(old)
		for range rapid.IntRange(0, 3).Draw(t, "pages") {
			d.addPage(slices.Collect(maps.Values(drawModels(t, "page")))...)
		}
		d.addUnlisted()
		got := modelMap{}
		for name := range old.eachName {
			got[name], _ = old.getModel(name)
		}
		for name := range d.changes {
			got[name] = d.models[name]
		}
		maps.DeleteFunc(got, func(_ string, m *entities.RegisteredModel) bool { return m == nil })
		if diff := cmp.Diff(d.models, got); diff != "" {
			t.Errorf("applied to what was known (-list +got):\n%s", diff)
		}
		for name := range d.changes {
			if before, known := old.getModel(name); known && d.models[name] != nil && equalModels(before, d.models[name]) {
				t.Errorf("%s is no change", name)
			}
		}
	})
}

func drawModels(t *rapid.T, label string) modelMap {
	versions := rapid.MapOf(
		rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}),
		rapid.SampledFrom([]string{"1", "2"}),
	).Draw(t, label)
	all := modelMap{}
	for name, version := range versions {
		all[name] = newModel(name, version)
	}
	return all
}
