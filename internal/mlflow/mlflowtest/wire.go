// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

// The wire forms, field by field as real servers print them. A list that is empty
// is absent.

type errorWire struct {
	ErrorCode  string `json:"error_code"`
	Message    string `json:"message"`
	SQLState   string `json:"sqlstate,omitempty"`
	ErrorClass string `json:"error_class,omitempty"`
}

type pairWire struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type aliasWire struct {
	Alias   string `json:"alias"`
	Version string `json:"version"`
}

type modelWire struct {
	Name                 string        `json:"name"`
	CreationTimestamp    int64         `json:"creation_timestamp"`
	LastUpdatedTimestamp int64         `json:"last_updated_timestamp"`
	Description          string        `json:"description,omitempty"`
	LatestVersions       []versionWire `json:"latest_versions,omitempty"`
	Tags                 []pairWire    `json:"tags,omitempty"`
	Aliases              []aliasWire   `json:"aliases,omitempty"`
}

type versionWire struct {
	Name                 string `json:"name"`
	Version              string `json:"version"`
	CreationTimestamp    int64  `json:"creation_timestamp"`
	LastUpdatedTimestamp int64  `json:"last_updated_timestamp"`
	CurrentStage         string `json:"current_stage"`
	// Description is empty after a create without one and absent after an update
	// without one.
	Description *string `json:"description,omitempty"`
	Source      string  `json:"source"`
	RunID       string  `json:"run_id"`
	Status      string  `json:"status"`
	// StatusMessage comes with a registration that failed.
	StatusMessage string     `json:"status_message,omitempty"`
	Tags          []pairWire `json:"tags,omitempty"`
	RunLink       string     `json:"run_link"`
	Aliases       []string   `json:"aliases,omitempty"`
}

type modelResponse struct {
	Model modelWire `json:"registered_model"`
}

type modelsResponse struct {
	Models        []modelWire `json:"registered_models,omitempty"`
	NextPageToken string      `json:"next_page_token,omitempty"`
}

type versionResponse struct {
	Version versionWire `json:"model_version"`
}

type versionsResponse struct {
	Versions      []versionWire `json:"model_versions,omitempty"`
	NextPageToken string        `json:"next_page_token,omitempty"`
}

type experimentWire struct {
	ExperimentID     string `json:"experiment_id"`
	Name             string `json:"name"`
	ArtifactLocation string `json:"artifact_location"`
	LifecycleStage   string `json:"lifecycle_stage"`
	LastUpdateTime   int64  `json:"last_update_time"`
	CreationTime     int64  `json:"creation_time"`
}

type experimentResponse struct {
	Experiment experimentWire `json:"experiment"`
}

type experimentIDResponse struct {
	ExperimentID string `json:"experiment_id"`
}

type metricWire struct {
	Key           string `json:"key"`
	Value         number `json:"value"`
	Timestamp     int64  `json:"timestamp"`
	Step          int64  `json:"step"`
	DatasetName   string `json:"dataset_name,omitempty"`
	DatasetDigest string `json:"dataset_digest,omitempty"`
	ModelID       string `json:"model_id,omitempty"`
	RunID         string `json:"run_id,omitempty"`
}

type metricsResponse struct {
	Metrics       []metricWire `json:"metrics,omitempty"`
	NextPageToken string       `json:"next_page_token,omitempty"`
}

type runResponse struct {
	Run runWire `json:"run"`
}

type runsResponse struct {
	Runs          []runWire `json:"runs,omitempty"`
	NextPageToken string    `json:"next_page_token,omitempty"`
}

type runWire struct {
	Info    runInfoWire  `json:"info"`
	Data    runDataWire  `json:"data"`
	Inputs  *emptyBody   `json:"inputs,omitempty"`
	Outputs *outputsWire `json:"outputs,omitempty"`
}

type outputsWire struct {
	Models []outputWire `json:"model_outputs,omitempty"`
}

type outputWire struct {
	ModelID string `json:"model_id"`
	Step    int64  `json:"step"`
}

type runInfoWire struct {
	RunID          string `json:"run_id"`
	RunUUID        string `json:"run_uuid"`
	ExperimentID   string `json:"experiment_id"`
	RunName        string `json:"run_name"`
	UserID         string `json:"user_id"`
	Status         string `json:"status"`
	StartTime      int64  `json:"start_time"`
	ArtifactURI    string `json:"artifact_uri"`
	LifecycleStage string `json:"lifecycle_stage"`
}

type runDataWire struct {
	Metrics []metricWire `json:"metrics,omitempty"`
	Tags    []pairWire   `json:"tags,omitempty"`
}

type loggedModelResponse struct {
	Model loggedModelWire `json:"model"`
}

type loggedModelWire struct {
	Info loggedInfoWire `json:"info"`
	Data loggedDataWire `json:"data"`
}

type loggedInfoWire struct {
	ModelID                string     `json:"model_id"`
	ExperimentID           string     `json:"experiment_id"`
	Name                   string     `json:"name"`
	CreationTimestampMs    int64      `json:"creation_timestamp_ms"`
	LastUpdatedTimestampMs int64      `json:"last_updated_timestamp_ms"`
	ArtifactURI            string     `json:"artifact_uri"`
	Status                 string     `json:"status"`
	ModelType              string     `json:"model_type,omitempty"`
	SourceRunID            string     `json:"source_run_id,omitempty"`
	Tags                   []pairWire `json:"tags,omitempty"`
}

type loggedDataWire struct {
	Metrics []metricWire `json:"metrics,omitempty"`
}
