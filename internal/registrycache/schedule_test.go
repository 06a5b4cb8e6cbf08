// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDutyCycle(t *testing.T) {
	const s = time.Second
	tests := map[string]struct {
		list, interval, current, want time.Duration
	}{
		"a short list leaves the interval":             {list: s, interval: 30 * s, current: 30 * s, want: 30 * s},
		"a long list rests nine tenths of the time":    {list: 9 * s, interval: 30 * s, current: 30 * s, want: 90 * s},
		"a little longer is a longer rest":             {list: 9100 * time.Millisecond, interval: 30 * s, current: 90 * s, want: 91 * s},
		"a little shorter changes nothing":             {list: 8 * s, interval: 30 * s, current: 90 * s, want: 90 * s},
		"much shorter is a shorter rest":               {list: 6 * s, interval: 30 * s, current: 90 * s, want: 60 * s},
		"a registry that shrank has its interval back": {list: s, interval: 30 * s, current: 90 * s, want: 30 * s},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := defaultDutyCycle.pollInterval(test.list, test.interval, test.current); got != test.want {
				t.Errorf("interval is %s, want %s", got, test.want)
			}
		})
	}
}

func TestBackoffDelay(t *testing.T) {
	tests := map[string]struct {
		failures int
		want     time.Duration
	}{
		"the first retry is quick":              {1, time.Second},
		"the second takes twice as long":        {2, 2 * time.Second},
		"the fifth sixteen times":               {5, 16 * time.Second},
		"no retry is later than the next poll":  {6, 30 * time.Second},
		"a night of failures overflows nothing": {1 << 40, 30 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := backoffDelay(test.failures, pollInterval); got != test.want {
				t.Errorf("delay is %s, want %s", got, test.want)
			}
		})
	}
}

func TestScheduleKeepsItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "list"))
		current := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "current"))
		share := dutyCycle(rapid.IntRange(1, 100).Draw(t, "duty"))
		rest := share.pollInterval(list, pollInterval, current)
		if rest < pollInterval || rest < share.restDelay(list) {
			t.Errorf("interval %s after a list of %s", rest, list)
		}
		if spread := addJitter(rest); spread < rest*9/10-1 || spread > rest*11/10+1 {
			t.Errorf("%s is more than a tenth from %s", spread, rest)
		}
	})
}
