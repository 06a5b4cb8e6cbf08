// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

const (
	urlShape       = "url must be an absolute http or https URL, such as http://mlflow.mlops.svc:5000"
	urlPort        = "the port in url must lie between 1 and 65535"
	workspaceName  = "workspace must be the name of an MLflow workspace: lower-case letters, digits and hyphens within"
	urlCredentials = "url must not carry credentials: put them into a Secret and name it under auth"
	urlQuery       = "url must have no query and no fragment: it is the base of MLflow's REST API"
	oneAuth        = "exactly one of the fields in [basic bearer] must be set"
	someTLS        = "at least one of the fields in [caRef insecureSkipVerify] must be set"
	pollBounds     = "pollInterval must lie between 1s and 24h"
	timeoutBounds  = "timeout must lie between 1s and 10m"
)

var connectionRows = validationCases{
	"url with a path prefix":        {"spec.url", "https://mlflow.example.com/team/mlflow/", ""},
	"url with an address":           {"spec.url", "http://10.0.0.7:5000", ""},
	"url with an IPv6 address":      {"spec.url", "http://[fd00::7]:5000", ""},
	"url without a scheme":          {"spec.url", "mlflow:5000", urlShape},
	"url of a name alone":           {"spec.url", "mlflow", urlShape},
	"url of another scheme":         {"spec.url", "databricks://profile", urlShape},
	"url without a host":            {"spec.url", "http:///mlflow", urlShape},
	"url with a space":              {"spec.url", "http://ml flow:5000", urlShape},
	"url with a password":           {"spec.url", "http://admin:secret@mlflow:5000", urlCredentials},
	"url with a query":              {"spec.url", "http://mlflow:5000?workspace=news", urlQuery},
	"url with a fragment":           {"spec.url", "http://mlflow:5000/#/models", urlQuery},
	"auth without a way":            {"spec.auth", map[string]any{}, oneAuth},
	"auth in two ways":              {"spec.auth.bearer", secretRef("mlflow-token"), oneAuth},
	"tls without a word":            {"spec.tls", map[string]any{}, someTLS},
	"secret of another place":       {"spec.auth.basic.secretRef.namespace", "mlops", `unknown field "spec.auth.basic.secretRef.namespace"`},
	"secret with a bad name":        {"spec.auth.basic.secretRef.name", "MLflow_Login", noObjectName},
	"url with the highest port":     {"spec.url", "https://mlflow:65535", ""},
	"url with a higher port":        {"spec.url", "http://mlflow:65536", urlPort},
	"url with a port far away":      {"spec.url", "http://mlflow:99999999999999999999", urlPort},
	"url with port zero":            {"spec.url", "http://mlflow:0", urlPort},
	"url with an empty port":        {"spec.url", "http://mlflow:/api", ""},
	"no workspace":                  {"spec.workspace", "", ""},
	"workspace of two lines":        {"spec.workspace", "team\nother", workspaceName},
	"workspace in capitals":         {"spec.workspace", "Team-A", workspaceName},
	"workspace with a hyphen":       {"spec.workspace", "team-a", ""},
	"shortest pollInterval":         {"spec.pollInterval", "1s", ""},
	"longest pollInterval":          {"spec.pollInterval", "23h59m60s", ""},
	"pollInterval too short":        {"spec.pollInterval", "999ms", pollBounds},
	"pollInterval too long":         {"spec.pollInterval", "24h1s", pollBounds},
	"pollInterval of centuries":     {"spec.pollInterval", "99999h99999h99999h99999h99999h", pollBounds},
	"pollInterval of no unit":       {"spec.pollInterval", "30", noDuration},
	"pollInterval of days":          {"spec.pollInterval", "1d", noDuration},
	"pollInterval below zero":       {"spec.pollInterval", "-30s", noDuration},
	"least maxPollDutyCyclePercent": {"spec.maxPollDutyCyclePercent", 1, ""},
	"most maxPollDutyCyclePercent":  {"spec.maxPollDutyCyclePercent", 50, ""},
	"maxPollDutyCyclePercent of 0":  {"spec.maxPollDutyCyclePercent", 0, "greater than or equal to 1"},
	"maxPollDutyCyclePercent of 51": {"spec.maxPollDutyCyclePercent", 51, "less than or equal to 50"},
	"shortest timeout":              {"spec.timeout", "1.0s", ""},
	"longest timeout":               {"spec.timeout", "10m", ""},
	"timeout too short":             {"spec.timeout", "0s", timeoutBounds},
	"timeout too long":              {"spec.timeout", "10m1s", timeoutBounds},
	"an unknown field":              {"spec.uri", "http://mlflow:5000", `unknown field "spec.uri"`},
}

// Every field of a connection can be edited.
var connectionChanges = validationCases{
	"url": {"spec.url", "http://other:5000", ""},
}

// secretRef authenticates with the Secret of that name.
func secretRef(secret string) map[string]any {
	return map[string]any{"secretRef": map[string]any{"name": secret}}
}
