// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

const (
	passedMessage     = "Passed: accuracy 0.95 is greater than 0.92 (gate accuracy, run 3f2a91c0)"
	notVerifiedSuffix = ", so the run's metrics don't count (gate accuracy; provenance: Claimed would accept them)"
)

// TestProvenance: run A has the accuracy that the gate requires.
func TestProvenance(t *testing.T) {
	tests := map[string]struct {
		setup func(fixture, *entities.ModelVersion)
		want  string
	}{
		"a source that names the run": {
			func(_ fixture, v *entities.ModelVersion) { v.Source = "runs:/" + runA + "/model" },
			passedMessage,
		},
		"a source that names it where the version doesn't": {
			func(_ fixture, v *entities.ModelVersion) { v.Source = "runs:/" + runA + "/model"; v.RunID = "" },
			passedMessage,
		},
		"a source that names another run": {
			func(_ fixture, v *entities.ModelVersion) { v.Source = "runs:/" + runB + "/model" },
			"Failed GateFailed: version 4 claims run 3f2a91c0 but its source runs:/" + runB +
				"/model belongs to run b0b0b0b0" + notVerifiedSuffix,
		},
		"a source that names the run and leads out of it": {
			func(_ fixture, v *entities.ModelVersion) { v.Source = "runs:/" + runA + "/../" + runB },
			"Failed GateFailed: version 4 claims run 3f2a91c0 but its source runs:/" + runA + "/../" + runB +
				" does not lie under the run's artifacts" + notVerifiedSuffix,
		},
		"a bucket under the run's artifacts": {
			func(_ fixture, v *entities.ModelVersion) { v.Source = "s3://bucket/1/" + runA + "/artifacts/model" },
			passedMessage,
		},
		"a bucket elsewhere": {
			func(_ fixture, v *entities.ModelVersion) { v.Source = "s3://bucket/9/model" },
			"Failed GateFailed: version 4 claims run 3f2a91c0 but its source s3://bucket/9/model " +
				"does not lie under the run's artifacts" + notVerifiedSuffix,
		},
		"a secret in the source is not in the message": {
			func(_ fixture, v *entities.ModelVersion) { v.Source = "https://me:secret@host/model?sig=secret" },
			"Failed GateFailed: version 4 claims run 3f2a91c0 but its source https://host/model " +
				"does not lie under the run's artifacts" + notVerifiedSuffix,
		},
		"a logged model of the run": {
			func(f fixture, v *entities.ModelVersion) {
				v.Source = "models:/" + modelID
				f[loggedModelKey(modelID)] = &entities.LoggedModel{ModelID: modelID, SourceRunID: runA}
			},
			passedMessage,
		},
		"a logged model of another run": {
			func(f fixture, v *entities.ModelVersion) {
				v.Source = "models:/" + modelID
				f[loggedModelKey(modelID)] = &entities.LoggedModel{ModelID: modelID, SourceRunID: runB}
			},
			"Failed GateFailed: version 4 claims run 3f2a91c0 but its source models:/" + modelID +
				" belongs to run b0b0b0b0" + notVerifiedSuffix,
		},
		"a copy": {
			func(f fixture, v *entities.ModelVersion) {
				v.Source, v.RunID = "models:/dev/7", ""
				addOriginal(f, "dev", "7", "runs:/"+runA+"/model")
			},
			passedMessage,
		},
		"a copy of a copy": {
			func(f fixture, v *entities.ModelVersion) {
				v.Source = "models:/test/2"
				addOriginal(f, "test", "2", "models:/dev/7")
				addOriginal(f, "dev", "7", "s3://bucket/1/"+runA+"/artifacts/model")
			},
			passedMessage,
		},
		"a copy of an unproven original": {
			func(f fixture, v *entities.ModelVersion) {
				v.Source = "models:/dev/7"
				addOriginal(f, "dev", "7", "s3://bucket/9")
			},
			"Failed GateFailed: version 4 claims run 3f2a91c0 but its source s3://bucket/9 " +
				"does not lie under the run's artifacts" + notVerifiedSuffix,
		},
		"a copy that claims another run than the original": {
			func(f fixture, v *entities.ModelVersion) {
				v.Source = "models:/dev/7"
				addOriginal(f, "dev", "7", "runs:/"+runB+"/model").RunID = runB
			},
			"Failed GateFailed: version 4 claims run 3f2a91c0 but the version that it was copied from names another run" +
				notVerifiedSuffix,
		},
		"a copy of a copy that claims another run": {
			func(f fixture, v *entities.ModelVersion) {
				v.Source = "models:/test/2"
				addOriginal(f, "test", "2", "models:/dev/7").RunID = runB
				addOriginal(f, "dev", "7", "runs:/"+runA+"/model")
			},
			"Failed GateFailed: version 4 claims run 3f2a91c0 but the version that it was copied from names another run" +
				notVerifiedSuffix,
		},
		"a copy of a name that may be an alias": {
			func(f fixture, v *entities.ModelVersion) {
				v.Source = "models:/dev@best/7"
				addOriginal(f, "dev@best", "7", "runs:/"+runA+"/model")
			},
			"Failed GateFailed: version 4 claims run 3f2a91c0 but its source models:/dev@best/7 " +
				"does not lie under the run's artifacts" + notVerifiedSuffix,
		},
		"a copy whose original is gone": {
			func(_ fixture, v *entities.ModelVersion) { v.Source = "models:/dev/7" },
			"Failed GateFailed: version 4 is a copy, but version 7 of model dev does not exist (gate accuracy)",
		},
		"a copy whose original can't be read": {
			func(f fixture, v *entities.ModelVersion) {
				v.Source = "models:/dev/7"
				f[VersionKey("dev", "7")] = unreadableValue("timeout")
			},
			"Error GateError: version 4 is a copy, but version 7 of model dev could not be read: timeout (gate accuracy)",
		},
		"a copy whose original was replaced": {
			func(f fixture, v *entities.ModelVersion) {
				v.Source = "models:/dev/7"
				addOriginal(f, "dev", "7", "runs:/"+runA+"/model").CreationTimestamp = v.CreationTimestamp + 1
			},
			"Failed GateFailed: version 4 is a copy, but version 7 of model dev is younger than its copy: " +
				"the original is gone (gate accuracy)",
		},
		"copies in a circle": {
			func(f fixture, v *entities.ModelVersion) {
				v.Source = "models:/dev/7"
				addOriginal(f, "dev", "7", "models:/sentiment/4").CreationTimestamp = v.CreationTimestamp
			},
			"Failed GateFailed: version 4 is at the end of a chain of more than 5 copies (gate accuracy)",
		},
		"a copy by alias, which moves": {
			func(_ fixture, v *entities.ModelVersion) { v.Source = "models:/dev@champion" },
			"Failed GateFailed: version 4 claims run 3f2a91c0 but its source models:/dev@champion " +
				"does not lie under the run's artifacts" + notVerifiedSuffix,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := fixture{}
			f.addRunVersion("4", runA, newPoint("accuracy", "0.95"))
			tt.setup(f, f.addVersion("4"))
			got := formatLastGate(f.evaluate(t, newRequest(newAccuracyGate("GreaterThan", "0.92"))))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// addOriginal is a version of another model, older than the candidate.
func addOriginal(f fixture, name, number, source string) *entities.ModelVersion {
	v := f.addVersionOf(name, number)
	v.CreationTimestamp = 150
	v.RunID = runA
	v.Source = source
	return v
}

func TestCopyChain(t *testing.T) {
	f := fixture{}
	f.addRunVersion("4", runA, newPoint("accuracy", "0.95"))
	f.addVersion("4").Source = "models:/one/1"
	addOriginal(f, "one", "1", "models:/two/2")
	addOriginal(f, "two", "2", "models:/three/3")
	addOriginal(f, "three", "3", "models:/four/4")
	addOriginal(f, "four", "4", "models:/five/5")
	addOriginal(f, "five", "5", "runs:/"+runA+"/model")
	if diff := cmp.Diff(passedMessage, formatLastGate(f.evaluate(t, newRequest(newAccuracyGate("GreaterThan", "0.92"))))); diff != "" {
		t.Error(diff)
	}
}

func TestClaimedProvenance(t *testing.T) {
	f := fixture{}
	f.addRunVersion("4", runA, newPoint("accuracy", "0.95"))
	f.addVersion("4").Source = "s3://bucket/9/model"
	gate := newAccuracyGate("GreaterThan", "0.92")
	gate.Metric.Provenance = "Claimed"
	if diff := cmp.Diff(passedMessage, formatLastGate(f.evaluate(t, newRequest(gate)))); diff != "" {
		t.Error(diff)
	}
}

// TestClaimedProvenanceOfCopy: the claim of a copy counts if its original is gone.
func TestClaimedProvenanceOfCopy(t *testing.T) {
	for name, test := range map[string]struct {
		change func(fixture, *v1alpha1.MetricGate)
		want   string
	}{
		"of an original that is gone": {func(fixture, *v1alpha1.MetricGate) {}, passedMessage},
		"of an original that was replaced": {
			func(f fixture, _ *v1alpha1.MetricGate) {
				addOriginal(f, "dev", "7", "runs:/"+runB+"/model").CreationTimestamp = f.addVersion("4").CreationTimestamp + 1
			}, passedMessage,
		},
		"of an original that can't be read": {
			func(f fixture, _ *v1alpha1.MetricGate) { f[VersionKey("dev", "7")] = unreadableValue("timeout") },
			"Error GateError: version 4 is a copy, but version 7 of model dev could not be read: timeout (gate accuracy)",
		},
		"that names no run": {
			func(f fixture, _ *v1alpha1.MetricGate) { f.addVersion("4").RunID = "" },
			"Failed GateFailed: version 4 is a copy, but version 7 of model dev does not exist (gate accuracy)",
		},
		"whose metric is wanted for a dataset": {
			func(_ fixture, g *v1alpha1.MetricGate) { g.Dataset = "val" },
			"Failed GateFailed: version 4 is a copy, but version 7 of model dev does not exist (gate accuracy)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := fixture{}
			f.addRunVersion("4", runA, newPoint("accuracy", "0.95"))
			f.addVersion("4").Source = "models:/dev/7"
			gate := newAccuracyGate("GreaterThan", "0.92")
			gate.Metric.Provenance = "Claimed"
			test.change(f, gate.Metric)
			if diff := cmp.Diff(test.want, formatLastGate(f.evaluate(t, newRequest(gate)))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestClaimedProvenanceWithoutRun: a version that names no run belongs to the run of its source.
func TestClaimedProvenanceWithoutRun(t *testing.T) {
	f := fixture{}
	f.addRunVersion("4", runA, newPoint("accuracy", "0.95"))
	f.addVersion("4").RunID = ""
	gate := newAccuracyGate("GreaterThan", "0.92")
	gate.Metric.Provenance = "Claimed"
	if diff := cmp.Diff(passedMessage, formatLastGate(f.evaluate(t, newRequest(gate)))); diff != "" {
		t.Error(diff)
	}
}

func TestIsUnderRoot(t *testing.T) {
	tests := map[string]struct {
		source, root string
		want         bool
	}{
		"the root itself":          {"s3://b/run/artifacts", "s3://b/run/artifacts", true},
		"a root with a last slash": {"s3://b/run/artifacts/m", "s3://b/run/artifacts/", true},
		"deep under it":            {"s3://b/run/artifacts/a/b", "s3://b/run/artifacts", true},
		"a name that begins alike": {"s3://b/run/artifacts2/m", "s3://b/run/artifacts", false},
		"above it":                 {"s3://b/run", "s3://b/run/artifacts", false},
		"dots":                     {"s3://b/run/artifacts/../../x", "s3://b/run/artifacts", false},
		"encoded dots":             {"s3://b/run/artifacts/%2E%2e/x", "s3://b/run/artifacts", false},
		"dots encoded twice":       {"s3://b/run/artifacts/%252e%252e/x", "s3://b/run/artifacts", false},
		"an encoded slash":         {"s3://b/run/artifacts/..%2fx", "s3://b/run/artifacts", false},
		"a backslash":              {`s3://b/run/artifacts/..\x`, "s3://b/run/artifacts", false},
		"a query":                  {"s3://b/run/artifacts/m?x=/../y", "s3://b/run/artifacts", false},
		"a line break":             {"s3://b/run/artifacts/m\n..", "s3://b/run/artifacts", false},
		"dots in a name":           {"s3://b/run/artifacts/m..v1", "s3://b/run/artifacts", true},
		"an encoded space":         {"s3://b/run/artifacts/my%20model", "s3://b/run/artifacts", true},
		"no root":                  {"s3://b/run/artifacts", "", false},
		"a root of slashes":        {"/anything", "/", false},
		"a root without a bucket":  {"s3://b/run", "s3://", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := isUnderRoot(tt.source, tt.root); got != tt.want {
				t.Errorf("isUnderRoot(%q, %q) = %t", tt.source, tt.root, got)
			}
		})
	}
}
