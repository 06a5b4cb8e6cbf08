// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// newPinned is a pin of version 2 with baseline 1.
func newPinned(change func(*v1alpha1.Candidate)) *v1alpha1.Candidate {
	pin := newCandidate("2")
	pin.RunID, pin.LoggedModelID, pin.Source = "run", "m-2", "models:/m-2"
	pin.BaselineVersion, pin.Generation = "1", generation
	if change != nil {
		change(pin)
	}
	return pin
}

func TestNewPin(t *testing.T) {
	replacing := func(version v1alpha1.Version) *v1alpha1.Candidate {
		return newPinned(func(c *v1alpha1.Candidate) { c.BaselineVersion = version })
	}
	for name, test := range map[string]struct {
		state  State
		before *v1alpha1.Candidate
		want   *v1alpha1.Candidate
	}{
		"the current version is the baseline": {state: newState("1", "2"), want: replacing("1")},
		"the pinned baseline is kept once the alias has moved": {
			state: newState("2", "2"), before: replacing("1"), want: replacing("1"),
		},
		"without a pin the baseline is not known": {state: newState("2", "2"), want: replacing("")},
		"while the alias has not moved, the snapshot decides": {
			state: newState("3", "2"), before: replacing("1"), want: replacing("3"),
		},
		"a pin of an earlier generation does not count": {
			state: newState("2", "2"), before: newPinned(func(c *v1alpha1.Candidate) { c.Generation = 4 }), want: replacing(""),
		},
		"a pin of another version does not count": {
			state: newState("2", "2"), before: newPinned(func(c *v1alpha1.Candidate) { c.Version = "3" }), want: replacing(""),
		},
		"a pin of another artifact does not count": {
			state:  newState("2", "2"),
			before: newPinned(func(c *v1alpha1.Candidate) { c.VersionCreationTimestamp++ }), want: replacing(""),
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := test.state
			s.Version, s.Object.Status.Candidate = newVersion("2"), test.before
			s.Version.RunID, s.Version.Source = "run", "models:/m-2"
			if diff := cmp.Diff(test.want, newPin(s)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNewPinTruncatesSource(t *testing.T) {
	for name, source := range map[string]string{
		"anything":           strings.Repeat("x", 2000),
		"no character apart": "x" + strings.Repeat("ä", 2000),
	} {
		t.Run(name, func(t *testing.T) {
			s := newState("1", "2").withChange(readVersion)
			s.Version.Source = source
			got := newPin(s).Source
			if !utf8.ValidString(got) || utf8.RuneCountInString(got) > 1024 || got[:500] != source[:500] {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestIsRecreated(t *testing.T) {
	for name, test := range map[string]struct {
		before *v1alpha1.Candidate
		want   bool
	}{
		"nothing was pinned":                  {},
		"the same artifact":                   {before: newPinned(nil)},
		"the version is another one":          {before: newPinned(func(c *v1alpha1.Candidate) { c.VersionCreationTimestamp-- }), want: true},
		"the model is another one":            {before: newPinned(func(c *v1alpha1.Candidate) { c.ModelCreationTimestamp-- }), want: true},
		"pinned for another generation":       {before: newPinned(func(c *v1alpha1.Candidate) { c.Generation--; c.VersionCreationTimestamp-- })},
		"another number":                      {before: newPinned(func(c *v1alpha1.Candidate) { c.VersionCreationTimestamp--; c.Version = "3" })},
		"it did not exist when it was pinned": {before: newPinned(func(c *v1alpha1.Candidate) { c.VersionCreationTimestamp = 0 })},
	} {
		t.Run(name, func(t *testing.T) {
			if got := isRecreated(test.before, newPinned(nil)); got != test.want {
				t.Errorf("%t, want %t", got, test.want)
			}
		})
	}
}
