// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// FuzzResponses checks that no answer of any server makes the client panic, succeed in spite
// of an error, or show a secret or control characters.
func FuzzResponses(f *testing.F) {
	f.Add(404, newErrorBody("RESOURCE_DOES_NOT_EXIST", "Registered Model with name=nope not found"))
	f.Add(400, newErrorBody("INVALID_PARAMETER_VALUE", "Registered model alias hunter2-s3cr3t not found."))
	f.Add(403, "Permission denied")
	f.Add(500, `{"error_code": 7, "message": ["\u202e"]}`)
	f.Add(200, `{"registered_model": null, "message": "`+secret+`"}`)
	f.Add(200, `{"registered_models": [null]}`)
	f.Add(200, `{"registered_models": [{"latest_versions": [null], "tags": [null], "aliases": [null]}]}`)
	f.Add(302, "")
	f.Fuzz(func(t *testing.T, status int, body string) {
		client := newStubClient(t, func(*http.Request) (*http.Response, error) { return newResponse(status, body), nil },
			func(c *Config) { c.Auth = BearerAuth{Token: secret} })
		client.waitBackoff = skipBackoff
		for _, err := range []error{readModel(t.Context(), client), readList(t, client)} {
			checkResult(t, status, err)
		}
	})
}

// FuzzPages checks that a page decoded while it arrives equals the page decoded from its whole
// text.
func FuzzPages(f *testing.F) {
	for _, seed := range []string{
		`{"registered_models": [{"name": "m", "tags": [{"key": "k", "value": "v"}]}, {}], "next_page_token": "t"}`,
		`{"next_page_token": "t", "unknown": {"registered_models": [1, {"a": [[]]}]}, "registered_models": [null]}`,
		`{"registered_models": [{"name": "m"}], "registered_models": [{"name": "n"}, {}], "next_page_token": "a", "next_page_token": null}`,
		`{"registered_models": [{"name": "m"}], "registered_models": null}`,
		`{"REGISTERED_MODELS": [], "ne\u0078t_page_token": "\ud800", "registered_model\u017f": [{}]}`,
		`{}`, ` null `, `[]`, `1`, `"registered_models"`, ``, `{"registered_models": {}}`, `{"registered_models": [1]}`,
		`{"next_page_token": 1}`, `{"next_page_token": {}}`, `{"registered_models": [{}`, `{"registered_models": [{},]}`,
		`{"registered_models": [{}}]`,
		`{"a": 1,}`, `{"a" 1}`, `{1: 2}`, `{"a": 1 "b": 2}`, `{"a": 1e999}`, `{"a": 01}`,
		`{} {}`, `{}]`, `{},`, "{\"a\": \"\xff\"}", `{"a": tru}`,
		"<!doctype html>", "\ufeff{}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var want struct {
			Rows []*entities.RegisteredModel `json:"registered_models"`
			Next string                      `json:"next_page_token"`
		}
		wantErr := json.Unmarshal([]byte(body), &want)
		rows, next, err := decodePage[entities.RegisteredModel](iotest.OneByteReader(strings.NewReader(body)), "registered_models")
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("error is %v, of the whole text %v", err, wantErr)
		}
		if wantErr != nil {
			return
		}
		if diff := cmp.Diff(want.Rows, rows); diff != "" || next != want.Next {
			t.Errorf("next is %q, want %q; rows (-want +got):\n%s", next, want.Next, diff)
		}
	})
}

// readList requires that a list has no null rows.
func readList(t *testing.T, client *Client) error {
	t.Helper()
	page, err := client.SearchRegisteredModels(t.Context(), SearchRequest{})
	if err == nil && slices.Contains(page.RegisteredModels, nil) {
		t.Error("a list has a null row")
	}
	return err
}

func checkResult(t *testing.T, status int, err error) {
	t.Helper()
	if err != nil {
		checkErrorText(t, err)
		return
	}
	if status != http.StatusOK && status != http.StatusCreated {
		t.Errorf("status %d is a success", status)
	}
}

// checkErrorText requires that the text of an error is fit for a condition.
func checkErrorText(t *testing.T, err error) {
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
