// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package table reads the tables of a page of the documentation, so that a test can hold
// them against what is so.
package markdown

import (
	"os"
	"strings"
	"testing"
)

// ReadRows are the rows of all tables of a page that have so many cells, heads included; the
// cells without the spaces around them.
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
