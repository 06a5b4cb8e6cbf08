// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"
)

const (
	// A server that answers is not yet one that rests: an API server goes on starting for some
	// seconds. At rest all of them together take a few percent of a core.
	calmWindow = 500 * time.Millisecond
	calmShare  = 0.2
	// calmPatience is for a machine on which they never come to rest.
	calmPatience = 20 * time.Second
)

// calmDown waits until what was started for a turn rests.
func calmDown(ctx context.Context, roots map[string]int) error {
	for deadline := time.Now().Add(calmPatience); time.Now().Before(deadline); {
		m, err := newMeter(roots)
		if err != nil {
			return err
		}
		if err := sleep(ctx, calmWindow); err != nil {
			return err
		}
		used, err := m.used()
		if err != nil {
			return err
		}
		if calm(used) {
			return nil
		}
	}
	return nil
}

// calm leaves out the harness, which is whom the others wait for.
func calm(used map[string]time.Duration) bool {
	var total time.Duration
	for name, busy := range used {
		if name != harness {
			total += busy
		}
	}
	return total.Seconds() < calmShare*calmWindow.Seconds()
}
