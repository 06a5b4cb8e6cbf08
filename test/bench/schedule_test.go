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

func TestTheFastestConcurrencyIsTheLowestOfEquals(t *testing.T) {
	got := fastest(map[int]time.Duration{1: 4, 2: 3, 4: 3, 8: 5})
	if got != 2 {
		t.Errorf("got %d, want 2", got)
	}
}
