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
	yes      = "Passed: accuracy 0.95 is greater than 0.92 (gate accuracy, run 3f2a91c0)"
	notTheir = ", so the run's metrics don't count (gate accuracy; provenance: Claimed would accept them)"
)

// TestProvenance: run A has the accuracy that the gate wants.
func TestProvenance(t *testing.T) {
	tests := map[string]struct {
		world func(world, *entities.ModelVersion)
		want  string
	}{
		"a source that names the run": {
			func(_ world, v *entities.ModelVersion) { v.Source = "runs:/" + runA + "/model" },
			yes,
		},
		"a source that names it where the version doesn't": {
			func(_ world, v *entities.ModelVersion) { v.Source = "runs:/" + runA + "/model"; v.RunID = "" },
			yes,
		},
		"a source that names another run": {
			func(_ world, v *entities.ModelVersion) { v.Source = "runs:/" + runB + "/model" },
			"Failed GateFailed: version 4 claims run 3f2a91c0 but its source runs:/" + runB +
				"/model belongs to run b0b0b0b0" + notTheir,
		},
		"a source that names the run and leads out of it": {
			func(_ world, v *entities.ModelVersion) { v.Source = "runs:/" + runA + "/../" + runB },
			"Failed GateFailed: version 4 claims run 3f2a91c0 but its source runs:/" + runA + "/../" + runB +
				" does not lie under the run's artifacts" + notTheir,
		},
		"a bucket under the run's artifacts": {
			func(_ world, v *entities.ModelVersion) { v.Source = "s3://bucket/1/" + runA + "/artifacts/model" },
			yes,
		},
		"a bucket elsewhere": {
			func(_ world, v *entities.ModelVersion) { v.Source = "s3://bucket/9/model" },
			"Failed GateFailed: version 4 claims run 3f2a91c0 but its source s3://bucket/9/model " +
				"does not lie under the run's artifacts" + notTheir,
		},
		"a secret in the source stays out of the sentence": {
			func(_ world, v *entities.ModelVersion) { v.Source = "https://me:secret@host/model?sig=secret" },
			"Failed GateFailed: version 4 claims run 3f2a91c0 but its source https://host/model " +
				"does not lie under the run's artifacts" + notTheir,
		},
		"a logged model of the run": {
			func(w world, v *entities.ModelVersion) {
				v.Source = "models:/" + model
				w[LoggedModelRef(model)] = &entities.LoggedModel{ModelID: model, SourceRunID: runA}
			},
			yes,
		},
		"a logged model of another run": {
			func(w world, v *entities.ModelVersion) {
				v.Source = "models:/" + model
				w[LoggedModelRef(model)] = &entities.LoggedModel{ModelID: model, SourceRunID: runB}
			},
			"Failed GateFailed: version 4 claims run 3f2a91c0 but its source models:/" + model +
				" belongs to run b0b0b0b0" + notTheir,
		},
		"a copy": {
			func(w world, v *entities.ModelVersion) {
				v.Source, v.RunID = "models:/dev/7", ""
				original(w, "dev", "7", "runs:/"+runA+"/model")
			},
			yes,
		},
		"a copy of a copy": {
			func(w world, v *entities.ModelVersion) {
				v.Source = "models:/test/2"
				original(w, "test", "2", "models:/dev/7")
				original(w, "dev", "7", "s3://bucket/1/"+runA+"/artifacts/model")
			},
			yes,
		},
		"a copy of an unproven original": {
			func(w world, v *entities.ModelVersion) {
				v.Source = "models:/dev/7"
				original(w, "dev", "7", "s3://bucket/9")
			},
			"Failed GateFailed: version 4 claims run 3f2a91c0 but its source s3://bucket/9 " +
				"does not lie under the run's artifacts" + notTheir,
		},
		"a copy that claims another run than the original": {
			func(w world, v *entities.ModelVersion) {
				v.Source = "models:/dev/7"
				original(w, "dev", "7", "runs:/"+runB+"/model").RunID = runB
			},
			"Failed GateFailed: version 4 claims run 3f2a91c0 but the version that it was copied from names another run" +
				notTheir,
		},
		"a copy of a copy that claims another run": {
			func(w world, v *entities.ModelVersion) {
				v.Source = "models:/test/2"
				original(w, "test", "2", "models:/dev/7").RunID = runB
				original(w, "dev", "7", "runs:/"+runA+"/model")
			},
			"Failed GateFailed: version 4 claims run 3f2a91c0 but the version that it was copied from names another run" +
				notTheir,
		},
		"a copy of a name that may be an alias": {
			func(w world, v *entities.ModelVersion) {
				v.Source = "models:/dev@best/7"
				original(w, "dev@best", "7", "runs:/"+runA+"/model")
			},
			"Failed GateFailed: version 4 claims run 3f2a91c0 but its source models:/dev@best/7 " +
				"does not lie under the run's artifacts" + notTheir,
		},
		"a copy whose original is gone": {
			func(_ world, v *entities.ModelVersion) { v.Source = "models:/dev/7" },
			"Failed GateFailed: version 4 is a copy, but version 7 of model dev does not exist (gate accuracy)",
		},
		"a copy whose original can't be read": {
			func(w world, v *entities.ModelVersion) {
				v.Source = "models:/dev/7"
				w[VersionRef("dev", "7")] = broken("timeout")
			},
			"Error GateError: version 4 is a copy, but version 7 of model dev could not be read: timeout (gate accuracy)",
		},
		"a copy whose original was replaced": {
			func(w world, v *entities.ModelVersion) {
				v.Source = "models:/dev/7"
				original(w, "dev", "7", "runs:/"+runA+"/model").CreationTimestamp = v.CreationTimestamp + 1
			},
			"Failed GateFailed: version 4 is a copy, but version 7 of model dev is younger than its copy: " +
				"the original is gone (gate accuracy)",
		},
		"copies in a circle": {
			func(w world, v *entities.ModelVersion) {
				v.Source = "models:/dev/7"
				original(w, "dev", "7", "models:/sentiment/4").CreationTimestamp = v.CreationTimestamp
			},
			"Failed GateFailed: version 4 is a copy of a copy too many times over to be followed (gate accuracy)",
		},
		"a copy by alias, which moves": {
			func(_ world, v *entities.ModelVersion) { v.Source = "models:/dev@champion" },
			"Failed GateFailed: version 4 claims run 3f2a91c0 but its source models:/dev@champion " +
				"does not lie under the run's artifacts" + notTheir,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := world{}
			w.fromRun("4", runA, point("accuracy", "0.95"))
			tt.world(w, w.version("4"))
			got := last(w.ask(t, move(accuracy("GreaterThan", "0.92"))))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// original is a version of another model, older than the candidate.
func original(w world, name, number, source string) *entities.ModelVersion {
	v := w.versionOf(name, number)
	v.CreationTimestamp = 150
	v.RunID = runA
	v.Source = source
	return v
}

func TestFiveCopiesAreFollowed(t *testing.T) {
	w := world{}
	w.fromRun("4", runA, point("accuracy", "0.95"))
	w.version("4").Source = "models:/one/1"
	original(w, "one", "1", "models:/two/2")
	original(w, "two", "2", "models:/three/3")
	original(w, "three", "3", "models:/four/4")
	original(w, "four", "4", "models:/five/5")
	original(w, "five", "5", "runs:/"+runA+"/model")
	if diff := cmp.Diff(yes, last(w.ask(t, move(accuracy("GreaterThan", "0.92"))))); diff != "" {
		t.Error(diff)
	}
}

func TestClaimedProvenance(t *testing.T) {
	w := world{}
	w.fromRun("4", runA, point("accuracy", "0.95"))
	w.version("4").Source = "s3://bucket/9/model"
	gate := accuracy("GreaterThan", "0.92")
	gate.Metric.Provenance = "Claimed"
	if diff := cmp.Diff(yes, last(w.ask(t, move(gate)))); diff != "" {
		t.Error(diff)
	}
}

// TestClaimedCopy: the word of a copy counts, where its original can't be asked any more.
func TestClaimedCopy(t *testing.T) {
	for name, test := range map[string]struct {
		change func(world, *v1alpha1.MetricGate)
		want   string
	}{
		"of an original that is gone": {func(world, *v1alpha1.MetricGate) {}, yes},
		"of an original that was replaced": {
			func(w world, _ *v1alpha1.MetricGate) {
				original(w, "dev", "7", "runs:/"+runB+"/model").CreationTimestamp = w.version("4").CreationTimestamp + 1
			}, yes,
		},
		"of an original that can't be read": {
			func(w world, _ *v1alpha1.MetricGate) { w[VersionRef("dev", "7")] = broken("timeout") },
			"Error GateError: version 4 is a copy, but version 7 of model dev could not be read: timeout (gate accuracy)",
		},
		"that names no run": {
			func(w world, _ *v1alpha1.MetricGate) { w.version("4").RunID = "" },
			"Failed GateFailed: version 4 is a copy, but version 7 of model dev does not exist (gate accuracy)",
		},
		"whose metric is wanted for a dataset": {
			func(_ world, g *v1alpha1.MetricGate) { g.Dataset = "val" },
			"Failed GateFailed: version 4 is a copy, but version 7 of model dev does not exist (gate accuracy)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := world{}
			w.fromRun("4", runA, point("accuracy", "0.95"))
			w.version("4").Source = "models:/dev/7"
			gate := accuracy("GreaterThan", "0.92")
			gate.Metric.Provenance = "Claimed"
			test.change(w, gate.Metric)
			if diff := cmp.Diff(test.want, last(w.ask(t, move(gate)))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestNothingClaimed: a version that names no run still has the one of its source.
func TestNothingClaimed(t *testing.T) {
	w := world{}
	w.fromRun("4", runA, point("accuracy", "0.95"))
	w.version("4").RunID = ""
	gate := accuracy("GreaterThan", "0.92")
	gate.Metric.Provenance = "Claimed"
	if diff := cmp.Diff(yes, last(w.ask(t, move(gate)))); diff != "" {
		t.Error(diff)
	}
}

func TestLiesUnder(t *testing.T) {
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
			if got := liesUnder(tt.source, tt.root); got != tt.want {
				t.Errorf("liesUnder(%q, %q) = %t", tt.source, tt.root, got)
			}
		})
	}
}
