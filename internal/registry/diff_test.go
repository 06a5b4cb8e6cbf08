// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

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
func TestChangesLeadFromOldToNew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old := layers{list: champions(t, "list"), over: champions(t, "over")}
		for name := range old.over {
			if rapid.Bool().Draw(t, "gone") {
				old.over[name] = nil
			}
		}
		d := newDraft(old)
		for range rapid.IntRange(0, 3).Draw(t, "pages") {
			d.add(slices.Collect(maps.Values(champions(t, "page")))...)
		}
		d.finish()
		got := models{}
		for name := range old.names {
			got[name], _ = old.model(name)
		}
		for name := range d.changes {
			got[name] = d.models[name]
		}
		maps.DeleteFunc(got, func(_ string, m *entities.RegisteredModel) bool { return m == nil })
		if diff := cmp.Diff(d.models, got); diff != "" {
			t.Errorf("applied to what was known (-list +got):\n%s", diff)
		}
		for name := range d.changes {
			if before, known := old.model(name); known && d.models[name] != nil && equal(before, d.models[name]) {
				t.Errorf("%s is no change", name)
			}
		}
	})
}

func champions(t *rapid.T, label string) models {
	versions := rapid.MapOf(
		rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}),
		rapid.SampledFrom([]string{"1", "2"}),
	).Draw(t, label)
	all := models{}
	for name, version := range versions {
		all[name] = model(name, version)
	}
	return all
}
