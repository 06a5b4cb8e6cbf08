// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package sanitize makes text that users and servers wrote safe to show in a status, in a
// condition and on a terminal, and safe to match against the patterns of users.
package sanitize

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const ellipsis = "…"

// CleanText makes a text safe to show: valid UTF-8 without control and formatting characters,
// and at most limit runes long. The limit counts runes because the limits of the API do.
func CleanText(text string, limit int) string {
	return TruncateRunes(strings.Map(dropUnprintable, strings.ToValidUTF8(text, "\uFFFD")), limit)
}

// TruncateRunes limits a text to a number of runes. An ellipsis marks a truncated text.
func TruncateRunes(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-1]) + ellipsis
}

// TruncateBytes limits a text to a number of bytes. An ellipsis marks a truncated text. It is
// for limits that count bytes, such as the limit of an event's note.
func TruncateBytes(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	end := limit - len(ellipsis)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + ellipsis
}

// RedactSource returns a source URI without the parts that can contain a secret: the user of the
// authority, and the query, which contains the signature of a signed URL.
func RedactSource(uri string, limit int) string {
	uri, _, _ = strings.Cut(uri, "?")
	scheme, rest, found := strings.Cut(uri, "://")
	if !found {
		return CleanText(uri, limit)
	}
	authority, _, _ := strings.Cut(rest, "/")
	user := strings.LastIndex(authority, "@") + 1
	return CleanText(scheme+"://"+rest[user:], limit)
}

// dropUnprintable drops characters that can hide or reorder text on a terminal.
func dropUnprintable(r rune) rune {
	switch {
	case r == '\n' || r == '\t' || r == '\r':
		return ' '
	case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
		return -1
	default:
		return r
	}
}

// Pattern is a regular expression in RE2 syntax that matches whole values only.
type Pattern struct {
	expression *regexp.Regexp
}

// CompilePattern compiles a pattern. The error is the one of package regexp.
func CompilePattern(pattern string) (*Pattern, error) {
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	expression.Longest()
	return &Pattern{expression: expression}, nil
}

// Matches reports whether the value matches from its first to its last character. If any match
// from the first character is the whole value, the longest one is. Anchors around the
// pattern would not be safe: a pattern could close the group that they need, or hide them
// behind an unclosed \Q.
func (p *Pattern) Matches(value string) bool {
	match := p.expression.FindStringIndex(value)
	return match != nil && match[0] == 0 && match[1] == len(value)
}
