// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelclass

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// TestMergeRetention and never less than its class says.
func TestMergeRetention(t *testing.T) {
	keep := builder.KeepLatest
	for name, test := range map[string]struct{ class, own, want *builder.RetentionBuilder }{
		"neither says anything":      {},
		"the class alone":            {class: keep(3).DeleteOthers().KeepTagged("a"), want: keep(3).DeleteOthers().KeepTagged("a")},
		"the model alone":            {own: keep(3).DeleteOthers(), want: keep(3).DeleteOthers()},
		"the model keeps more":       {class: keep(3).DeleteOthers(), own: keep(5).DeleteOthers(), want: keep(5).DeleteOthers()},
		"the model would keep fewer": {class: keep(5).DeleteOthers(), own: keep(3).DeleteOthers(), want: keep(5).DeleteOthers()},
		"the model would delete":     {class: keep(3).ArchiveOthers(), own: keep(3).DeleteOthers(), want: keep(3).ArchiveOthers()},
		"the class would delete":     {class: keep(3).DeleteOthers(), own: keep(3).ArchiveOthers(), want: keep(3).ArchiveOthers()},
		"the action is not said":     {class: keep(3).DeleteOthers(), own: keep(3), want: keep(3).ArchiveOthers()},
		"each has tags, of which one is the same": {
			class: keep(3).ArchiveOthers().KeepTagged("a", "b"), own: keep(3).ArchiveOthers().KeepTagged("c", "b"), want: keep(3).ArchiveOthers().KeepTagged("a", "b", "c"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			class, own := newClass().Build(), newModel().Build()
			class.Spec.Retention, own.Spec.Retention = test.class.Build(), test.own.Build()
			before := class.DeepCopy()
			got, problems := Merge(class, own)
			if diff := cmp.Diff(test.want.Build(), got.Retention); diff != "" || len(problems) > 0 {
				t.Errorf("problems %v, retention (-want +got):\n%s", problems, diff)
			}
			if diff := cmp.Diff(before, class); diff != "" {
				t.Errorf("the class was changed (-before +after):\n%s", diff)
			}
		})
	}
	own := newModel().Build()
	own.Spec.Retention = keep(7).Build()
	if got, _ := Merge(nil, own); got.Retention.KeepLatest != 7 {
		t.Errorf("without a class: %+v", got.Retention)
	}
}
