// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

const (
	dotName      = "modelName must be a name that MLflow accepts: not . and not .."
	tagsSetTwice = "owner, useCase and deploymentTarget are the tags owner, use_case and deployment_target: " +
		"write each in one place only"
	keySize             = "tag keys have 1 to 250 characters"
	keyCharacters       = "tag keys consist of letters, digits, underscores, hyphens, periods, spaces, colons and single slashes within"
	keyReserved         = "tag keys under mlflow. and registry.mlflow-operator.io/ are reserved: choose another key"
	aliasReserved       = `MLflow reserves the aliases "latest" and "v" with digits: choose another alias, such as champion`
	nameReserved        = `the stage's name can't be its alias, since MLflow reserves "latest" and "v" with digits: set alias`
	aliasTwice          = "two stages have the same alias: give each stage an alias of its own"
	mlflowStageTwice    = "two stages have the same mlflowStage: set it in one of them only"
	promotesFromEarlier = "promotesFrom may only name stages that stand earlier in the list"
	soakBounds          = "requiredSoakTime must lie between 1s and 8760h"
	soakFrom            = "requiredSoakTime is how long a version must have held the stages of promotesFrom: " +
		"set promotesFrom, or remove requiredSoakTime"
)

var modelRows = validationCases{
	"a name with spaces":       {"spec.modelName", "Neuro Sentiment (v2) é", ""},
	"a name with a slash":      {"spec.modelName", "neuro/sentiment", noModelName},
	"a name with a colon":      {"spec.modelName", "neuro:sentiment", noModelName},
	"a name of spaces":         {"spec.modelName", "  ", noModelName},
	"a name with a line break": {"spec.modelName", "neuro\nsentiment", noModelName},
	"a name with a control":    {"spec.modelName", "neuro\u0085sentiment", noModelName},
	"a name of one dot":        {"spec.modelName", ".", dotName},
	"a name of two dots":       {"spec.modelName", "..", dotName},
	"a connection in capitals": {"spec.connectionRef.name", "MLflow", noObjectName},
	"no connection":            {"spec.connectionRef", absent{}, ""},
	"a shared connection":      {"spec.connectionRef.kind", "ClusterMLflowConnection", ""},
	"a connection of another kind": {
		"spec.connectionRef.kind", "Secret", unsupportedValue("Secret", "MLflowConnection", "ClusterMLflowConnection"),
	},
	"no kind of connection":        {"spec.connectionRef.kind", absent{}, ""},
	"no class":                     {"spec.className", absent{}, ""},
	"a class in capitals":          {"spec.className", "NeuroNews", noClassName},
	"no description":               {"spec.description", "", ""},
	"tag with an empty value":      {"spec.tags", newTags("reviewed"), ""},
	"tag key with a path":          {"spec.tags", newTags("team.example.com/cost centre:a-b_c"), ""},
	"tag key of 250 characters":    {"spec.tags", newTags(repeat("k", 250)), ""},
	"tag key too long":             {"spec.tags", newTags(repeat("k", 251)), keySize},
	"tag key of nothing":           {"spec.tags", newTags(""), keySize},
	"tag key with a dollar sign":   {"spec.tags", newTags("a$b"), keyCharacters},
	"tag key with two slashes":     {"spec.tags", newTags("a//b"), keyCharacters},
	"tag key with a slash first":   {"spec.tags", newTags("/a"), keyCharacters},
	"tag key of MLflow":            {"spec.tags", newTags("mlflow.source.git.commit"), keyReserved},
	"tag key of the operator":      {"spec.tags", newTags("registry.mlflow-operator.io/managed-by"), keyReserved},
	"owner in two places":          {"spec.tags", newTags("owner"), tagsSetTwice},
	"use case in two places":       {"spec.tags", newTags("use_case"), tagsSetTwice},
	"target in two places":         {"spec.tags", newTags("deployment_target"), tagsSetTwice},
	"alias with an underscore":     {"spec.stages[1].alias", "prod_eu-1", ""},
	"alias of digits":              {"spec.stages[1].alias", "123", ""},
	"alias with v and words":       {"spec.stages[1].alias", "v1-shadow", ""},
	"alias in capitals":            {"spec.stages[1].alias", "Champion", noAlias},
	"alias with a dot":             {"spec.stages[1].alias", "champion.eu", noAlias},
	"alias that ends in a hyphen":  {"spec.stages[1].alias", "champion-", noAlias},
	"alias latest":                 {"spec.stages[1].alias", "latest", aliasReserved},
	"alias v1":                     {"spec.stages[1].alias", "v1", aliasReserved},
	"alias of another stage":       {"spec.stages[1].alias", "staging", aliasTwice},
	"alias for both":               {"spec.stages[0].alias", "champion", aliasTwice},
	"stage latest":                 {"spec.stages[0]", newStage("latest", ""), nameReserved},
	"stage v2":                     {"spec.stages[0]", newStage("v2", ""), nameReserved},
	"stage with an underscore":     {"spec.stages[0]", newStage("pre_production", ""), noStage},
	"stage of a name twice":        {"spec.stages[0]", newStage("production", "other"), "Duplicate value"},
	"legacy stage twice":           {"spec.stages[0].mlflowStage", "Production", mlflowStageTwice},
	"legacy stage Archived":        {"spec.stages[0].mlflowStage", "Archived", unsupportedValue("Archived", "Staging", "Production")},
	"from itself":                  {"spec.stages[1].promotesFrom", []any{"production"}, promotesFromEarlier},
	"from a stage that is unknown": {"spec.stages[1].promotesFrom", []any{"staging", "canary"}, promotesFromEarlier},
	"from a later stage":           {"spec.stages[0].promotesFrom", []any{"production"}, promotesFromEarlier},
	"from a stage twice":           {"spec.stages[1].promotesFrom", []any{"staging", "staging"}, "Duplicate value"},
	"no time of soaking":           {"spec.stages[1].requiredSoakTime", absent{}, ""},
	"the shortest soak":            {"spec.stages[1].requiredSoakTime", "1s", ""},
	"the longest soak":             {"spec.stages[1].requiredSoakTime", "8760h", ""},
	"a soak too short":             {"spec.stages[1].requiredSoakTime", "999ms", soakBounds},
	"a soak too long":              {"spec.stages[1].requiredSoakTime", "8760h1s", soakBounds},
	"a soak in days":               {"spec.stages[1].requiredSoakTime", "1d", noDuration},
	"a soak without a unit":        {"spec.stages[1].requiredSoakTime", "24", noDuration},
	"a soak in no stage before":    {"spec.stages[1].promotesFrom", absent{}, soakFrom},
	"a soak of the first stage":    {"spec.stages[0].requiredSoakTime", "24h", soakFrom},
	"no word on overrides":         {"spec.stages[1].overridePolicy", absent{}, ""},
	"overrides in other words":     {"spec.stages[1].overridePolicy", "Never", unsupportedValue("Never", "Forbid", "Allow")},
	"no stages":                    {"spec.stages", absent{}, ""},
	"no retention":                 {"spec.retention", absent{}, ""},
	"a deletion that archives":     {"spec.deletionPolicy", "Archive", unsupportedValue("Archive", "Retain", "Delete")},
	"an unknown field":             {"spec.stages[1].minimumSoak", "24h", `unknown field "spec.stages[1].minimumSoak"`},
}

const (
	modelNameImmutable = "modelName never changes: create another RegisteredModel for another model"
	aliasImmutable     = "the alias of a stage never changes, because the old alias would be left behind: " +
		"add another stage with the new alias, promote there, and remove this one"
	connectionImmutable = "connectionRef never changes: create another RegisteredModel for another server, or edit the connection"
)

var modelChanges = validationCases{
	"modelName":                {"spec.modelName", "other", modelNameImmutable},
	"modelName removed":        {"spec.modelName", absent{}, modelNameImmutable},
	"connectionRef":            {"spec.connectionRef.name", "other", connectionImmutable},
	"connectionRef's kind":     {"spec.connectionRef.kind", "ClusterMLflowConnection", connectionImmutable},
	"the kind that is default": {"spec.connectionRef.kind", absent{}, ""},
	"connectionRef removed":    {"spec.connectionRef", absent{}, connectionImmutable},
	"a stage's alias":          {"spec.stages[1].alias", "champion-2", aliasImmutable},
	"a stage's alias removed":  {"spec.stages[1].alias", absent{}, aliasImmutable},
	"an alias for a stage":     {"spec.stages[0].alias", "candidate", aliasImmutable},
	"an alias that is said":    {"spec.stages[0].alias", "staging", ""},
	"a stage with that alias":  {"spec.stages[1]", newStage("live", "champion"), ""},
	"the gates":                {"spec.stages[1].gates", absent{}, ""},
	"the class":                {"spec.className", "neuronews-embeddings", ""},
	"the class removed":        {"spec.className", absent{}, ""},
	"the tags":                 {"spec.tags", absent{}, ""},
	"the retention":            {"spec.retention.keepLatest", int64(1), ""},
	"no retention any more":    {"spec.retention", absent{}, ""},
	"the deletion":             {"spec.deletionPolicy", "Retain", ""},
	"the adoption":             {"spec.adoptionPolicy", "TakeOver", ""},
	"how long a version soaks": {"spec.stages[1].requiredSoakTime", "1h", ""},
	"who may override":         {"spec.stages[1].overridePolicy", "Forbid", ""},
	"the order of the stages":  {"spec.stages", []any{newStage("production", "champion"), newStage("staging", "")}, ""},
	"the way it is managed":    {"spec.managementPolicy", "Observe", ""},
	"whether it is suspended":  {"spec.suspend", true, ""},
	"the use, to another word": {"spec.useCase", "toxicity", ""},
}

func newTags(key string) map[string]any {
	return map[string]any{key: ""}
}

func newStage(name, alias string) map[string]any {
	if alias == "" {
		return map[string]any{"name": name}
	}
	return map[string]any{"name": name, "alias": alias}
}
