// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// compareGolden compares with a file in testdata. UPDATE=1 go test . in this directory rewrites it.
func compareGolden(t *testing.T, name, got string) {
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

func loadFixture(t *testing.T, name string) *results {
	t.Helper()
	r, err := loadResults(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRenderReport(t *testing.T) {
	compareGolden(t, "report.md", renderReport(loadFixture(t, "results.json")))
}

func TestCompareResults(t *testing.T) {
	compareGolden(t, "compare.md", compareResults(loadFixture(t, "older.json"), loadFixture(t, "results.json")))
}

// TestPublishedReport holds the page in docs/benchmarks to the results next to it.
func TestPublishedReport(t *testing.T) {
	published := filepath.Join("..", "..", "docs", "benchmarks")
	r, err := loadResults(filepath.Join(published, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(published, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(page), renderReport(r)); diff != "" {
		t.Errorf("(-page +rendered):\n%s", diff)
	}
}

func TestMergeKeepsOtherSeries(t *testing.T) {
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
		"at most: less":       {target{direction: atMost, bound: constantBound(2)}, 1, 1000, "met"},
		"at most: equal":      {target{direction: atMost, bound: constantBound(2)}, 2, 1000, "met"},
		"at most: more":       {target{direction: atMost, bound: constantBound(2)}, 3, 1000, "**not met**"},
		"at least: more":      {target{direction: atLeast, bound: constantBound(2)}, 3, 1000, "met"},
		"at least: less":      {target{direction: atLeast, bound: constantBound(2)}, 1, 1000, "**not met**"},
		"another size":        {target{direction: atMost, bound: constantBound(2), models: []int{1000}}, 1, 100, ""},
		"its size":            {target{direction: atMost, bound: constantBound(2), models: []int{1000}}, 1, 1000, "met"},
		"at most zero: equal": {target{direction: atMost, bound: constantBound(0)}, 0, 1000, "met"},
	} {
		t.Run(name, func(t *testing.T) {
			test.target.measured = func(*results, setup) float64 { return test.measured }
			s.Models = test.models
			row, known := test.target.formatRow(&results{}, s)
			if known != (test.want != "") || known && row[len(row)-1] != test.want {
				t.Errorf("got %v, %v", row, known)
			}
		})
	}
}
