// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// UPDATE=1 go test ./test/bench writes the golden files anew.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func fixed(t *testing.T, name string) *results {
	t.Helper()
	r, err := load(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheReportOfFixedResults(t *testing.T) {
	golden(t, "report.md", render(fixed(t, "results.json")))
}

func TestTheComparisonOfFixedResults(t *testing.T) {
	golden(t, "compare.md", compareResults(fixed(t, "older.json"), fixed(t, "results.json")))
}

func TestMergeKeepsWhatWasNotMeasuredAgain(t *testing.T) {
	at := func(quantity string, value float64) sample {
		return sample{series: series{Measure: idle, Quantity: quantity}, Values: []float64{value}}
	}
	r := &results{Samples: []sample{at("a", 1)}}
	r.merge(&results{Samples: []sample{at("a", 2), at("b", 3)}})
	if diff := cmp.Diff([]sample{at("a", 1), at("b", 3)}, r.Samples, cmp.AllowUnexported(sample{}, series{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTargets(t *testing.T) {
	s := setup{Database: "sqlite", Workers: 1, Models: 1000}
	for name, test := range map[string]struct {
		target   target
		measured float64
		models   int
		want     string
	}{
		"at most, and it is less":         {target{most: atMost, bound: constant(2)}, 1, 1000, "met"},
		"at most, and it is just that":    {target{most: atMost, bound: constant(2)}, 2, 1000, "met"},
		"at most, and it is more":         {target{most: atMost, bound: constant(2)}, 3, 1000, "**not met**"},
		"at least, and it is more":        {target{most: atLeast, bound: constant(2)}, 3, 1000, "met"},
		"at least, and it is less":        {target{most: atLeast, bound: constant(2)}, 1, 1000, "**not met**"},
		"about another size of registry":  {target{most: atMost, bound: constant(2), models: []int{1000}}, 1, 100, ""},
		"about this size, among its own":  {target{most: atMost, bound: constant(2), models: []int{1000}}, 1, 1000, "met"},
		"zero promised, and zero written": {target{most: atMost, bound: constant(0)}, 0, 1000, "met"},
	} {
		t.Run(name, func(t *testing.T) {
			test.target.measured = func(*results, setup) float64 { return test.measured }
			s.Models = test.models
			row, known := test.target.row(&results{}, s)
			if known != (test.want != "") || known && row[len(row)-1] != test.want {
				t.Errorf("got %v, %v", row, known)
			}
		})
	}
}
