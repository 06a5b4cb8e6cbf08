// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kubeutil

import (
	"strings"
	"testing"
	"unicode/utf8"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

func TestReconcileRequestedAtFitsTheStatus(t *testing.T) {
	for name, annotation := range map[string]string{
		"a time":                        "2026-05-03",
		"a long text":                   strings.Repeat("x", 300),
		"a long text in two-byte runes": "x" + strings.Repeat("ä", 300),
		"no annotation":                 "",
	} {
		t.Run(name, func(t *testing.T) {
			p := builder.Promotion("p").Build()
			p.Annotations = map[string]string{v1alpha1.ReconcileRequestedAtAnnotation: annotation}
			got := ReconcileRequestedAt(p)
			if !utf8.ValidString(got) || utf8.RuneCountInString(got) > 256 || len(annotation) <= 256 && got != annotation {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestSpecOrAnnotationChanged(t *testing.T) {
	object := func(generation int64, requested string) client.Object {
		p := builder.Promotion("production").Build()
		p.Generation = generation
		p.Annotations = map[string]string{v1alpha1.ReconcileRequestedAtAnnotation: requested, "other": requested}
		return p
	}
	for name, test := range map[string]struct{ got, want bool }{
		"an edit":         {SpecOrAnnotationChanged.Update(event.UpdateEvent{ObjectOld: object(1, ""), ObjectNew: object(2, "")}), true},
		"a request":       {SpecOrAnnotationChanged.Update(event.UpdateEvent{ObjectOld: object(1, "a"), ObjectNew: object(1, "b")}), true},
		"a status update": {SpecOrAnnotationChanged.Update(event.UpdateEvent{ObjectOld: object(1, "a"), ObjectNew: object(1, "a")}), false},
		"a creation":      {SpecOrAnnotationChanged.Create(event.CreateEvent{Object: object(1, "")}), false},
		"a deletion":      {SpecOrAnnotationChanged.Delete(event.DeleteEvent{Object: object(1, "")}), false},
	} {
		t.Run(name, func(t *testing.T) {
			if test.got != test.want {
				t.Errorf("%t, want %t", test.got, test.want)
			}
		})
	}
}

func TestOrphanRequested(t *testing.T) {
	kept := builder.ModelVersion("april").Build()
	orphaned := kept.DeepCopy()
	orphaned.Annotations = map[string]string{v1alpha1.OrphanOnDeleteAnnotation: "true"}
	declined := kept.DeepCopy()
	declined.Annotations = map[string]string{v1alpha1.OrphanOnDeleteAnnotation: "false"}
	for name, test := range map[string]struct {
		before, after client.Object
		want          bool
	}{
		"the annotation is added": {kept, orphaned, true},
		"the annotation is kept":  {orphaned, orphaned, false},
		"another value":           {kept, declined, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := OrphanRequested.Update(event.UpdateEvent{ObjectOld: test.before, ObjectNew: test.after}); got != test.want {
				t.Errorf("%t, want %t", got, test.want)
			}
		})
	}
}
