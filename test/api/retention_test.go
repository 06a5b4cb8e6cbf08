// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

// retentionRows are those of a model and of a class.
var retentionRows = validationCases{
	"keeping one":                {"spec.retention.keepLatest", int64(1), ""},
	"keeping a thousand":         {"spec.retention.keepLatest", int64(1000), ""},
	"keeping none":               {"spec.retention.keepLatest", int64(0), "should be greater than or equal to 1"},
	"keeping more than that":     {"spec.retention.keepLatest", int64(1001), "should be less than or equal to 1000"},
	"keeping nothing said":       {"spec.retention.keepLatest", absent{}, "Required value"},
	"an action that is unknown":  {"spec.retention.action", "Forget", unsupportedValue("Forget", "Archive", "Delete")},
	"no action":                  {"spec.retention.action", absent{}, ""},
	"no tags":                    {"spec.retention.keepTags", absent{}, ""},
	"an empty list of tags":      {"spec.retention.keepTags", []any{}, ""},
	"a tag twice":                {"spec.retention.keepTags", []any{"keep", "keep"}, "Duplicate value"},
	"a tag that MLflow refuses":  {"spec.retention.keepTags", []any{"a$b"}, noTagKey},
	"a tag of the operator's":    {"spec.retention.keepTags", []any{"registry.mlflow-operator.io/promotion.production"}, ""},
	"a retention by age instead": {"spec.retention.maxAge", "30d", `unknown field "spec.retention.maxAge"`},
}
