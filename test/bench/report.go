// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

//go:embed preface.md
var prefaceText string

var prefaceTemplate = template.Must(template.New("preface").Parse(prefaceText))

// renderPreface renders the text before the tables of measures.
func renderPreface(r *results) string {
	var text strings.Builder
	_ = prefaceTemplate.Execute(&text, map[string]string{ // never fails: strings only
		"Machine":  describeMachine(r.Host),
		"Software": describeSoftware(r.Host),
		"Targets":  strings.TrimSpace(formatTargets(r)),
	})
	return text.String()
}

func describeMachine(a hostInfo) string {
	return fmt.Sprintf("%d cores and %.0f GiB of memory (%s)", a.Cores, a.MemoryGiB, a.Platform)
}

func describeSoftware(a hostInfo) string {
	parts := []string{"MLflow " + a.MLflowVersion, a.GoVersion, fmt.Sprintf("a poll interval of %.0f s", a.PollSeconds)}
	if a.Commit != "" {
		parts = append(parts, "commit "+a.Commit)
	}
	return strings.Join(parts, ", ")
}

// writeReport writes the results, the report and its plots to the directory of -out.
func (b *bench) writeReport(ctx context.Context) error {
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return err
	}
	raw := filepath.Join(b.out, "results.json")
	if older, err := loadResults(raw); b.merge && err == nil {
		b.results.merge(older)
	}
	if err := b.results.save(raw); err != nil {
		return err
	}
	text := renderReport(b.results)
	if err := os.WriteFile(filepath.Join(b.out, "README.md"), []byte(text), 0o644); err != nil {
		return err
	}
	fmt.Printf("\n%s\n", formatTargets(b.results))
	b.logf("wrote the report to %s", b.out)
	return drawPlots(ctx, raw, b.out)
}

// renderReport renders the report from the results alone.
func renderReport(r *results) string {
	var text strings.Builder
	text.WriteString(renderPreface(r))
	for _, section := range sections {
		if rows := section.rows(r); len(rows) > 0 {
			fmt.Fprintf(&text, "\n## %s\n%s\n\n%s", section.title, section.description, formatTable(section.header, rows))
		}
	}
	return text.String()
}

// section is one table of the report.
type section struct {
	title, description string
	header             []string
	rows               func(*results) [][]string
}

// formatTable formats a table in Markdown.
func formatTable(header []string, rows [][]string) string {
	var text strings.Builder
	line := func(cells []string) { fmt.Fprintf(&text, "| %s |\n", strings.Join(cells, " | ")) }
	line(header)
	line(slices.Repeat([]string{"---"}, len(header)))
	for _, row := range rows {
		line(row)
	}
	return text.String()
}

func (s setup) serverName() string {
	if s.Workers == 1 {
		return s.Database + ", 1 worker"
	}
	return fmt.Sprintf("%s, %d workers", s.Database, s.Workers)
}

// compareFiles prints the ratios of the medians of two runs.
func compareFiles(out io.Writer, oldPath, newPath string) error {
	older, err := loadResults(oldPath)
	if err != nil {
		return fmt.Errorf("%s: %w", oldPath, err)
	}
	newer, err := loadResults(newPath)
	if err != nil {
		return fmt.Errorf("%s: %w", newPath, err)
	}
	_, err = io.WriteString(out, compareResults(older, newer))
	return err
}

// compareResults returns a table of the common series, in the order of the newer results.
func compareResults(older, newer *results) string {
	var rows [][]string
	seen := map[series]bool{}
	for _, s := range newer.Samples {
		if seen[s.series] {
			continue
		}
		seen[s.series] = true
		before, now := older.listSeriesValues(s.series), newer.listSeriesValues(s.series)
		if len(before) == 0 {
			continue
		}
		rows = append(rows, []string{
			s.serverName(), fmt.Sprint(s.Models), s.Measure, s.Subject, s.Quantity + ", " + s.Unit,
			formatSpread(before), formatSpread(now), formatRatio(median(now), median(before)),
		})
	}
	return formatTable([]string{"Server", "Models", "Measure", "Subject", "Quantity", "Old", "New", "New / old"}, rows)
}
