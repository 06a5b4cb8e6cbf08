// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/procfs"

	"github.com/neuronews/mlflow-registry-operator/test/mlflowserver"
)

// describeHost returns the machine and the software of this run.
func describeHost(ctx context.Context, root string, poll time.Duration) (hostInfo, error) {
	proc, err := procfs.NewDefaultFS()
	if err != nil {
		return hostInfo{}, fmt.Errorf("CPU time and memory are read from /proc, which only Linux has: %w", err)
	}
	memory, err := proc.Meminfo()
	if err != nil {
		return hostInfo{}, err
	}
	if memory.MemTotalBytes == nil {
		return hostInfo{}, errors.New("no MemTotal in /proc/meminfo")
	}
	return hostInfo{
		Commit:        describeCommit(ctx, root),
		Cores:         runtime.NumCPU(),
		MemoryGiB:     math.Round(float64(*memory.MemTotalBytes) / (1 << 30)),
		Platform:      runtime.GOOS + "/" + runtime.GOARCH,
		GoVersion:     runtime.Version(),
		MLflowVersion: mlflowserver.DefaultVersion,
		PollSeconds:   poll.Seconds(),
	}, nil
}

// describeCommit returns an empty string outside of a checkout.
func describeCommit(ctx context.Context, root string) string {
	command := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--exclude=*")
	command.Dir = root
	output, _ := command.Output()
	return strings.TrimSpace(string(output))
}

// listProcesses returns the processes of this machine. A process that exits while it is read
// is left out.
func listProcesses() ([]procfs.ProcStat, error) {
	proc, err := procfs.NewDefaultFS()
	if err != nil {
		return nil, err
	}
	return readProcesses(proc)
}

func readProcesses(proc procfs.FS) ([]procfs.ProcStat, error) {
	processes, err := proc.AllProcs()
	if err != nil {
		return nil, err
	}
	var all []procfs.ProcStat
	for _, p := range processes {
		if stat, err := p.Stat(); err == nil {
			all = append(all, stat)
		}
	}
	return all, nil
}

// clockTick is the unit of CPU time in /proc: the kernel reports 100 ticks per second on every
// architecture.
const clockTick = time.Second / 100

// cpuTime returns the CPU time of a process and of its children that have exited.
func cpuTime(p procfs.ProcStat) time.Duration {
	return time.Duration(int(p.UTime)+int(p.STime)+p.CUTime+p.CSTime) * clockTick
}

// sumTreeTime returns the CPU time of a process and of all processes below it.
func sumTreeTime(all []procfs.ProcStat, root int) time.Duration {
	var sum time.Duration
	for _, p := range all {
		if p.PID == root {
			sum += cpuTime(p)
		}
		if p.PPID == root {
			sum += sumTreeTime(all, p.PID)
		}
	}
	return sum
}

// listChildren returns the children of this process with a name.
func listChildren(all []procfs.ProcStat, name string) []int {
	var pids []int
	for _, p := range all {
		if p.PPID == os.Getpid() && p.Comm == name {
			pids = append(pids, p.PID)
		}
	}
	return pids
}

// recordMemory adds the resident memory of a process and its peak.
func recordMemory(r recorder, pid int) error {
	process, err := procfs.NewProc(pid)
	if err != nil {
		return err
	}
	status, err := process.NewStatus()
	if err != nil {
		return err
	}
	r.add("memory", "MiB", float64(status.VmRSS)/(1<<20))
	r.add("peak memory", "MiB", float64(status.VmHWM)/(1<<20))
	return nil
}

// harness names this process without its children.
const harness = "harness"

// readHarnessTime is more precise than /proc: the harness may use less than a clock tick.
func readHarnessTime() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, err
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}

// cpuMeter measures the CPU time of named process trees.
type cpuMeter struct {
	roots   map[string]int
	before  map[string]time.Duration
	started time.Time
}

func startMeter(roots map[string]int) (*cpuMeter, error) {
	m := &cpuMeter{roots: roots, started: time.Now()}
	var err error
	m.before, err = m.readTimes()
	return m, err
}

func (m *cpuMeter) readTimes() (map[string]time.Duration, error) {
	all, err := listProcesses()
	if err != nil {
		return nil, err
	}
	times := map[string]time.Duration{}
	for name, root := range m.roots {
		times[name] = sumTreeTime(all, root)
	}
	times[harness], err = readHarnessTime()
	return times, err
}

// readElapsed returns the CPU time since the start of the meter.
func (m *cpuMeter) readElapsed() (map[string]time.Duration, error) {
	now, err := m.readTimes()
	for name := range now {
		now[name] -= m.before[name]
	}
	return now, err
}
