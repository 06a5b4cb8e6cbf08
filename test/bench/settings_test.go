// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSettings(t *testing.T) {
	for name, test := range map[string]struct {
		args        []string
		environment map[string]string
		models      []int
		only        []string
		wantErr     string
	}{
		"all of it":             {models: []int{100, 1000}, only: measures},
		"a large registry, too": {environment: map[string]string{"BENCH_LARGE": "1"}, models: []int{100, 1000, 10000}, only: measures},
		"what was asked for":    {args: []string{"-models", "50,60", "-only", "idle,drift"}, models: []int{50, 60}, only: []string{idle, drift}},
		"no such measure": {
			args: []string{"-only", "speed"}, wantErr: "-only speed: choose from convergence,idle,change,drift,restart,transport",
		},
		"no such contender":      {args: []string{"-contenders", "me"}, wantErr: "-contenders me: choose from operator,script,per-object,limit"},
		"too few models":         {args: []string{"-models", "5"}, wantErr: "-models must be at least 20"},
		"no rounds":              {args: []string{"-rounds", "0"}, wantErr: "-rounds must be at least 1"},
		"one file to compare":    {args: []string{"-compare", "a.json"}, wantErr: "-compare takes two files of results"},
		"two files, and no more": {args: []string{"-compare", "a.json", "b.json"}, models: []int{100, 1000}, only: measures},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parse(test.args, func(name string) string { return test.environment[name] })
			if test.wantErr != "" {
				if err == nil || err.Error() != test.wantErr {
					t.Errorf("error %v, want %s", err, test.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.models, got.models) + cmp.Diff(test.only, got.only); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
