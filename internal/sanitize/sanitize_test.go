// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sanitize_test

import (
	"testing"
	"unicode/utf8"

	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

func TestCleanText(t *testing.T) {
	cases := map[string]struct {
		text  string
		limit int
		want  string
	}{
		"a short text":             {"models:/m-1", 20, "models:/m-1"},
		"a long text":              {"ééééé", 4, "ééé…"},
		"a line break":             {"a\nb", 10, "a b"},
		"control characters":       {"a\x1b[31mb", 10, "a[31mb"},
		"a right-to-left override": {"a\u202eb", 10, "ab"},
		"invalid UTF-8":            {"a\xffb", 10, "a\uFFFDb"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			if got := sanitize.CleanText(test.text, test.limit); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTruncateBytesKeepsWholeCharacters(t *testing.T) {
	for limit := 3; limit < 12; limit++ {
		got := sanitize.TruncateBytes("aéîõü€", limit)
		if len(got) > limit || !utf8.ValidString(got) {
			t.Errorf("limit %d: %q of %d bytes", limit, got, len(got))
		}
	}
	if got := sanitize.TruncateBytes("short", 5); got != "short" {
		t.Errorf("got %q", got)
	}
}

func TestRedactSource(t *testing.T) {
	cases := map[string]struct{ uri, want string }{
		"a logged model":   {"models:/m-1", "models:/m-1"},
		"a bucket":         {"s3://bucket/a/b", "s3://bucket/a/b"},
		"a signed URL":     {"https://h/x?X-Amz-Signature=secret", "https://h/x"},
		"a user":           {"https://user:secret@h/x", "https://h/x"},
		"an @ in the path": {"https://h/a@b", "https://h/a@b"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			if got := sanitize.RedactSource(test.uri, 100); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
