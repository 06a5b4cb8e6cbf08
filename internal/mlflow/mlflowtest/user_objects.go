// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"context"
	"net/http"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// CreateModel creates a registered model.
func (u *User) CreateModel(ctx context.Context, name string, tags map[string]string) error {
	return u.CallEndpoint(ctx, http.MethodPost, "registered-models/create", map[string]any{"name": name, "tags": toPairsSorted(tags)}, nil)
}

// CreatePrompt creates a prompt, which is a registered model with a tag.
func (u *User) CreatePrompt(ctx context.Context, name string) error {
	return u.CreateModel(ctx, name, map[string]string{promptTag: "true"})
}

// SetModelDescription replaces the description.
func (u *User) SetModelDescription(ctx context.Context, name, description string) error {
	return u.CallEndpoint(ctx, http.MethodPatch, "registered-models/update", map[string]any{"name": name, "description": description}, nil)
}

// RenameModel renames a registered model with all its versions.
func (u *User) RenameModel(ctx context.Context, name, newName string) error {
	return u.CallEndpoint(ctx, http.MethodPost, "registered-models/rename", map[string]any{"name": name, "new_name": newName}, nil)
}

// DeleteModel deletes a registered model with all its versions.
func (u *User) DeleteModel(ctx context.Context, name string) error {
	return u.CallEndpoint(ctx, http.MethodDelete, "registered-models/delete", map[string]any{"name": name}, nil)
}

// SetModelTag sets a tag of a registered model.
func (u *User) SetModelTag(ctx context.Context, name, key, value string) error {
	return u.CallEndpoint(ctx, http.MethodPost, "registered-models/set-tag", map[string]any{"name": name, "key": key, "value": value}, nil)
}

// DeleteModelTag deletes a tag of a registered model.
func (u *User) DeleteModelTag(ctx context.Context, name, key string) error {
	return u.CallEndpoint(ctx, http.MethodDelete, "registered-models/delete-tag", map[string]any{"name": name, "key": key}, nil)
}

// SetAlias points an alias to a version.
func (u *User) SetAlias(ctx context.Context, name, alias, version string) error {
	return u.CallEndpoint(ctx, http.MethodPost, "registered-models/alias",
		map[string]any{"name": name, "alias": alias, "version": version}, nil)
}

// DeleteAlias deletes an alias.
func (u *User) DeleteAlias(ctx context.Context, name, alias string) error {
	return u.CallEndpoint(ctx, http.MethodDelete, "registered-models/alias", map[string]any{"name": name, "alias": alias}, nil)
}

// CreateWorkspace creates a workspace, if the server has workspaces.
func (u *User) CreateWorkspace(ctx context.Context, name string) error {
	response, err := u.SendRaw(ctx, http.MethodPost, nativePath+"workspaces", map[string]any{"name": name})
	if err != nil {
		return err
	}
	return response.toError()
}

func toPairsSorted(tags map[string]string) []pairWire {
	if len(tags) == 0 {
		return []pairWire{}
	}
	return toPairs(tags)
}

// VersionSpec describes a version to register.
type VersionSpec struct {
	Name   string
	Source string
	// RunID and ModelID are the run and the logged model that the source belongs to, if any.
	RunID       string
	ModelID     string
	Description string
	Tags        map[string]string
}

// CreateVersion registers a version and returns its number.
func (u *User) CreateVersion(ctx context.Context, spec VersionSpec) (string, error) {
	args := map[string]any{"name": spec.Name, "source": spec.Source, "tags": toPairsSorted(spec.Tags)}
	for key, value := range map[string]string{
		"run_id": spec.RunID, "model_id": spec.ModelID, "description": spec.Description,
	} {
		if value != "" {
			args[key] = value
		}
	}
	var answer versionResponse
	err := u.CallEndpoint(ctx, http.MethodPost, "model-versions/create", args, &answer)
	return answer.Version.Version, err
}

// SetVersionDescription replaces the description.
func (u *User) SetVersionDescription(ctx context.Context, name, version, description string) error {
	return u.CallEndpoint(ctx, http.MethodPatch, "model-versions/update",
		map[string]any{"name": name, "version": version, "description": description}, nil)
}

// DeleteVersion deletes a version.
func (u *User) DeleteVersion(ctx context.Context, name, version string) error {
	return u.CallEndpoint(ctx, http.MethodDelete, "model-versions/delete", map[string]any{"name": name, "version": version}, nil)
}

// SetVersionTag sets a tag of a version.
func (u *User) SetVersionTag(ctx context.Context, name, version, key, value string) error {
	return u.CallEndpoint(ctx, http.MethodPost, "model-versions/set-tag",
		map[string]any{"name": name, "version": version, "key": key, "value": value}, nil)
}

// DeleteVersionTag deletes a tag of a version.
func (u *User) DeleteVersionTag(ctx context.Context, name, version, key string) error {
	return u.CallEndpoint(ctx, http.MethodDelete, "model-versions/delete-tag",
		map[string]any{"name": name, "version": version, "key": key}, nil)
}

// TransitionStage moves a version to a legacy stage.
func (u *User) TransitionStage(ctx context.Context, name, version, stage string, archiveExisting bool) error {
	return u.CallEndpoint(ctx, http.MethodPost, "model-versions/transition-stage", map[string]any{
		"name": name, "version": version, "stage": stage, "archive_existing_versions": archiveExisting,
	}, nil)
}

// CreateExperiment creates an experiment and returns its id.
func (u *User) CreateExperiment(ctx context.Context, name string) (string, error) {
	var answer experimentIDResponse
	err := u.CallEndpoint(ctx, http.MethodPost, "experiments/create", map[string]any{"name": name}, &answer)
	return answer.ExperimentID, err
}

// CreateRun starts a run. Every server has the experiment "0".
func (u *User) CreateRun(ctx context.Context, experimentID string, tags map[string]string) (*entities.Run, error) {
	var answer struct {
		Run *entities.Run `json:"run"`
	}
	args := map[string]any{"experiment_id": experimentID, "tags": toPairsSorted(tags)}
	err := u.CallEndpoint(ctx, http.MethodPost, "runs/create", args, &answer)
	return answer.Run, err
}

// DeleteRun deletes a run. MLflow still returns it.
func (u *User) DeleteRun(ctx context.Context, runID string) error {
	return u.CallEndpoint(ctx, http.MethodPost, "runs/delete", map[string]any{"run_id": runID}, nil)
}

// RestoreRun restores a deleted run.
func (u *User) RestoreRun(ctx context.Context, runID string) error {
	return u.CallEndpoint(ctx, http.MethodPost, "runs/restore", map[string]any{"run_id": runID}, nil)
}

// SetRunTag sets a tag of a run.
func (u *User) SetRunTag(ctx context.Context, runID, key, value string) error {
	return u.CallEndpoint(ctx, http.MethodPost, "runs/set-tag", map[string]any{"run_id": runID, "key": key, "value": value}, nil)
}

// Point is one value to log.
type Point struct {
	Key string
	// Value is a number as text, or NaN, Infinity, -Infinity.
	Value     string
	Step      int64
	Timestamp int64
	// ModelID also logs the point to a logged model.
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

// LogModel does what log_model of MLflow 3 does, except for the artifacts: it creates a logged
// model with a name, adds it to the outputs of the run at a step, and finalizes it.
func (u *User) LogModel(ctx context.Context, run *entities.Run, name string, step int64) (modelID string, err error) {
	var answer struct {
		Model entities.LoggedModel `json:"model"`
	}
	args := map[string]any{"experiment_id": run.ExperimentID, "source_run_id": run.RunID, "name": name}
	if err := u.CallEndpoint(ctx, http.MethodPost, "logged-models", args, &answer); err != nil {
		return "", err
	}
	output := map[string]any{"model_id": answer.Model.ModelID, "step": step}
	outputs := map[string]any{"run_id": run.RunID, "models": []any{output}}
	if err := u.CallEndpoint(ctx, http.MethodPost, "runs/outputs", outputs, nil); err != nil {
		return "", err
	}
	return answer.Model.ModelID, u.FinalizeLoggedModel(ctx, answer.Model.ModelID)
}

// FinalizeLoggedModel sets the status of a logged model to ready.
func (u *User) FinalizeLoggedModel(ctx context.Context, modelID string) error {
	return u.CallEndpoint(ctx, http.MethodPatch, "logged-models/"+modelID,
		map[string]any{"model_id": modelID, "status": loggedModelReady}, nil)
}

// DeleteLoggedModel deletes a logged model.
func (u *User) DeleteLoggedModel(ctx context.Context, modelID string) error {
	return u.CallEndpoint(ctx, http.MethodDelete, "logged-models/"+modelID, map[string]any{}, nil)
}
