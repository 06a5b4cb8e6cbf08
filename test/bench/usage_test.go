// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseStat(t *testing.T) {
	// 100 + 20 ticks of its own, 3 + 4 of children that have ended.
	const line = "4711 (odd) name (x)) S 42 4711 4711 0 -1 4194304 1 2 3 4 100 20 3 4 20 0 1 0 99 1000 50"
	got, err := parseStat(line)
	if err != nil {
		t.Fatal(err)
	}
	want := process{pid: 4711, parent: 42, name: "odd) name (x)", cpu: 1270 * time.Millisecond}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(process{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, broken := range []string{"", "1 sh S 1", "1 (sh) S 1 2", "x (sh) S 42 4711 4711 0 -1 4194304 1 2 3 4 100 20 3 4 20"} {
		if _, err := parseStat(broken); err == nil {
			t.Errorf("%q was taken", broken)
		}
	}
}

func TestTheTimeOfATreeIsThatOfAllBelowIt(t *testing.T) {
	all := []process{
		{pid: 1, cpu: time.Hour}, {pid: 2, parent: 1, cpu: 1}, {pid: 3, parent: 2, cpu: 10},
		{pid: 4, parent: 3, cpu: 100}, {pid: 5, parent: 1, cpu: 1000},
	}
	if got := treeTime(all, 2); got != 111 {
		t.Errorf("got %d, want 111", got)
	}
}

func TestChildrenAreThoseOfThisProcess(t *testing.T) {
	all := []process{
		{pid: 7, parent: os.Getpid(), name: "etcd"}, {pid: 8, parent: os.Getpid(), name: "sh"}, {pid: 9, parent: 1, name: "etcd"},
	}
	if diff := cmp.Diff([]int{7}, children(all, "etcd")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
