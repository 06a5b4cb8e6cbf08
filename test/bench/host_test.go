// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/procfs"
)

// fakeProc returns a /proc with a file stat for each process.
func fakeProc(t *testing.T, stats map[int]string) procfs.FS {
	t.Helper()
	root := t.TempDir()
	for pid, stat := range stats {
		dir := filepath.Join(root, strconv.Itoa(pid))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "stat"), []byte(stat), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	proc, err := procfs.NewFS(root)
	if err != nil {
		t.Fatal(err)
	}
	return proc
}

func TestReadProcesses(t *testing.T) {
	// 100 + 20 ticks of its own, 3 + 4 of children that have exited.
	const stat = "4711 (odd) name (x)) S 42 4711 4711 0 -1 4194304 1 2 3 4 100 20 3 4 20 0 1 0 99 1000 50" +
		" 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0"
	all, err := readProcesses(fakeProc(t, map[int]string{
		4711: stat,
		// Unreadable processes are left out.
		1: "", 2: "1 sh S 1", 3: "1 (sh) S 1 2", 4: "4 (sh) S x 4711 4711 0 -1 4194304 1 2 3 4 100 20 3 4 20",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 {
		t.Fatalf("got %d processes, want 1", len(all))
	}
	p := all[0]
	if p.PID != 4711 || p.PPID != 42 || p.Comm != "odd) name (x)" || cpuTime(p) != 1270*time.Millisecond {
		t.Errorf("got pid %d, parent %d, name %q, CPU time %s", p.PID, p.PPID, p.Comm, cpuTime(p))
	}
}

func TestSumTreeTime(t *testing.T) {
	all := []procfs.ProcStat{
		{PID: 1, UTime: 100_000}, {PID: 2, PPID: 1, UTime: 1}, {PID: 3, PPID: 2, STime: 10},
		{PID: 4, PPID: 3, CUTime: 100}, {PID: 5, PPID: 1, CSTime: 1000},
	}
	if got, want := sumTreeTime(all, 2), 111*clockTick; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestListChildren(t *testing.T) {
	all := []procfs.ProcStat{
		{PID: 7, PPID: os.Getpid(), Comm: "etcd"}, {PID: 8, PPID: os.Getpid(), Comm: "sh"}, {PID: 9, PPID: 1, Comm: "etcd"},
	}
	if diff := cmp.Diff([]int{7}, listChildren(all, "etcd")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
