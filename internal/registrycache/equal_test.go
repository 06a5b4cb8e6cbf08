// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"reflect"
	"testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// A field that equal forgets would be a change that nobody is woken for: each
// field that the entities have now, or get one day, has to count.
func TestEqualComparesEveryField(t *testing.T) {
	for field := range reflect.TypeFor[entities.RegisteredModel]().Fields() {
		t.Run(field.Name, func(t *testing.T) {
			a, b := &entities.RegisteredModel{}, &entities.RegisteredModel{}
			fill(reflect.ValueOf(b).Elem().FieldByIndex(field.Index))
			if equalModels(a, b) {
				t.Errorf("a model with another %s is not equal", field.Name)
			}
		})
	}
	for field := range reflect.TypeFor[entities.ModelVersion]().Fields() {
		t.Run("version "+field.Name, func(t *testing.T) {
			a, b := newModelWithVersions(entities.ModelVersion{}), newModelWithVersions(entities.ModelVersion{})
			fill(reflect.ValueOf(&b.LatestVersions[0]).Elem().FieldByIndex(field.Index))
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
		"the order of versions means nothing": {newModelWithVersions(one, two), newModelWithVersions(two, one), true},
		"a version more is a difference":      {newModelWithVersions(one), newModelWithVersions(one, two), false},
		"no tags are empty tags":              {&entities.RegisteredModel{Tags: map[string]string{}}, &entities.RegisteredModel{}, true},
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

// fill gives a field a value that isn't its zero.
func fill(v reflect.Value) {
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
		panic("teach fill the kind " + v.Kind().String())
	}
}
