// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// If the changed models of the old layers are replaced with those of the list, the result is the
// list, for any division into pages.
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
			t.Errorf("changes applied to the old layers (-list +got):\n%s", diff)
		}
		for name := range d.changes {
			if before, known := old.getModel(name); known && d.models[name] != nil && equalModels(before, d.models[name]) {
				t.Errorf("%s is reported as changed, but is equal", name)
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

// A field that equalModels forgets would be a change without an event: it must compare each
// field that the entities have now or in the future.
func TestEqualComparesEveryField(t *testing.T) {
	for field := range reflect.TypeFor[entities.RegisteredModel]().Fields() {
		t.Run(field.Name, func(t *testing.T) {
			a, b := &entities.RegisteredModel{}, &entities.RegisteredModel{}
			setNonZero(reflect.ValueOf(b).Elem().FieldByIndex(field.Index))
			if equalModels(a, b) {
				t.Errorf("a model with another %s is not equal", field.Name)
			}
		})
	}
	for field := range reflect.TypeFor[entities.ModelVersion]().Fields() {
		t.Run("version "+field.Name, func(t *testing.T) {
			a, b := newModelWithVersions(entities.ModelVersion{}), newModelWithVersions(entities.ModelVersion{})
			setNonZero(reflect.ValueOf(&b.LatestVersions[0]).Elem().FieldByIndex(field.Index))
			if equalModels(a, b) {
				t.Errorf("a version with another %s is not equal", field.Name)
			}
		})
	}
}

func TestEqualModels(t *testing.T) {
	one, two := entities.ModelVersion{Version: "1"}, entities.ModelVersion{Version: "2"}
	tests := map[string]struct {
		a, b *entities.RegisteredModel
		want bool
	}{
		"the order of versions is ignored":  {newModelWithVersions(one, two), newModelWithVersions(two, one), true},
		"an additional version is a change": {newModelWithVersions(one), newModelWithVersions(one, two), false},
		"nil tags equal empty tags":         {&entities.RegisteredModel{Tags: map[string]string{}}, &entities.RegisteredModel{}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := equalModels(test.a, test.b); got != test.want {
				t.Errorf("equal is %t, want %t", got, test.want)
			}
		})
	}
}

func newModelWithVersions(v ...entities.ModelVersion) *entities.RegisteredModel {
	return &entities.RegisteredModel{LatestVersions: v}
}

// setNonZero sets a field to a value that is not its zero value.
func setNonZero(v reflect.Value) {
	switch v.Kind() {
	case reflect.Int64:
		v.SetInt(1)
	case reflect.String:
		v.SetString("x")
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{"k": "v"}))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	default:
		panic("setNonZero does not support the kind " + v.Kind().String())
	}
}
