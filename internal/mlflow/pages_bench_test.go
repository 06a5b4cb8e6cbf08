// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
)

// BenchmarkPage reads a page as the poller does: 200 models of 1.9 KB, printed as MLflow
// prints them.
func BenchmarkPage(b *testing.B) {
	body := pageOfModels(b, defaultPage)
	client := stubbed(b, func(*http.Request) (*http.Response, error) { return answer(http.StatusOK, body), nil })
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		page, err := client.SearchRegisteredModels(b.Context(), SearchRequest{})
		if err != nil || len(page.RegisteredModels) != defaultPage {
			b.Fatal(err)
		}
	}
}

type object = map[string]any

// pageOfModels has what a registry in use has: three aliases, and five tags of the model
// and of its newest version.
func pageOfModels(tb testing.TB, rows int) string {
	tb.Helper()
	var models []object
	for i := range rows {
		name := fmt.Sprintf("team-%d.sentiment-%d", i%7, i)
		models = append(models, object{
			"name": name, "creation_timestamp": 1795426793112 + i, "last_updated_timestamp": 1795426793538 + i,
			"description": "classifies what people write to us", "tags": benchTags("model"),
			"aliases": []object{
				{"alias": "champion", "version": "9"}, {"alias": "challenger", "version": "10"}, {"alias": "previous", "version": "8"},
			},
			"latest_versions": []object{{
				"name": name, "version": "10", "creation_timestamp": 1795426793506 + i, "last_updated_timestamp": 1795426793538 + i,
				"current_stage": "None", "description": "", "source": "models:/m-0123456789abcdef0123456789abcdef",
				"run_id": "0123456789abcdef0123456789abcdef", "status": "READY", "run_link": "", "tags": benchTags("version"),
			}},
		})
	}
	text, err := json.MarshalIndent(object{"registered_models": models, "next_page_token": "eyJvZmZzZXQiOiAyMDB9"}, "", "  ")
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

func benchTags(of string) []object {
	var tags []object
	for i := range 5 {
		tags = append(tags, object{"key": fmt.Sprintf("ml.example.com/%s-%d", of, i), "value": "value"})
	}
	return tags
}
