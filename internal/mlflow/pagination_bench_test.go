// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
)

// BenchmarkPage reads a page as the poller does: 200 models of 1.9 KB, formatted as MLflow
// formats them.
func BenchmarkPage(b *testing.B) {
	body := newModelPage(b, defaultPageSize)
	client := newStubClient(b, func(*http.Request) (*http.Response, error) { return newResponse(http.StatusOK, body), nil })
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		page, err := client.SearchRegisteredModels(b.Context(), SearchRequest{})
		if err != nil || len(page.RegisteredModels) != defaultPageSize {
			b.Fatal(err)
		}
	}
}

type jsonObject = map[string]any

// newModelPage returns a page with the content of a registry in use: three aliases, and five
// tags each of the model and of its newest version.
func newModelPage(tb testing.TB, rows int) string {
	tb.Helper()
	var models []jsonObject
	for i := range rows {
		name := fmt.Sprintf("team-%d.sentiment-%d", i%7, i)
		models = append(models, jsonObject{
			"name": name, "creation_timestamp": 1795426793112 + i, "last_updated_timestamp": 1795426793538 + i,
			"description": "classifies what people write to us", "tags": newBenchTags("model"),
			"aliases": []jsonObject{
				{"alias": "champion", "version": "9"}, {"alias": "challenger", "version": "10"}, {"alias": "previous", "version": "8"},
			},
			"latest_versions": []jsonObject{{
				"name": name, "version": "10", "creation_timestamp": 1795426793506 + i, "last_updated_timestamp": 1795426793538 + i,
				"current_stage": "None", "description": "", "source": "models:/m-0123456789abcdef0123456789abcdef",
				"run_id": "0123456789abcdef0123456789abcdef", "status": "READY", "run_link": "", "tags": newBenchTags("version"),
			}},
		})
	}
	text, err := json.MarshalIndent(jsonObject{"registered_models": models, "next_page_token": "eyJvZmZzZXQiOiAyMDB9"}, "", "  ")
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

func newBenchTags(of string) []jsonObject {
	var tags []jsonObject
	for i := range 5 {
		tags = append(tags, jsonObject{"key": fmt.Sprintf("ml.example.com/%s-%d", of, i), "value": "value"})
	}
	return tags
}
