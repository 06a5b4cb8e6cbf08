// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// write leaves the results, the report and its plots in the directory of -out.
func (b *bench) write(ctx context.Context) error {
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return err
	}
	raw := filepath.Join(b.out, "results.json")
	if older, err := load(raw); b.merge && err == nil {
		b.results.merge(older)
	}
	if err := b.results.save(raw); err != nil {
		return err
	}
	text := render(b.results)
	if err := os.WriteFile(filepath.Join(b.out, "README.md"), []byte(text), 0o644); err != nil {
		return err
	}
	fmt.Printf("\n%s\n", targetTable(b.results))
	b.say("the report is in %s", b.out)
	return plot(ctx, raw, b.out)
}

func plot(ctx context.Context, raw, out string) error {
	command, err := python(ctx, nil, "plot.py", raw, out)
	if err != nil {
		return err
	}
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("plot.py: %w\n%s", err, output)
	}
	return nil
}

// render is the report, from nothing but the results.
func render(r *results) string {
	var text strings.Builder
	text.WriteString(preface(r))
	for _, section := range sections {
		if rows := section.rows(r); len(rows) > 0 {
			fmt.Fprintf(&text, "\n## %s\n%s\n\n%s", section.title, section.says, table(section.header, rows))
		}
	}
	return text.String()
}

// section is one table of the report.
type section struct {
	title, says string
	header      []string
	rows        func(*results) [][]string
}

// table is Markdown.
func table(header []string, rows [][]string) string {
	var text strings.Builder
	line := func(cells []string) { fmt.Fprintf(&text, "| %s |\n", strings.Join(cells, " | ")) }
	line(header)
	line(slices.Repeat([]string{"---"}, len(header)))
	for _, row := range rows {
		line(row)
	}
	return text.String()
}

// figure has three significant digits, which is more than the machine is worth.
func figure(value float64) string {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return "–"
	}
	if value == 0 {
		return "0"
	}
	digits := 2 - int(math.Floor(math.Log10(math.Abs(value))))
	if digits <= 0 {
		return fmt.Sprintf("%.0f", value)
	}
	text := fmt.Sprintf("%.*f", digits, value)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// times is a ratio.
func times(a, b float64) string {
	if text := figure(a / b); text != "–" {
		return text + " ×"
	}
	return "–"
}

// varied is a median with how far a typical sample lies from it.
func varied(samples []float64) string {
	if len(samples) < 2 {
		return figure(median(samples))
	}
	return fmt.Sprintf("%s ± %.0f %%", figure(median(samples)), 100*spread(samples))
}

func (s setup) server() string {
	if s.Workers == 1 {
		return s.Database + ", 1 worker"
	}
	return fmt.Sprintf("%s, %d workers", s.Database, s.Workers)
}
