// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package entities

import (
	"testing"
)

// ParseCopiedModel recognizes each source that MLflow resolves to a version of a model.
func TestCopiedModel(t *testing.T) {
	for source, want := range map[string]string{
		"models:/vision/7":            "vision",
		"models:/vision/007":          "vision",
		"models:/vision/Production":   "vision",
		"models:/vision/latest":       "vision",
		"models:/vision@champion":     "vision",
		"models:/a@b/7":               "a@b",
		"models:/a@b@champion":        "a@b",
		"models:/vision/7?mine/1":     "vision",
		"models:///vision/7":          "vision",
		"models:////vision/7":         "vision",
		"models://mine/vision/7":      "vision",
		"models://mine@host/vision@a": "vision",
		"models:/m-385c1f0a/7":        "m-385c1f0a",
		"models:/%76ision/7":          "%76ision",
		"models:/m-385c1f0a":          "",
		"models:///m-385c1f0a":        "",
		"models://mine?/vision/7":     "",
		"models://mine":               "",
		"models:/vision":              "",
		"models":                      "",
		"runs:/1f/vision/7":           "",
		"s3://models:/vision/7":       "",
		"":                            "",
	} {
		got, named := ParseCopiedModel(source)
		if got != want || named != (want != "") {
			t.Errorf("%q names %q (%t), want %q", source, got, named, want)
		}
	}
}
