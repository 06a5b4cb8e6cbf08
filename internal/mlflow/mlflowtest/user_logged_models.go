// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"context"
	"net/http"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// loggedModelReady is the number of the status LOGGED_MODEL_READY.
const loggedModelReady = 2

// CreateLoggedModel creates a logged model of a run.
func (u *User) CreateLoggedModel(ctx context.Context, experimentID, runID string) (*entities.LoggedModel, error) {
	var answer struct {
		Model *entities.LoggedModel `json:"model"`
	}
	args := map[string]any{"experiment_id": experimentID, "source_run_id": runID}
	err := u.CallEndpoint(ctx, http.MethodPost, "logged-models", args, &answer)
	return answer.Model, err
}

// LogModel does what log_model of MLflow 3 does, but for the artifacts: it creates a logged
// model of a name, says that the run put it out at a step, and makes it ready.
func (u *User) LogModel(ctx context.Context, run *entities.Run, name string, step int64) (modelID string, err error) {
	var answer struct {
		Model entities.LoggedModel `json:"model"`
	}
	args := map[string]any{"experiment_id": run.ExperimentID, "source_run_id": run.RunID, "name": name}
	if err := u.CallEndpoint(ctx, http.MethodPost, "logged-models", args, &answer); err != nil {
		return "", err
	}
	output := map[string]any{"model_id": answer.Model.ModelID, "step": step}
	if err := u.CallEndpoint(ctx, http.MethodPost, "runs/outputs", map[string]any{"run_id": run.RunID, "models": []any{output}}, nil); err != nil {
		return "", err
	}
	return answer.Model.ModelID, u.FinalizeLoggedModel(ctx, answer.Model.ModelID)
}

// FinalizeLoggedModel makes a logged model ready.
func (u *User) FinalizeLoggedModel(ctx context.Context, modelID string) error {
	return u.CallEndpoint(ctx, http.MethodPatch, "logged-models/"+modelID, map[string]any{"model_id": modelID, "status": loggedModelReady}, nil)
}

// DeleteLoggedModel deletes a logged model.
func (u *User) DeleteLoggedModel(ctx context.Context, modelID string) error {
	return u.CallEndpoint(ctx, http.MethodDelete, "logged-models/"+modelID, map[string]any{}, nil)
}
