// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package entities

import "encoding/json"

// LoggedModel is a model that a run logged, with metrics of its own. MLflow has
// logged models since 3.0.
type LoggedModel struct {
	ModelID string
	// Name is what the run called it; several may have the same.
	Name string
	// SourceRunID is the run that logged the model.
	SourceRunID string
	ArtifactURI string
	// Metrics holds every point, in no order. A NaN reads as 0.0 here: see
	// MetricValue.
	Metrics []Metric
}

// UnmarshalJSON decodes the wire form, which keeps identity and data apart.
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
