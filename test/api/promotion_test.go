// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

const (
	oneVersionField        = "exactly one of the fields in [version versionFrom] must be set"
	oneSource              = "exactly one of the fields in [latest stage alias modelVersionRef] must be set"
	differentStage         = "versionFrom.stage must name another stage than the one to promote to"
	overrideBuiltin        = "version-ready and not-backward can't be overridden: remove them from override.gates"
	overrideReasonRequired = "override.reason must say why the gates are overridden"
)

var promotionRows = validationCases{
	"no version":                  {"spec.version", absent{}, oneVersionField},
	"two ways to a version":       {"spec.versionFrom", newVersionFrom("stage", "staging"), oneVersionField},
	"a version without quotes":    {"spec.version", int64(7), `must be of type string: "integer"`},
	"version zero":                {"spec.version", "0", noVersion},
	"version with a zero first":   {"spec.version", "07", noVersion},
	"version with a v":            {"spec.version", "v7", noVersion},
	"version latest":              {"spec.version", "latest", noVersion},
	"the first version":           {"spec.version", "1", ""},
	"expected without quotes":     {"spec.expectedCurrentVersion", int64(6), `must be of type string: "integer"`},
	"expecting anything":          {"spec.expectedCurrentVersion", absent{}, ""},
	"a stage in capitals":         {"spec.stage", "Production", noStage},
	"a model in capitals":         {"spec.modelRef.name", "Sentiment", noObjectName},
	"a model of another place":    {"spec.modelRef.namespace", "mlops", `unknown field "spec.modelRef.namespace"`},
	"a mode in other words":       {"spec.mode", "Preview", unsupportedValue("Preview", "Enforce", "DryRun")},
	"a dry run":                   {"spec.mode", "DryRun", ""},
	"no override":                 {"spec.override", absent{}, ""},
	"an override for another":     {"spec.override.version", "8", ""},
	"an override of the order":    {"spec.override.gates", []any{"promotes-from", "required-soak-time"}, ""},
	"an override of a deletion":   {"spec.override.gates", []any{"accuracy", "version-ready"}, overrideBuiltin},
	"an override of the way":      {"spec.override.gates", []any{"not-backward"}, overrideBuiltin},
	"an override of a gate twice": {"spec.override.gates", []any{"accuracy", "accuracy"}, "Duplicate value"},
	"an override of no gate":      {"spec.override.gates", []any{"f1_score"}, noGate},
	"an override without a word":  {"spec.override.reason", " \t\n", overrideReasonRequired},
	"an override by whom":         {"spec.override.by", "me", `unknown field "spec.override.by"`},
	"an unknown field":            {"spec.alias", "champion", `unknown field "spec.alias"`},
	"a source of no kind":         {"spec", newPromotionSpec(map[string]any{}), oneSource},
	"a source of two kinds":       {"spec", newPromotionSpec(map[string]any{"stage": "staging", "alias": "challenger"}), oneSource},
	"the same stage as a source":  {"spec", newPromotionSpec(newVersionFrom("stage", "production")), differentStage},
	"another stage as a source":   {"spec", newPromotionSpec(newVersionFrom("stage", "staging")), ""},
	"an alias as a source":        {"spec", newPromotionSpec(newVersionFrom("alias", "Challenger")), ""},
	"a ModelVersion in capitals": {
		"spec", newPromotionSpec(newVersionFrom("modelVersionRef", map[string]any{"name": "Sentiment"})), noObjectName,
	},
	"a ModelVersion as a source": {"spec", newPromotionSpec(newVersionFrom("modelVersionRef", map[string]any{"name": "sentiment-7"})), ""},
	"the latest as a source":     {"spec", newPromotionSpec(newVersionFrom("latest", map[string]any{})), ""},
	"the latest with a tag":      {"spec", newPromotionSpec(newLatest("validated")), ""},
	"the latest with no tag key": {"spec", newPromotionSpec(newLatest("")), keySize},
	"the latest with a long key": {"spec", newPromotionSpec(newLatest(repeat("k", 251))), keySize},
	"a tag without quotes":       {"spec", newPromotionSpec(newLatestWith("validated", true)), `must be of type string: "boolean"`},
	"no requester":               {"spec.requestedBy", absent{}, ""},
}

const (
	modelImmutable = "modelRef never changes: create another ModelPromotion for another model"
	stageImmutable = "stage never changes: create another ModelPromotion for another stage"
)

var promotionChanges = validationCases{
	"modelRef":     {"spec.modelRef.name", "other", modelImmutable},
	"stage":        {"spec.stage", "staging", stageImmutable},
	"version":      {"spec.version", "8", ""},
	"mode":         {"spec.mode", "DryRun", ""},
	"gates":        {"spec.gates", absent{}, ""},
	"precondition": {"spec.expectedCurrentVersion", absent{}, ""},
	"override":     {"spec.override", absent{}, ""},
	"suspend":      {"spec.suspend", true, ""},
	"requestedBy":  {"spec.requestedBy", "bob@example.com", ""},
	"versionFrom":  {"spec", newPromotionSpec(newVersionFrom("stage", "staging")), ""},
}

// newPromotionSpec returns the spec of a promotion with this source of versions.
func newPromotionSpec(source map[string]any) map[string]any {
	return map[string]any{
		"modelRef":    map[string]any{"name": "sentiment"},
		"stage":       "production",
		"versionFrom": source,
	}
}

func newVersionFrom(kind string, value any) map[string]any {
	return map[string]any{kind: value}
}

func newLatest(tag string) map[string]any {
	return newLatestWith(tag, "")
}

func newLatestWith(tag string, value any) map[string]any {
	return newVersionFrom("latest", map[string]any{"tags": map[string]any{tag: value}})
}
