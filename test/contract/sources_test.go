// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// Where a version comes from is what evidence stands on: from 3.17 the server wants
// the run or logged model that owns the source, except for buckets.
func TestSources(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		run := w.createRun()
		cases := map[string]struct {
			source, runID  string
			three, two     bool
			wantRunOfThree string
		}{
			"a run, named":             {source: "runs:/" + run.RunID + "/model", runID: run.RunID, three: true, two: true},
			"a run, not named":         {source: "runs:/" + run.RunID + "/model", two: true},
			"a run, another named":     {source: "runs:/" + run.RunID + "/model", runID: "other", two: true},
			"a run that is not there":  {source: "runs:/0123/model", runID: "0123", three: true, two: true},
			"artifacts, named":         {source: run.ArtifactURI + "/model", runID: run.RunID, three: true, two: true},
			"artifacts, not named":     {source: run.ArtifactURI + "/model", two: true},
			"artifacts of another run": {source: "mlflow-artifacts:/0/other/artifacts/model", runID: run.RunID, two: true},
			"a bucket":                 {source: "s3://bucket/model", three: true, two: true},
			"a bucket, any run":        {source: "s3://bucket/model", runID: "claimed", three: true, two: true},
			"a local path":             {source: "/tmp/model"},
			"a file":                   {source: "file:///tmp/model"},
			"a way upwards":            {source: "s3://bucket/../model"},
		}
		name := w.createModel()
		for sentence, tc := range cases {
			w.runCase(sentence, func(w *env) {
				number, err := w.user.CreateVersion(w.Context(),
					mlflowtest.VersionSpec{Name: name, Source: tc.source, RunID: tc.runID})
				if !byGeneration(w, tc.three, tc.two) {
					w.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", "Invalid model version source")
					return
				}
				w.requireNoError(err)
				if got := w.getVersion(name, number); got.Source != tc.source || got.RunID != tc.runID {
					w.Errorf("got %+v", got)
				}
			})
		}
	})
}

func TestAVersionOfAVersion(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name := w.createModel()
		first := w.createVersion(mlflowtest.VersionSpec{Name: name, Source: "s3://bucket/m", RunID: "claimed"})
		second := w.createVersion(mlflowtest.VersionSpec{Name: name, Source: "models:/" + name + "/" + first})
		read := w.getVersion(name, second)
		want := byGeneration(w, "claimed", "")
		if diff := cmp.Diff([]string{"models:/" + name + "/1", want}, []string{read.Source, read.RunID}); diff != "" {
			w.Errorf("source and run (-want +got):\n%s", diff)
		}
	})
}

func TestAVersionOfALoggedModel(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		if byGeneration(w, false, true) {
			return // the second generation has no logged models: see TestLoggedModelsSinceMLflow3
		}
		run, name := w.createRun(), w.createModel()
		logged := requireValue(w.user.CreateLoggedModel(w.Context(), "0", run.RunID))(w)
		source := "models:/" + logged.ModelID
		_, err := w.user.CreateVersion(w.Context(), mlflowtest.VersionSpec{Name: name, Source: source})
		w.requireRejected(err, 400, "INVALID_PARAMETER_VALUE", "The model_id request parameter must identify")
		number := w.createVersion(mlflowtest.VersionSpec{Name: name, Source: source, ModelID: logged.ModelID})
		read := w.getVersion(name, number)
		if diff := cmp.Diff([]string{source, run.RunID}, []string{read.Source, read.RunID}); diff != "" {
			w.Errorf("source and run (-want +got):\n%s", diff)
		}
		w.requireNoError(w.user.DeleteLoggedModel(w.Context(), logged.ModelID))
		after := w.getVersion(name, number)
		if after.Status != "READY" || after.Source != source {
			w.Errorf("after its logged model was deleted the version is %+v", after)
		}
	})
}
