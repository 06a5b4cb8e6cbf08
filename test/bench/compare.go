// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
)

// compareFiles prints how the medians of two runs relate.
func compareFiles(out io.Writer, oldPath, newPath string) error {
	older, err := load(oldPath)
	if err != nil {
		return fmt.Errorf("%s: %w", oldPath, err)
	}
	newer, err := load(newPath)
	if err != nil {
		return fmt.Errorf("%s: %w", newPath, err)
	}
	_, err = io.WriteString(out, compareResults(older, newer))
	return err
}

// compareResults is a table of the series that both have, in the order of the newer one.
func compareResults(older, newer *results) string {
	var rows [][]string
	seen := map[series]bool{}
	for _, s := range newer.Samples {
		if seen[s.series] {
			continue
		}
		seen[s.series] = true
		before, now := older.values(s.series), newer.values(s.series)
		if len(before) == 0 {
			continue
		}
		rows = append(rows, []string{
			s.server(), fmt.Sprint(s.Models), s.Measure, s.Contender, s.Quantity + ", " + s.Unit,
			varied(before), varied(now), times(median(now), median(before)),
		})
	}
	return table([]string{"Server", "Models", "Measure", "Contender", "Quantity", "Old", "New", "New to old"}, rows)
}
