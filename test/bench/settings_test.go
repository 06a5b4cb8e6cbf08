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
		measures    []string
		wantErr     string
	}{
		"all measures":          {models: []int{100, 1000}, measures: measureNames},
		"also a large registry": {environment: map[string]string{"BENCH_LARGE": "1"}, models: []int{100, 1000, 10000}, measures: measureNames},
		"selected measures": {
			args: []string{"-models", "50,60", "-measures", "idle,drift"}, models: []int{50, 60}, measures: []string{idle, drift},
		},
		"unknown measure": {
			args: []string{"-measures", "speed"}, wantErr: "-measures speed: choose from convergence,idle,change,drift,restart,transport",
		},
		"unknown subject":      {args: []string{"-subjects", "me"}, wantErr: "-subjects me: choose from operator,script,per-object,limit"},
		"too few models":       {args: []string{"-models", "5"}, wantErr: "-models must be at least 20"},
		"no rounds":            {args: []string{"-rounds", "0"}, wantErr: "-rounds must be at least 1"},
		"one file to compare":  {args: []string{"-compare", "a.json"}, wantErr: "-compare needs two result files"},
		"two files to compare": {args: []string{"-compare", "a.json", "b.json"}, models: []int{100, 1000}, measures: measureNames},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseSettings(test.args, func(name string) string { return test.environment[name] })
			if test.wantErr != "" {
				if err == nil || err.Error() != test.wantErr {
					t.Errorf("error %v, want %s", err, test.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.models, got.models) + cmp.Diff(test.measures, got.measures); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
