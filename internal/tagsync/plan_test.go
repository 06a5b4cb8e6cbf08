// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package tagsync

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPlanChanges(t *testing.T) {
	type tags = map[string]string
	for name, test := range map[string]struct {
		current, desired Metadata
		managed          []string
		want             string
		wantManaged      []string
	}{
		"nothing is declared": {current: Metadata{Description: "old", Tags: tags{"a": "1"}}},
		"a new tag": {
			desired: Metadata{Tags: tags{"a": "1"}}, want: `tags/a from "" to "1"`, wantManaged: []string{"a"},
		},
		"a changed tag of another user": {
			current: Metadata{Tags: tags{"a": "1"}}, desired: Metadata{Tags: tags{"a": "2"}},
			want: `tags/a from "1" to "2"`, wantManaged: []string{"a"},
		},
		"an equal tag of another user is not managed": {
			current: Metadata{Tags: tags{"a": "1"}}, desired: Metadata{Tags: tags{"a": "1"}},
		},
		"a managed tag that is no longer declared": {
			current: Metadata{Tags: tags{"a": "1", "b": "2"}}, managed: []string{"a"},
			want: `tags/a from "1" to ""`, wantManaged: []string{"a"},
		},
		"a managed tag that another user removed": {managed: []string{"a"}},
		"a description, after the tags in order": {
			current: Metadata{Description: "old"}, desired: Metadata{Description: "new", Tags: tags{"b": "2", "a": "1"}},
			want:        `tags/a from "" to "1", tags/b from "" to "2", description from "old" to "new"`,
			wantManaged: []string{"a", "b"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			plan := PlanChanges(test.current, test.desired, test.managed)
			if got := DescribeChanges(plan); got != test.want {
				t.Errorf("changes %s, want %s", got, test.want)
			}
			got := ManagedKeys(test.current, test.desired, test.managed, plan)
			if diff := cmp.Diff(test.wantManaged, got); diff != "" {
				t.Errorf("managed keys (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNewNotPersistedError(t *testing.T) {
	err := NewNotPersistedError(Change{Kind: SetTag, Key: "a", Current: "1", Desired: "2"})
	if want := `MLflow accepted tags/a and shows "1", not "2"`; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}
