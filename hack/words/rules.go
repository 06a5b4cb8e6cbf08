// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

//go:embed words.tsv
var embeddedRules string

// rules are the rows of words.tsv.
type rules struct {
	// names maps each word that is refused in a name to what to use instead.
	names map[string]string
	prose []proseRule
}

type proseRule struct {
	pattern *regexp.Regexp
	use     string
}

func parseRules(text string) (rules, error) {
	parsed := rules{names: map[string]string{}}
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(line, "\t")
		if len(columns) != 3 {
			return rules{}, fmt.Errorf("words.tsv:%d: want 3 columns, got %d", i+1, len(columns))
		}
		switch kind, refused, use := columns[0], columns[1], columns[2]; kind {
		case "name":
			parsed.names[refused] = use
		case "prose":
			pattern, err := regexp.Compile(refused)
			if err != nil {
				return rules{}, fmt.Errorf("words.tsv:%d: %w", i+1, err)
			}
			parsed.prose = append(parsed.prose, proseRule{pattern, use})
		default:
			return rules{}, fmt.Errorf("words.tsv:%d: the kind must be name or prose, got %q", i+1, kind)
		}
	}
	return parsed, nil
}

// checkName returns a sentence for each word of a name that is refused.
func (r rules) checkName(name string) []string {
	var sentences []string
	for _, word := range splitName(name) {
		if use, isRefused := r.names[word]; isRefused {
			sentences = append(sentences, fmt.Sprintf("%q in the name %s: use %s", word, name, use))
		}
	}
	return sentences
}

// checkProse returns a sentence for each phrase of one line that is refused.
func (r rules) checkProse(line string) []string {
	var sentences []string
	for _, rule := range r.prose {
		for _, phrase := range rule.pattern.FindAllString(line, -1) {
			sentences = append(sentences, fmt.Sprintf("%q: use %s", phrase, rule.use))
		}
	}
	return sentences
}

// splitName returns the words of a name in camel case or with underscores, in lower case.
func splitName(name string) []string {
	var words []string
	start := 0
	runes := []rune(name)
	for i := 1; i <= len(runes); i++ {
		if i == len(runes) || runes[i] == '_' || unicode.IsUpper(runes[i]) && !unicode.IsUpper(runes[i-1]) {
			words = append(words, strings.ToLower(strings.Trim(string(runes[start:i]), "_")))
			start = i
		}
	}
	return words
}
