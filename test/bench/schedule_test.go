// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRotateSubjects(t *testing.T) {
	var got [][]string
	for round := range 5 {
		got = append(got, rotateSubjects([]string{"a", "b", "c", "d"}, round))
	}
	want := [][]string{
		{"a", "b", "c", "d"}, {"b", "c", "d", "a"}, {"c", "d", "a", "b"}, {"d", "a", "b", "c"}, {"a", "b", "c", "d"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestIsDue(t *testing.T) {
	one, four := setup{Workers: 1, Models: 100}, setup{Workers: 4, Models: 100}
	for name, test := range map[string]struct {
		measures []string
		subject  string
		setup    setup
		round    int
		want     bool
	}{
		"convergence: every round":                                   {[]string{convergence}, scriptName, four, 2, true},
		"idle: all subjects in the first round":                      {[]string{idle}, scriptName, one, 0, true},
		"idle: not in later rounds":                                  {[]string{idle}, scriptName, one, 1, false},
		"idle: other subjects with the first number of workers only": {[]string{idle}, limitName, four, 0, false},
		"idle: the operator with any number of workers":              {[]string{idle}, operatorName, four, 0, true},
		"drift: not the script, which does not revert":               {[]string{drift}, scriptName, one, 0, false},
		"transport: no subject":                                      {[]string{transport}, operatorName, one, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := &bench{settings: &settings{measures: test.measures, subjects: subjectNames, workers: []int{1, 4}}}
			if got := b.isDue(test.subject, test.setup, test.round); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestSelectFastestPrefersTheSimplest(t *testing.T) {
	times := map[clientConfig]time.Duration{}
	for _, m := range clientConfigs {
		times[m] = 5
	}
	times[clientConfig{inFlight: 2}], times[clientConfig{inFlight: 4}], times[clientConfig{4, true}] = 3, 3, 3
	if got := selectFastest(times); got != (clientConfig{inFlight: 2}) {
		t.Errorf("got %s", got)
	}
}

func TestIsQuiet(t *testing.T) {
	for name, test := range map[string]struct {
		used map[string]time.Duration
		want bool
	}{
		"a few percent of a core": {map[string]time.Duration{"mlflow": 10 * time.Millisecond, "etcd": 20 * time.Millisecond}, true},
		"a busy process":          {map[string]time.Duration{"mlflow": 10 * time.Millisecond, "kube-apiserver": time.Second}, false},
		"a busy harness":          {map[string]time.Duration{harness: time.Second}, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := isQuiet(test.used); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
