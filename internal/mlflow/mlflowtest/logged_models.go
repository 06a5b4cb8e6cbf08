// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

const (
	statusPending = "LOGGED_MODEL_PENDING"
	statusReady   = "LOGGED_MODEL_READY"
	statusFailed  = "LOGGED_MODEL_UPLOAD_FAILED"
)

type loggedModel struct {
	id         string
	experiment *experiment
	name       string
	modelType  string
	runID      string
	created    int64
	updated    int64
	status     string
	tags       map[string]string
	metrics    []metricWire
	deleted    bool
}

func (m *loggedModel) toWire() loggedModelResponse {
	return loggedModelResponse{loggedModelWire{
		Info: loggedInfoWire{
			ModelID:                m.id,
			ExperimentID:           m.experiment.id,
			Name:                   m.name,
			CreationTimestampMs:    m.created,
			LastUpdatedTimestampMs: m.updated,
			ArtifactURI:            m.experiment.artifactLocation() + "/models/" + m.id + "/artifacts",
			Status:                 m.status,
			ModelType:              m.modelType,
			SourceRunID:            m.runID,
			Tags:                   toPairs(m.tags),
		},
		Data: loggedDataWire{Metrics: m.metrics},
	}}
}

// findLoggedModel finds the logged model that the request names, unless it was deleted.
func (q *request) findLoggedModel() (*loggedModel, error) {
	id := q.getText("model_id")
	found, ok := q.workspace.loggedModels[id]
	if !ok || found.deleted {
		return nil, newNotFoundError("Logged model with ID '%s' not found.", id)
	}
	return found, nil
}

func createLoggedModel(q *request) (any, error) {
	owner, err := q.findExperiment()
	if err != nil {
		return nil, err
	}
	created := &loggedModel{
		id:         "m-" + q.state.newID(),
		experiment: owner,
		name:       q.getText("name"),
		modelType:  q.getText("model_type"),
		runID:      q.getText("source_run_id"),
		created:    q.now,
		updated:    q.now,
		status:     statusPending,
		tags:       q.args.getTags(),
	}
	if created.name == "" {
		created.name = "model-" + created.id[2:10]
	}
	q.workspace.loggedModels[created.id] = created
	return created.toWire(), nil
}

func getLoggedModel(q *request) (any, error) {
	found, err := q.findLoggedModel()
	if err != nil {
		return nil, err
	}
	return found.toWire(), nil
}

func finalizeLoggedModel(q *request) (any, error) {
	found, err := q.findLoggedModel()
	if err != nil {
		return nil, err
	}
	found.status, found.updated = parseLoggedModelStatus(q.args["status"]), q.now
	return found.toWire(), nil
}

// parseLoggedModelStatus accepts the number or the name of a status.
func parseLoggedModelStatus(value any) string {
	switch value {
	case float64(2), statusReady:
		return statusReady
	case float64(3), statusFailed:
		return statusFailed
	default:
		return statusPending
	}
}

// deleteLoggedModel accepts a logged model that was deleted before.
func deleteLoggedModel(q *request) (any, error) {
	id := q.getText("model_id")
	found, ok := q.workspace.loggedModels[id]
	if !ok {
		return nil, newNotFoundError("Logged model with ID '%s' not found.", id)
	}
	found.deleted = true
	return emptyBody{}, nil
}

// logModelMetric stores a point in a logged model, in which NaN becomes zero.
func (q *request) logModelMetric(p point, from *run) error {
	found, ok := q.workspace.loggedModels[p.modelID]
	if !ok {
		return newNotFoundError("Logged model with ID '%s' not found.", p.modelID)
	}
	found.metrics = append(found.metrics, metricWire{
		Key:           p.key,
		Value:         p.value.nanAsZero(),
		Timestamp:     p.timestamp,
		Step:          p.step,
		DatasetName:   p.datasetName,
		DatasetDigest: p.datasetDigest,
		ModelID:       p.modelID,
		RunID:         from.id,
	})
	return nil
}
