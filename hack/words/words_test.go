// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const testRules = "# kind\trefused\tuse\nname\trival\tconflict\nprose\t\\b[Nn]obody\\b\tname who it is"

func TestCheckGo(t *testing.T) {
	rules := mustParse(t, testRules)
	const inName = `"rival" in the name `
	for name, test := range map[string]struct {
		file, source string
		want         []string
	}{
		"a name of a file": {
			file: "oldest_rival.go", source: "package a",
			want: []string{`oldest_rival.go:1: ` + inName + `oldest_rival: use conflict`},
		},
		"a function": {source: "package a\nfunc findRival() {}", want: []string{`a.go:2: ` + inName + `findRival: use conflict`}},
		"a field": {
			source: "package a\ntype b struct {\n\tRivalName string\n}",
			want:   []string{`a.go:3: ` + inName + `RivalName: use conflict`},
		},
		"a local variable": {
			source: "package a\nfunc b() {\n\trival := 1\n\t_ = rival\n}",
			want:   []string{`a.go:3: ` + inName + `rival: use conflict`},
		},
		"a variable of a range": {
			source: "package a\nfunc b(c []int) {\n\tfor _, rival := range c {\n\t\t_ = rival\n\t}\n}",
			want:   []string{`a.go:3: ` + inName + `rival: use conflict`},
		},
		"a comment":         {source: "package a\n\n// Nobody calls b.\nfunc b() {}", want: []string{`a.go:3: "Nobody": use name who it is`}},
		"a message":         {source: "package a\nconst b = `nobody owns it`", want: []string{`a.go:2: "nobody": use name who it is`}},
		"a part of a word":  {source: "package a\nfunc findArrival() {}"},
		"a name of another": {source: "package a\nimport \"b\"\nvar c = b.Rival"},
	} {
		t.Run(name, func(t *testing.T) {
			file := test.file
			if file == "" {
				file = "a.go"
			}
			findings, err := checkGo(file, []byte(test.source), rules)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, formatFindings(findings)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckMarkdown(t *testing.T) {
	page := "nobody here\n```console\n$ nobody\n```\nand Nobody there"
	want := []string{`a.md:1: "nobody": use name who it is`, `a.md:5: "Nobody": use name who it is`}
	got := formatFindings(checkMarkdown("a.md", page, mustParse(t, testRules)))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseRules(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"the list of this project": {text: embeddedRules},
		"a column too few":         {text: "name\trival", want: "words.tsv:1: want 3 columns"},
		"an unknown kind":          {text: "word\trival\tconflict", want: `the kind must be name or prose, got "word"`},
		"a broken pattern":         {text: "prose\t(\tuse", want: "words.tsv:1: error parsing regexp"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseRules(test.text)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}

func TestSplitName(t *testing.T) {
	for name, want := range map[string][]string{
		"newRivalModel":  {"new", "rival", "model"},
		"Rival":          {"rival"},
		"MLflowRival":    {"mlflow", "rival"},
		"rival_test":     {"rival", "test"},
		"HTTPRivalCount": {"httprival", "count"},
	} {
		if diff := cmp.Diff(want, splitName(name)); diff != "" {
			t.Errorf("splitName(%q) (-want +got):\n%s", name, diff)
		}
	}
}

func mustParse(t *testing.T, text string) rules {
	t.Helper()
	parsed, err := parseRules(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func formatFindings(findings []finding) []string {
	var lines []string
	for _, finding := range findings {
		lines = append(lines, finding.String())
	}
	return lines
}
