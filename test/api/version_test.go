// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

const (
	someSource          = "source needs one of runID, loggedModelID, uri and version"
	adoptedVersionAlone = "version adopts a version that exists, and stands alone: remove the other fields of source, or version"
	oneOwner            = "a version has one owner: set runID or loggedModelID, not both"
	pathOfRun           = "artifactPath is a path among the artifacts of the run: set runID and no uri, or remove artifactPath"
	pathInside          = "artifactPath must lie below the artifacts of the run: remove . and .. from it"
	ownedByRun          = "MLflow demands the run that owns a runs:/ URI: set runID to it, or use runID and artifactPath without uri"
	ownedByModel        = "MLflow demands the logged model that owns a models:/m- URI: " +
		"set loggedModelID to it, or use loggedModelID without uri"
	ownedArtifacts        = "MLflow demands the run or the logged model that owns the artifacts: set runID or loggedModelID, too"
	noLocalFiles          = "uri can't be a local file, nor have .. in it: use runID and artifactPath for what a run logged, or a bucket"
	metricSize            = "metric keys have 1 to 250 characters"
	metricChars           = "metric keys consist of letters, digits, underscores, hyphens, periods, spaces, colons and single slashes within"
	metricReserved        = "metric keys under mlflow. and registry.mlflow-operator.io/ are reserved: choose another key"
	metricAndTag          = "metrics are written as tags of the version: write each key in one of metrics and tags only"
	versionModelImmutable = "modelRef never changes: create another ModelVersion for another model"
	sourceImmutable       = "source never changes, since a version in MLflow never does: create another ModelVersion for another version"
	metricsImmutable      = "metrics never change, since they were measured of this version: create another ModelVersion for another version"
)

var versionRows = validationCases{
	"a run alone":                    {"spec.source", newSource("runID", "abc"), ""},
	"a model in capitals":            {"spec.modelRef.name", "Sentiment", noObjectName},
	"a version with a v":             {"spec.source", newSource("version", "v7"), noVersion},
	"a run with a dot":               {"spec.source", newSource("runID", "a.b"), noRun},
	"a path with spaces":             {"spec.source.artifactPath", "models/best model", ""},
	"a path that begins above":       {"spec.source.artifactPath", "/model", noArtifactPath},
	"a path upwards":                 {"spec.source.artifactPath", "model/../other", pathInside},
	"a path to itself":               {"spec.source.artifactPath", "./model", pathInside},
	"a path of three dots":           {"spec.source.artifactPath", "model/...", ""},
	"a path without a run":           {"spec.source", newSource("artifactPath", "model", "loggedModelID", "m-1"), pathOfRun},
	"a path beside a uri":            {"spec.source", newSource("artifactPath", "model", "runID", "abc", "uri", "s3://bucket/x"), pathOfRun},
	"a logged model alone":           {"spec.source", newSource("loggedModelID", "m-385c"), ""},
	"a logged model without its m":   {"spec.source", newSource("loggedModelID", "385c"), noLoggedModel},
	"two owners":                     {"spec.source", newSource("loggedModelID", "m-385c", "runID", "abc"), oneOwner},
	"nothing":                        {"spec.source", newSource(), "should have at least 1 properties"},
	"a path of nothing":              {"spec.source", newSource("artifactPath", "model"), someSource},
	"a bucket":                       {"spec.source", newSource("uri", "s3://bucket/model v1"), ""},
	"a bucket of a run":              {"spec.source", newSource("uri", "s3://bucket/model", "runID", "abc"), ""},
	"a bucket of a logged model":     {"spec.source", newSource("uri", "gs://bucket/model", "loggedModelID", "m-1"), ""},
	"another version":                {"spec.source", newSource("uri", "models:/sentiment/7"), ""},
	"a local path":                   {"spec.source", newSource("uri", "/tmp/model"), noURI},
	"a file":                         {"spec.source", newSource("uri", "file:///tmp/model"), noLocalFiles},
	"a uri upwards":                  {"spec.source", newSource("uri", "s3://bucket/../other"), noLocalFiles},
	"a uri that ends upwards":        {"spec.source", newSource("uri", "s3://bucket/.."), noLocalFiles},
	"a uri with a line break":        {"spec.source", newSource("uri", "s3://bucket/a\nb"), noURI},
	"a run's uri":                    {"spec.source", newSource("uri", "runs:/abc/model", "runID", "abc"), ""},
	"a run's uri without the run":    {"spec.source", newSource("uri", "runs:/abc/model"), ownedByRun},
	"a run's uri with another run":   {"spec.source", newSource("uri", "runs:/abc/model", "runID", "abd"), ownedByRun},
	"a logged model's uri":           {"spec.source", newSource("uri", "models:/m-1", "loggedModelID", "m-1"), ""},
	"a logged model's uri alone":     {"spec.source", newSource("uri", "models:/m-1"), ownedByModel},
	"a logged model's uri of a run":  {"spec.source", newSource("uri", "models:/m-1", "runID", "abc"), ownedByModel},
	"artifacts of a run":             {"spec.source", newSource("uri", "mlflow-artifacts:/0/abc/artifacts/model", "runID", "abc"), ""},
	"artifacts without an owner":     {"spec.source", newSource("uri", "mlflow-artifacts:/0/abc/artifacts/model"), ownedArtifacts},
	"a version alone":                {"spec.source", newSource("version", "7"), ""},
	"a version without quotes":       {"spec.source", map[string]any{"version": int64(7)}, `must be of type string: "integer"`},
	"a version from a run":           {"spec.source", newSource("version", "7", "runID", "abc"), adoptedVersionAlone},
	"a version from somewhere":       {"spec.source", newSource("version", "7", "uri", "s3://bucket/x"), adoptedVersionAlone},
	"a tag key of nothing":           {"spec.tags", newTags(""), keySize},
	"a tag key with a dollar sign":   {"spec.tags", newTags("a$b"), keyCharacters},
	"a tag key of MLflow":            {"spec.tags", newTags("mlflow.user"), keyReserved},
	"a tag key of the operator":      {"spec.tags", newTags("registry.mlflow-operator.io/registered-by"), keyReserved},
	"a metric that is no number":     {"spec.metrics", map[string]any{"f1": "high"}, noDecimal},
	"a metric without quotes":        {"spec.metrics", map[string]any{"f1": int64(1)}, `must be of type string: "integer"`},
	"a metric key of nothing":        {"spec.metrics", map[string]any{"": "1"}, metricSize},
	"a metric key with a dollar":     {"spec.metrics", map[string]any{"a$b": "1"}, metricChars},
	"a metric key of MLflow":         {"spec.metrics", map[string]any{"mlflow.f1": "1"}, metricReserved},
	"a metric that is a tag":         {"spec.metrics", map[string]any{"trained_on": "1"}, metricAndTag},
	"a policy in other words":        {"spec.deletionPolicy", "Orphan", unsupportedValue("Orphan", "Retain", "Archive", "Delete")},
	"an unknown field":               {"spec.source.path", "model", `unknown field "spec.source.path"`},
	"a model of another place again": {"spec.modelRef.namespace", "mlops", `unknown field "spec.modelRef.namespace"`},
}

var versionChanges = validationCases{
	"modelRef":             {"spec.modelRef.name", "other", versionModelImmutable},
	"the run":              {"spec.source.runID", "other", sourceImmutable},
	"the path":             {"spec.source.artifactPath", absent{}, sourceImmutable},
	"the kind of source":   {"spec.source", newSource("version", "7"), sourceImmutable},
	"a metric":             {"spec.metrics", map[string]any{"human_rating": "5"}, metricsImmutable},
	"the metrics, to none": {"spec.metrics", absent{}, metricsImmutable},
	"description":          {"spec.description", "better words", ""},
	"tags":                 {"spec.tags", absent{}, ""},
	"deletionPolicy":       {"spec.deletionPolicy", "Delete", ""},
	"suspend":              {"spec.suspend", true, ""},
}

// newSource returns a source with these fields, given as pairs of name and value.
func newSource(pairs ...string) map[string]any {
	fields := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		fields[pairs[i]] = pairs[i+1]
	}
	return fields
}
