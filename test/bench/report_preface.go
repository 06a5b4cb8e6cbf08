// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"fmt"
	"strings"
	"text/template"
)

//go:embed preface.md
var prefaceText string

var prefaceTemplate = template.Must(template.New("preface").Parse(prefaceText))

// preface is what stands before the tables of measures.
func preface(r *results) string {
	var text strings.Builder
	_ = prefaceTemplate.Execute(&text, map[string]string{ // strings into a string
		"Machine":  machine(r.About),
		"Software": software(r.About),
		"Targets":  strings.TrimSpace(targetTable(r)),
	})
	return text.String()
}

func machine(a about) string {
	return fmt.Sprintf("%d cores and %.0f GiB of memory (%s)", a.Cores, a.MemoryGiB, a.Platform)
}

func software(a about) string {
	parts := []string{"MLflow " + a.MLflowVersion, a.GoVersion, fmt.Sprintf("a poll interval of %.0f s", a.PollSeconds)}
	if a.Commit != "" {
		parts = append(parts, "commit "+a.Commit)
	}
	return strings.Join(parts, ", ")
}
