// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package inheritance

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// TestAModelKeepsWhatEitherKeeps and never less than its class says.
func TestAModelKeepsWhatEitherKeeps(t *testing.T) {
	keep := builder.Newest
	for name, test := range map[string]struct{ class, own, want *builder.RetentionBuilder }{
		"neither says anything":      {},
		"the class alone":            {class: keep(3).Delete().Tags("a"), want: keep(3).Delete().Tags("a")},
		"the model alone":            {own: keep(3).Delete(), want: keep(3).Delete()},
		"the model keeps more":       {class: keep(3).Delete(), own: keep(5).Delete(), want: keep(5).Delete()},
		"the model would keep fewer": {class: keep(5).Delete(), own: keep(3).Delete(), want: keep(5).Delete()},
		"the model would delete":     {class: keep(3).Archive(), own: keep(3).Delete(), want: keep(3).Archive()},
		"the class would delete":     {class: keep(3).Delete(), own: keep(3).Archive(), want: keep(3).Archive()},
		"the action is not said":     {class: keep(3).Delete(), own: keep(3), want: keep(3).Archive()},
		"each has tags, of which one is the same": {
			class: keep(3).Archive().Tags("a", "b"), own: keep(3).Archive().Tags("c", "b"), want: keep(3).Archive().Tags("a", "b", "c"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			class, own := standard().Build(), model().Build()
			class.Spec.Retention, own.Spec.Retention = test.class.Build(), test.own.Build()
			before := class.DeepCopy()
			got, problems := Inherit(class, own)
			if diff := cmp.Diff(test.want.Build(), got.Retention); diff != "" || len(problems) > 0 {
				t.Errorf("problems %v, retention (-want +got):\n%s", problems, diff)
			}
			if diff := cmp.Diff(before, class); diff != "" {
				t.Errorf("the class was changed (-before +after):\n%s", diff)
			}
		})
	}
	own := model().Build()
	own.Spec.Retention = keep(7).Build()
	if got, _ := Inherit(nil, own); got.Retention.KeepLatest != 7 {
		t.Errorf("without a class: %+v", got.Retention)
	}
}
