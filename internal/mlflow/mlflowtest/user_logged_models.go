// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"context"
	"net/http"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// ready is the number of the status LOGGED_MODEL_READY.
const ready = 2

// CreateLoggedModel creates a logged model of a run.
func (u *User) CreateLoggedModel(ctx context.Context, experimentID, runID string) (*entities.LoggedModel, error) {
	var answer struct {
		Model *entities.LoggedModel `json:"model"`
	}
	args := map[string]any{"experiment_id": experimentID, "source_run_id": runID}
	err := u.Do(ctx, http.MethodPost, "logged-models", args, &answer)
	return answer.Model, err
}

// FinalizeLoggedModel makes a logged model ready.
func (u *User) FinalizeLoggedModel(ctx context.Context, modelID string) error {
	return u.Do(ctx, http.MethodPatch, "logged-models/"+modelID, map[string]any{"model_id": modelID, "status": ready}, nil)
}

// DeleteLoggedModel deletes a logged model.
func (u *User) DeleteLoggedModel(ctx context.Context, modelID string) error {
	return u.Do(ctx, http.MethodDelete, "logged-models/"+modelID, map[string]any{}, nil)
}
