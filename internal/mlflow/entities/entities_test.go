// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package entities

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var compareMetricValues = cmp.AllowUnexported(MetricValue{})

func TestRegisteredModelDecodes(t *testing.T) {
	tests := map[string]struct {
		wire string
		want RegisteredModel
	}{
		"everything": {
			wire: `{"name": "m", "creation_timestamp": 1795426793112, "last_updated_timestamp": 1795426793538,
				"description": "d", "tags": [{"key": "a.b/c", "value": "x"}, {"key": "empty", "value": ""}],
				"latest_versions": [{"name": "m", "version": "2", "current_stage": "None", "run_id": "", "status": "READY",
					"tags": [{"key": "k", "value": "v"}]}],
				"aliases": [{"alias": "champion", "version": "1"}], "new_in_a_later_mlflow": {}}`,
			want: RegisteredModel{
				Name: "m", CreationTimestamp: 1795426793112, LastUpdatedTimestamp: 1795426793538, Description: "d",
				Tags: map[string]string{"a.b/c": "x", "empty": ""}, Aliases: map[string]string{"champion": "1"},
				LatestVersions: []ModelVersion{{
					Name: "m", Version: "2", CurrentStage: "None", Status: "READY", Tags: map[string]string{"k": "v"},
				}},
			},
		},
		"empty values are absent": {
			wire: `{"name": "m"}`,
			want: RegisteredModel{Name: "m", Tags: map[string]string{}, Aliases: map[string]string{}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got RegisteredModel
			wantDecoded(t, test.wire, &got, test.want)
		})
	}
}

func TestModelVersionDecodes(t *testing.T) {
	var got ModelVersion
	wantDecoded(t, `{"name": "m", "version": "1", "creation_timestamp": 1795426793506, "current_stage": "Staging",
		"source": "runs:/7fa3/model", "run_id": "7fa3", "status": "READY", "status_message": "s", "run_link": "",
		"tags": [{"key": "k", "value": "v"}], "aliases": ["champion", "blue"]}`, &got, ModelVersion{
		Name: "m", Version: "1", CreationTimestamp: 1795426793506, CurrentStage: StageStaging,
		Source: "runs:/7fa3/model", RunID: "7fa3", Status: StatusReady, StatusMessage: "s",
		Tags: map[string]string{"k": "v"}, Aliases: []string{"champion", "blue"},
	})
}

func TestRunDecodes(t *testing.T) {
	var got Run
	wantDecoded(t, `{"info": {"run_id": "7fa3", "run_uuid": "7fa3", "experiment_id": "1", "lifecycle_stage": "deleted",
			"artifact_uri": "mlflow-artifacts:/1/7fa3/artifacts", "start_time": 1700000000000},
		"data": {"metrics": [{"key": "acc", "value": 0.91, "timestamp": 1700000000001, "step": 3}],
			"tags": [{"key": "mlflow.runName", "value": "r1"}]}, "inputs": {},
		"outputs": {"model_outputs": [{"model_id": "m-de80", "step": 7}]}}`, &got, Run{
		RunID: "7fa3", ExperimentID: "1", ArtifactURI: "mlflow-artifacts:/1/7fa3/artifacts", LifecycleStage: "deleted",
		Metrics: []Metric{{Key: "acc", Value: NewMetricValue("0.91"), Timestamp: 1700000000001, Step: 3}},
		Tags:    map[string]string{"mlflow.runName": "r1"},
		Outputs: []LoggedModelOutput{{ModelID: "m-de80", Step: 7}},
	})
	if !got.IsDeleted() || (&Run{LifecycleStage: "active"}).IsDeleted() {
		t.Error("a run is deleted if its lifecycle stage is deleted")
	}
}

func TestLoggedModelDecodes(t *testing.T) {
	var got LoggedModel
	wantDecoded(t, `{"info": {"model_id": "m-de80", "name": "model", "source_run_id": "a0e5",
			"artifact_uri": "mlflow-artifacts:/2/models/m-de80"},
		"data": {"metrics": [{"key": "acc", "value": 0.7, "timestamp": 3, "step": 0, "dataset_name": "val",
			"dataset_digest": "abc", "model_id": "m-de80", "run_id": "a0e5"}]}}`, &got, LoggedModel{
		ModelID: "m-de80", Name: "model", SourceRunID: "a0e5", ArtifactURI: "mlflow-artifacts:/2/models/m-de80",
		Metrics: []Metric{{
			Key: "acc", Value: NewMetricValue("0.7"), Timestamp: 3, DatasetName: "val", DatasetDigest: "abc", RunID: "a0e5",
		}},
	})
}

func wantDecoded[T any](t *testing.T, wire string, got *T, want T) {
	t.Helper()
	if err := json.Unmarshal([]byte(wire), got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, *got, compareMetricValues); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}

func TestWrongTypesAreErrors(t *testing.T) {
	for name, into := range map[string]any{
		"model": &RegisteredModel{}, "version": &ModelVersion{}, "run": &Run{}, "logged model": &LoggedModel{},
	} {
		if json.Unmarshal([]byte(`[]`), into) == nil {
			t.Errorf("a list decodes as a %s", name)
		}
	}
}

func TestNewestVersionOfAModel(t *testing.T) {
	model := RegisteredModel{LatestVersions: []ModelVersion{
		{Version: "9", CurrentStage: StageProduction}, {Version: "10", CurrentStage: StageNone}, {Version: "x"},
	}}
	if got := model.NewestVersion(); got.Version != "10" {
		t.Errorf("the newest is %s, want 10: versions are numbers", got.Version)
	}
	if got := model.LatestInStage(StageProduction); got.Version != "9" {
		t.Errorf("in production is %s, want 9", got.Version)
	}
	if got := model.LatestInStage(StageArchived); got != nil {
		t.Errorf("archived is %s, want none", got.Version)
	}
	if got := new(RegisteredModel).NewestVersion(); got != nil {
		t.Errorf("the newest version of an empty model is %s", got.Version)
	}
}

func TestPrompts(t *testing.T) {
	tests := map[string]bool{`[{"key": "mlflow.prompt.is_prompt", "value": "true"}]`: true, `[]`: false, `null`: false}
	for tags, want := range tests {
		var model RegisteredModel
		if err := json.Unmarshal([]byte(`{"tags": `+tags+`}`), &model); err != nil || model.IsPrompt() != want {
			t.Errorf("tags %s make a prompt: %t, want %t (%v)", tags, model.IsPrompt(), want, err)
		}
	}
}

func TestTimestampsAreMilliseconds(t *testing.T) {
	want := time.Date(2026, 11, 23, 10, 17, 2, 694e6, time.UTC)
	if got := Timestamp(want.UnixMilli()).Time(); !got.Equal(want) {
		t.Errorf("time is %s, want %s", got, want)
	}
}
