// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzAnswers proves that no answer, of whatever server, makes the client panic,
// succeed at an error, or show more than it should.
func FuzzAnswers(f *testing.F) {
	f.Add(404, said("RESOURCE_DOES_NOT_EXIST", "Registered Model with name=nope not found"))
	f.Add(400, said("INVALID_PARAMETER_VALUE", "Registered model alias hunter2-s3cr3t not found."))
	f.Add(403, "Permission denied")
	f.Add(500, `{"error_code": 7, "message": ["\u202e"]}`)
	f.Add(200, `{"registered_model": null, "message": "`+secret+`"}`)
	f.Add(302, "")
	f.Fuzz(func(t *testing.T, status int, body string) {
		client := stubbed(t, func(*http.Request) (*http.Response, error) { return answer(status, body), nil },
			func(c *Config) { c.Auth = BearerAuth{Token: secret} })
		client.pause = noPause
		err := read(t.Context(), client)
		if err == nil {
			if status != http.StatusOK && status != http.StatusCreated {
				t.Errorf("status %d is a success", status)
			}
			return
		}
		checkShown(t, err)
	})
}

// checkShown demands of an error what a person may see.
func checkShown(t *testing.T, err error) {
	t.Helper()
	var failed *Error
	if !errors.As(err, &failed) || len(failed.Unwrap()) == 0 {
		t.Fatalf("error %#v has no kind", err)
	}
	text := err.Error()
	if strings.Contains(text, secret) || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		t.Errorf("error shows %q", text)
	}
	if utf8.RuneCountInString(failed.Message) > maxMessage || utf8.RuneCountInString(failed.ErrorCode) > maxMessage {
		t.Errorf("error has a message of %d bytes and a code of %d", len(failed.Message), len(failed.ErrorCode))
	}
}
