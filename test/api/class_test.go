// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const (
	emptyRule    = "a rule must not allow everything: set required, values or pattern"
	ruleReserved = "tag keys under mlflow. and registry.mlflow-operator.io/ are reserved, and no model can declare them: choose another key"
)

var classRows = validationCases{
	"a rule that is only required":   {"spec.tags[0]", map[string]any{"key": "team", "required": true}, ""},
	"a rule that is only a pattern":  {"spec.tags[0]", map[string]any{"key": "team", "pattern": "[a-z]+"}, ""},
	"a rule of one value":            {"spec.tags[0]", map[string]any{"key": "team", "values": []any{"nlp"}}, ""},
	"a rule that is not required":    {"spec.tags[0]", map[string]any{"key": "team", "required": false}, emptyRule},
	"a rule of a key alone":          {"spec.tags[0]", map[string]any{"key": "team"}, emptyRule},
	"a rule for a key of MLflow":     {"spec.tags[0].key", "mlflow.user", ruleReserved},
	"a rule for a key of ours":       {"spec.tags[0].key", "registry.mlflow-operator.io/managed-by", ruleReserved},
	"a rule for the owner":           {"spec.tags[0].key", "owner", ""},
	"two rules for one key":          {"spec.tags[1].key", "team", "Duplicate value"},
	"a value twice":                  {"spec.tags[0].values", []any{"nlp", "nlp"}, "Duplicate value"},
	"metadata that is unknown":       {"spec.requiredMetadata", []any{"tags"}, unsupportedMetadata},
	"metadata twice":                 {"spec.requiredMetadata", []any{"owner", "owner"}, "Duplicate value"},
	"no rule":                        {"spec.tags", absent{}, ""},
	"no stage":                       {"spec.stages", absent{}, ""},
	"an alias in capitals":           {"spec.stages[1].alias", "Champion", noAlias},
	"a stage in capitals":            {"spec.stages[0]", newStage("Staging", ""), noStage},
	"a soak in days":                 {"spec.stages[1].requiredSoakTime", "1d", noDuration},
	"a stage's alias for another":    {"spec.stages[0].alias", "champion", aliasTwice},
	"a reserved alias":               {"spec.stages[1].alias", "latest", aliasReserved},
	"a reserved name":                {"spec.stages[0]", newStage("v2", ""), nameReserved},
	"a legacy stage twice":           {"spec.stages[0].mlflowStage", "Production", mlflowStageTwice},
	"a later stage as an earlier":    {"spec.stages[0].promotesFrom", []any{"production"}, promotesFromEarlier},
	"a stage of a name twice":        {"spec.stages[0]", newStage("production", "other"), "Duplicate value"},
	"a soak too short":               {"spec.stages[1].requiredSoakTime", "999ms", soakBounds},
	"a soak of the first stage":      {"spec.stages[0].requiredSoakTime", "24h", soakFrom},
	"a field that is only a model's": {"spec.owner", "nlp-team", `unknown field "spec.owner"`},
}

var classChanges = validationCases{
	"the rules":         {"spec.tags", absent{}, ""},
	"the metadata":      {"spec.requiredMetadata", []any{"owner"}, ""},
	"the gates":         {"spec.stages[1].gates", absent{}, ""},
	"a stage's alias":   {"spec.stages[1].alias", "live", aliasImmutable},
	"another stage":     {"spec.stages[1]", newStage("live", "champion"), ""},
	"the retention":     {"spec.retention", absent{}, ""},
	"a stage that goes": {"spec.stages", []any{newStage("staging", "")}, ""},
}

var unsupportedMetadata = unsupportedValue("tags", "owner", "useCase", "deploymentTarget", "description")

func fullClass() *v1alpha1.ModelClass {
	return builder.Class("full").
		RequireTag("team", "nlp", "search", "research").
		TagRule(v1alpha1.TagRule{Key: "cost-center", Pattern: `\d{4}`}).
		RequireMetadata(v1alpha1.MetadataOwner, v1alpha1.MetadataUseCase, v1alpha1.MetadataDeploymentTarget, v1alpha1.MetadataDescription).
		Stages(fullStages()...).
		Retention(builder.KeepLatest(10).DeleteOthers().KeepTagged("legal_hold")).
		Build()
}

// retentionRows are the cases of the retention of a model and of a class.
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
	"a tag that MLflow rejects":  {"spec.retention.keepTags", []any{"a$b"}, noTagKey},
	"a tag of the operator's":    {"spec.retention.keepTags", []any{"registry.mlflow-operator.io/promotion.production"}, ""},
	"a retention by age instead": {"spec.retention.maxAge", "30d", `unknown field "spec.retention.maxAge"`},
}
