// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestReadOnly: a client that may not write sends no write, of whatever kind, and reads on.
func TestReadOnly(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path)
		_, _ = w.Write([]byte(`{}`))
	}))
	defer server.Close()
	client, err := New(Config{URL: server.URL, ReadOnlyReason: "SWITCH is false"})
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(context.Context) error{
		"create": func(ctx context.Context) error { _, err := client.CreateRegisteredModel(ctx, "m", "", nil); return err },
		"update": func(ctx context.Context) error { return client.UpdateRegisteredModel(ctx, "m", "d") },
		"tag":    func(ctx context.Context) error { return client.SetRegisteredModelTag(ctx, "m", "k", "v") },
		"delete": func(ctx context.Context) error { return client.DeleteRegisteredModelTag(ctx, "m", "k") },
		"alias":  func(ctx context.Context) error { return client.SetRegisteredModelAlias(ctx, "m", "champion", "1") },
		"move": func(ctx context.Context) error {
			return client.TransitionModelVersionStage(ctx, "m", "1", "Production", true)
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := write(t.Context())
			if !errors.Is(err, ErrReadOnly) || !IsDefinitive(err) || IsConnectionError(err) {
				t.Errorf("the error is %v", err)
			}
		})
	}
	if len(asked) > 0 {
		t.Errorf("the server was asked %v", asked)
	}
	if _, err := client.SearchRuns(t.Context(), SearchRunsRequest{ExperimentIDs: []string{"0"}}); err != nil || len(asked) != 1 {
		t.Errorf("a search, which is a POST, gave %v, and asked %v", err, asked)
	}
	want := "registered-models/alias: nothing is written while SWITCH is false"
	if err := client.SetRegisteredModelAlias(t.Context(), "m", "champion", "1"); err.Error() != want {
		t.Errorf("it says %q, want %q", err, want)
	}
}
