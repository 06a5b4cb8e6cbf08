// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// Evidence depends on the source of a version. From 3.17 the server requires the run or the logged
// model that owns the source, except for buckets.
func TestSources(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		run := e.createRun()
		cases := map[string]struct {
			source, runID  string
			three, two     bool
			wantRunOfThree string
		}{
			"a run, named":             {source: "runs:/" + run.RunID + "/model", runID: run.RunID, three: true, two: true},
			"a run, not named":         {source: "runs:/" + run.RunID + "/model", two: true},
			"a run, another named":     {source: "runs:/" + run.RunID + "/model", runID: "other", two: true},
			"a missing run":            {source: "runs:/0123/model", runID: "0123", three: true, two: true},
			"artifacts, named":         {source: run.ArtifactURI + "/model", runID: run.RunID, three: true, two: true},
			"artifacts, not named":     {source: run.ArtifactURI + "/model", two: true},
			"artifacts of another run": {source: "mlflow-artifacts:/0/other/artifacts/model", runID: run.RunID, two: true},
			"a bucket":                 {source: "s3://bucket/model", three: true, two: true},
			"a bucket, any run":        {source: "s3://bucket/model", runID: "claimed", three: true, two: true},
			"a local path":             {source: "/tmp/model"},
			"a file":                   {source: "file:///tmp/model"},
			"a path upwards":           {source: "s3://bucket/../model"},
		}
		name := e.createModel()
		for sentence, tc := range cases {
			e.runCase(sentence, func(e *env) {
				number, err := e.user.CreateVersion(e.Context(),
					mlflowtest.VersionSpec{Name: name, Source: tc.source, RunID: tc.runID})
				if !byGeneration(e, tc.three, tc.two) {
					e.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", "Invalid model version source")
					return
				}
				e.requireNoError(err)
				if got := e.getVersion(name, number); got.Source != tc.source || got.RunID != tc.runID {
					e.Errorf("got %+v", got)
				}
			})
		}
	})
}

func TestAVersionOfAVersion(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name := e.createModel()
		first := e.createVersion(mlflowtest.VersionSpec{Name: name, Source: "s3://bucket/m", RunID: "claimed"})
		second := e.createVersion(mlflowtest.VersionSpec{Name: name, Source: "models:/" + name + "/" + first})
		read := e.getVersion(name, second)
		want := byGeneration(e, "claimed", "")
		if diff := cmp.Diff([]string{"models:/" + name + "/1", want}, []string{read.Source, read.RunID}); diff != "" {
			e.Errorf("source and run (-want +got):\n%s", diff)
		}
	})
}

func TestAVersionOfALoggedModel(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		if byGeneration(e, false, true) {
			return // the second generation has no logged models: see TestLoggedModelsSinceMLflow3
		}
		run, name := e.createRun(), e.createModel()
		logged := requireValue(e.user.CreateLoggedModel(e.Context(), "0", run.RunID))(e)
		source := "models:/" + logged.ModelID
		_, err := e.user.CreateVersion(e.Context(), mlflowtest.VersionSpec{Name: name, Source: source})
		e.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", "The model_id request parameter must identify")
		number := e.createVersion(mlflowtest.VersionSpec{Name: name, Source: source, ModelID: logged.ModelID})
		read := e.getVersion(name, number)
		if diff := cmp.Diff([]string{source, run.RunID}, []string{read.Source, read.RunID}); diff != "" {
			e.Errorf("source and run (-want +got):\n%s", diff)
		}
		e.requireNoError(e.user.DeleteLoggedModel(e.Context(), logged.ModelID))
		after := e.getVersion(name, number)
		if after.Status != "READY" || after.Source != source {
			e.Errorf("after its logged model was deleted the version is %+v", after)
		}
	})
}
