// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package reconciler

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

func TestRunPhases(t *testing.T) {
	newPhase := func(name string, result Result, next ...Phase[*[]string]) Phase[*[]string] {
		p := Phase[*[]string]{Condition: name, Run: func(_ context.Context, ran *[]string) Result {
			*ran = append(*ran, name)
			return result
		}}
		if next != nil {
			p.Next = func(*[]string) []Phase[*[]string] { return next }
		}
		return p
	}
	wait := Waiting(v1alpha1.ReasonProgressing, "wait", 0)
	for name, test := range map[string]struct {
		phases        []Phase[*[]string]
		want          Result
		wantCondition string
		wantRan       []string
	}{
		"no phase": {want: Continue()},
		"all phases in order": {
			phases: []Phase[*[]string]{newPhase("a", Continue()), newPhase("b", Continue())},
			want:   Continue(), wantRan: []string{"a", "b"},
		},
		"none after one that ends the reconcile": {
			phases: []Phase[*[]string]{newPhase("a", wait), newPhase("b", Continue())},
			want:   wait, wantCondition: "a", wantRan: []string{"a"},
		},
		"the phases that one picks, and then the others": {
			phases: []Phase[*[]string]{newPhase("a", Continue(), newPhase("next", Continue())), newPhase("b", Continue())},
			want:   Continue(), wantRan: []string{"a", "next", "b"},
		},
		"a phase that was picked can end the reconcile": {
			phases: []Phase[*[]string]{newPhase("a", Continue(), newPhase("next", wait)), newPhase("b", Continue())},
			want:   wait, wantCondition: "next", wantRan: []string{"a", "next"},
		},
		"the shortest delay of those that continue": {
			phases: []Phase[*[]string]{
				newPhase("a", Continue().WithRequeueAfter(time.Hour), newPhase("next", Continue().WithRequeueAfter(time.Minute))),
				newPhase("b", Continue().WithRequeueAfter(2*time.Minute)), newPhase("c", Continue()),
			},
			want: Continue().WithRequeueAfter(time.Minute), wantRan: []string{"a", "next", "b", "c"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var ran []string
			got, condition := RunPhases(t.Context(), &ran, test.phases)
			if got != test.want || condition != test.wantCondition {
				t.Errorf("got %+v at %q, want %+v at %q", got, condition, test.want, test.wantCondition)
			}
			if diff := cmp.Diff(test.wantRan, ran); diff != "" {
				t.Errorf("phases (-want +got):\n%s", diff)
			}
		})
	}
}
