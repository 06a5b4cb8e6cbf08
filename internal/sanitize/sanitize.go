// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package text makes what others wrote fit to be shown: in a status, in a condition, on
// a terminal.
package sanitize

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const ellipsis = "…"

// CleanText makes a text of a server safe to show: valid UTF-8 without control and
// formatting characters, and at most limit runes long. Limits count runes because
// those of the API do.
func CleanText(text string, limit int) string {
	return TruncateRunes(strings.Map(dropUnprintable, strings.ToValidUTF8(text, "\uFFFD")), limit)
}

// TruncateRunes keeps a text within a number of runes and shows that it was cut.
func TruncateRunes(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-1]) + ellipsis
}

// TruncateBytes keeps a text within a number of bytes and shows that it was cut, for limits
// that count bytes, as that of an event's note does.
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

// RedactSource is a source URI for people, without what may be a secret in it: the user of an
// authority and the query, where signed URLs keep their signatures.
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

// dropUnprintable drops what can hide or reorder text on a terminal.
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
