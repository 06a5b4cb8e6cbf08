// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package reconciler

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestWithGracePeriod(t *testing.T) {
	tests := map[string]struct {
		wait, stop time.Duration
		want       bool
	}{
		"sets no limit while the parent lives": {wait: time.Hour, stop: 2 * time.Hour, want: true},
		"continues for the grace period":       {wait: time.Minute + 4*time.Second, stop: time.Minute, want: true},
		"ends after that":                      {wait: time.Minute + 6*time.Second, stop: time.Minute},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				parent, stop := context.WithTimeout(t.Context(), test.stop)
				defer stop()
				ctx, cancel := WithGracePeriod(parent, 5*time.Second)
				time.Sleep(test.wait)
				synctest.Wait()
				if got := ctx.Err() == nil; got != test.want {
					t.Errorf("context alive: %t, want %t", got, test.want)
				}
				cancel()
				if ctx.Err() == nil {
					t.Error("context alive after it was cancelled")
				}
			})
		})
	}
}
