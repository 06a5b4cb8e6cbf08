// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ticks is how often a second the kernel counts processor time; it tells programs 100 on
// every machine.
const ticks = 100

// process is a line of /proc.
type process struct {
	pid, parent int
	name        string
	// cpu is its own time and that of its children that have ended.
	cpu time.Duration
}

func processes() ([]process, error) {
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(paths) == 0 {
		return nil, fmt.Errorf("no processes under /proc, which only Linux has: %w", err)
	}
	var all []process
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		if p, err := parseStat(string(text)); err == nil {
			all = append(all, p)
		}
	}
	return all, nil
}

// parseStat reads what proc(5) describes. The name may hold spaces and parentheses.
func parseStat(text string) (process, error) {
	open, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return process{}, fmt.Errorf("no name in %q", text)
	}
	fields := strings.Fields(text[end+1:])
	if len(fields) < 15 {
		return process{}, fmt.Errorf("too few fields in %q", text)
	}
	numbers := make([]int, 0, 6)
	for _, field := range append([]string{strings.TrimSpace(text[:open]), fields[1]}, fields[11:15]...) {
		number, err := strconv.Atoi(field)
		if err != nil {
			return process{}, err
		}
		numbers = append(numbers, number)
	}
	used := numbers[2] + numbers[3] + numbers[4] + numbers[5]
	return process{
		pid: numbers[0], parent: numbers[1], name: text[open+1 : end],
		cpu: time.Duration(used) * time.Second / ticks,
	}, nil
}

// treeTime is the processor time of a process and of all below it.
func treeTime(all []process, root int) time.Duration {
	var sum time.Duration
	for _, p := range all {
		if p.pid == root {
			sum += p.cpu
		}
		if p.parent == root {
			sum += treeTime(all, p.pid)
		}
	}
	return sum
}

// children are the children of this process that have the name.
func children(all []process, name string) []int {
	var pids []int
	for _, p := range all {
		if p.parent == os.Getpid() && p.name == name {
			pids = append(pids, p.pid)
		}
	}
	return pids
}

// memory is a line of a process's status, such as VmRSS or VmHWM, in MiB.
func memory(pid int, line string) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(text), line+":")
	if !found {
		return 0, fmt.Errorf("no %s of process %d", line, pid)
	}
	kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	return kib / 1024, err
}

// harness is this process, without what it started.
const harness = "harness"

func ownTime() (time.Duration, error) {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0, err
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()), nil
}

// meter reads the processor time of named process trees.
type meter struct {
	roots  map[string]int
	before map[string]time.Duration
	began  time.Time
}

func newMeter(roots map[string]int) (*meter, error) {
	m := &meter{roots: roots, began: time.Now()}
	var err error
	m.before, err = m.read()
	return m, err
}

func (m *meter) read() (map[string]time.Duration, error) {
	all, err := processes()
	if err != nil {
		return nil, err
	}
	times := map[string]time.Duration{}
	for name, root := range m.roots {
		times[name] = treeTime(all, root)
	}
	times[harness], err = ownTime()
	return times, err
}

// used is the processor time since the meter was made.
func (m *meter) used() (map[string]time.Duration, error) {
	now, err := m.read()
	for name := range now {
		now[name] -= m.before[name]
	}
	return now, err
}
