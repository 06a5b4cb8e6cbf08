// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package entities

import "encoding/json"

// Run is one run of an experiment.
type Run struct {
	RunID        string
	ExperimentID string
	// ArtifactURI is the location of the run's artifacts. A version whose source is below it
	// belongs to the run.
	ArtifactURI string
	// LifecycleStage is active or deleted. MLflow returns deleted runs, too.
	LifecycleStage string
	// Metrics has the last point of each key: the highest step, then the latest time.
	Metrics []Metric
	// Tags is never nil after decoding.
	Tags map[string]string
	// Outputs are the logged models that the run logged, in no order; empty before MLflow 3.
	Outputs []LoggedModelOutput
}

// LoggedModelOutput is a logged model among the outputs of a run.
type LoggedModelOutput struct {
	ModelID string `json:"model_id"`
	// Step is the step of the training at which the model was logged.
	Step int64 `json:"step"`
}

// IsDeleted reports whether the run was deleted.
func (r *Run) IsDeleted() bool {
	return r.LifecycleStage == "deleted"
}

// UnmarshalJSON decodes MLflow's JSON, which separates info and data.
func (r *Run) UnmarshalJSON(data []byte) error {
	var wire struct {
		Info struct {
			RunID          string `json:"run_id"`
			ExperimentID   string `json:"experiment_id"`
			ArtifactURI    string `json:"artifact_uri"`
			LifecycleStage string `json:"lifecycle_stage"`
		} `json:"info"`
		Data struct {
			Metrics []Metric `json:"metrics"`
			Tags    tagList  `json:"tags"`
		} `json:"data"`
		Outputs struct {
			Models []LoggedModelOutput `json:"model_outputs"`
		} `json:"outputs"`
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*r = Run{
		RunID:          wire.Info.RunID,
		ExperimentID:   wire.Info.ExperimentID,
		ArtifactURI:    wire.Info.ArtifactURI,
		LifecycleStage: wire.Info.LifecycleStage,
		Metrics:        wire.Data.Metrics,
		Tags:           wire.Data.Tags.toMap(),
		Outputs:        wire.Outputs.Models,
	}
	return nil
}

// LoggedModel is a model that a run logged, with metrics of its own. MLflow has logged models
// since 3.0.
type LoggedModel struct {
	ModelID string
	// Name is the name that the run gave; it is not unique.
	Name string
	// SourceRunID is the run that logged the model.
	SourceRunID string
	ArtifactURI string
	// Metrics has every point, in no order. A NaN appears as 0.0: see MetricValue.
	Metrics []Metric
}

// UnmarshalJSON decodes MLflow's JSON, which separates info and data.
func (m *LoggedModel) UnmarshalJSON(data []byte) error {
	var wire struct {
		Info struct {
			ModelID     string `json:"model_id"`
			Name        string `json:"name"`
			SourceRunID string `json:"source_run_id"`
			ArtifactURI string `json:"artifact_uri"`
		} `json:"info"`
		Data struct {
			Metrics []Metric `json:"metrics"`
		} `json:"data"`
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*m = LoggedModel{
		ModelID:     wire.Info.ModelID,
		Name:        wire.Info.Name,
		SourceRunID: wire.Info.SourceRunID,
		ArtifactURI: wire.Info.ArtifactURI,
		Metrics:     wire.Data.Metrics,
	}
	return nil
}
