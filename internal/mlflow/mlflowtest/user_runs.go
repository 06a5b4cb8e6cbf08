// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"context"
	"net/http"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// CreateExperiment creates an experiment and returns its id.
func (u *User) CreateExperiment(ctx context.Context, name string) (string, error) {
	var answer experimentIDResponse
	err := u.CallEndpoint(ctx, http.MethodPost, "experiments/create", map[string]any{"name": name}, &answer)
	return answer.ExperimentID, err
}

// CreateRun starts a run; the experiment "0" exists everywhere.
func (u *User) CreateRun(ctx context.Context, experimentID string, tags map[string]string) (*entities.Run, error) {
	var answer struct {
		Run *entities.Run `json:"run"`
	}
	args := map[string]any{"experiment_id": experimentID, "tags": toPairsSorted(tags)}
	err := u.CallEndpoint(ctx, http.MethodPost, "runs/create", args, &answer)
	return answer.Run, err
}

// DeleteRun deletes a run, which MLflow goes on answering for.
func (u *User) DeleteRun(ctx context.Context, runID string) error {
	return u.CallEndpoint(ctx, http.MethodPost, "runs/delete", map[string]any{"run_id": runID}, nil)
}

// RestoreRun takes the deletion of a run back.
func (u *User) RestoreRun(ctx context.Context, runID string) error {
	return u.CallEndpoint(ctx, http.MethodPost, "runs/restore", map[string]any{"run_id": runID}, nil)
}

// SetRunTag sets a tag of a run.
func (u *User) SetRunTag(ctx context.Context, runID, key, value string) error {
	return u.CallEndpoint(ctx, http.MethodPost, "runs/set-tag", map[string]any{"run_id": runID, "key": key, "value": value}, nil)
}

// Point is one value to be logged.
type Point struct {
	Key string
	// Value is a number as text, or NaN, Infinity, -Infinity.
	Value     string
	Step      int64
	Timestamp int64
	// ModelID attaches the point to a logged model, too.
	ModelID       string
	DatasetName   string
	DatasetDigest string
}

// LogMetric logs one point.
func (u *User) LogMetric(ctx context.Context, runID string, p Point) error {
	args := map[string]any{"run_id": runID, "key": p.Key, "value": p.Value, "timestamp": p.Timestamp, "step": p.Step}
	for key, value := range map[string]string{
		"model_id": p.ModelID, "dataset_name": p.DatasetName, "dataset_digest": p.DatasetDigest,
	} {
		if value != "" {
			args[key] = value
		}
	}
	return u.CallEndpoint(ctx, http.MethodPost, "runs/log-metric", args, nil)
}
