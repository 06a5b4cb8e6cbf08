// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEachRoundBeginsWithAnotherContender(t *testing.T) {
	var got [][]string
	for round := range 5 {
		got = append(got, rotation([]string{"a", "b", "c", "d"}, round))
	}
	want := [][]string{
		{"a", "b", "c", "d"}, {"b", "c", "d", "a"}, {"c", "d", "a", "b"}, {"d", "a", "b", "c"}, {"a", "b", "c", "d"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDue(t *testing.T) {
	one, four := setup{Workers: 1, Models: 100}, setup{Workers: 4, Models: 100}
	for name, test := range map[string]struct {
		only      []string
		contender string
		setup     setup
		round     int
		want      bool
	}{
		"convergence is measured in every round":               {[]string{convergence}, script, four, 2, true},
		"idle needs all contenders, once":                      {[]string{idle}, script, one, 0, true},
		"and not again":                                        {[]string{idle}, script, one, 1, false},
		"others are watched idle with the first workers only":  {[]string{idle}, limit, four, 0, false},
		"the operator is watched idle with any":                {[]string{idle}, ours, four, 0, true},
		"a script puts nothing back that is moved while it is": {[]string{drift}, script, one, 0, false},
		"connections need no contender":                        {[]string{transport}, ours, one, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := &bench{settings: &settings{only: test.only, contenders: contenders, workers: []int{1, 4}}}
			if got := b.due(test.contender, test.setup, test.round); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestTheFastestMannerIsTheSimplestOfEquals(t *testing.T) {
	times := map[manner]time.Duration{}
	for _, m := range attempts {
		times[m] = 5
	}
	times[manner{inFlight: 2}], times[manner{inFlight: 4}], times[manner{4, true}] = 3, 3, 3
	if got := fastest(times); got != (manner{inFlight: 2}) {
		t.Errorf("got %s", got)
	}
}

func TestCalm(t *testing.T) {
	for name, test := range map[string]struct {
		used map[string]time.Duration
		want bool
	}{
		"a few percent of a core": {map[string]time.Duration{"mlflow": 10 * time.Millisecond, "etcd": 20 * time.Millisecond}, true},
		"one of them is busy":     {map[string]time.Duration{"mlflow": 10 * time.Millisecond, "kube-apiserver": time.Second}, false},
		"the harness may be":      {map[string]time.Duration{harness: time.Second}, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := calm(test.used); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
