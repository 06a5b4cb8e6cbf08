// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package markdown reads tables of the documentation, so that a test can compare them with the
// code.
package markdown

import (
	"os"
	"strings"
	"testing"
)

// ReadRows returns the rows of all tables of a page that have the given number of cells, including
// header rows. Cells have no surrounding spaces.
func ReadRows(t testing.TB, path string, cells int) [][]string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(content)) {
		row := strings.Split(line, "|")
		if len(row) != cells+2 {
			continue
		}
		row = row[1 : cells+1]
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		rows = append(rows, row)
	}
	return rows
}
