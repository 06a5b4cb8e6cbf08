// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/neuronews/mlflow-registry-operator/test/mlflowserver"
)

// describe is what kind of machine this is, and what is measured on it.
func describe(ctx context.Context, root string, poll time.Duration) (about, error) {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return about{}, fmt.Errorf("processor time and memory are read from /proc, which only Linux has: %w", err)
	}
	var kib float64
	if _, err := fmt.Sscanf(string(text), "MemTotal: %f kB", &kib); err != nil {
		return about{}, err
	}
	return about{
		Commit:        commit(ctx, root),
		Cores:         runtime.NumCPU(),
		MemoryGiB:     math.Round(kib / (1 << 20)),
		Platform:      runtime.GOOS + "/" + runtime.GOARCH,
		GoVersion:     runtime.Version(),
		MLflowVersion: mlflowserver.DefaultVersion,
		PollSeconds:   poll.Seconds(),
	}, nil
}

// commit is empty outside of a checkout.
func commit(ctx context.Context, root string) string {
	command := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--exclude=*")
	command.Dir = root
	output, _ := command.Output()
	return strings.TrimSpace(string(output))
}
