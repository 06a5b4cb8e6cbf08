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

func (m *loggedModel) wire() loggedModelAnswer {
	return loggedModelAnswer{loggedModelWire{
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
			Tags:                   pairs(m.tags),
		},
		Data: loggedDataWire{Metrics: m.metrics},
	}}
}

// loggedModel finds the one that the request names; a deleted one is not found.
func (q *request) loggedModel() (*loggedModel, error) {
	id := q.text("model_id")
	found, ok := q.space.loggedModels[id]
	if !ok || found.deleted {
		return nil, notFound("Logged model with ID '%s' not found.", id)
	}
	return found, nil
}

func createLoggedModel(q *request) (any, error) {
	owner, err := q.experiment()
	if err != nil {
		return nil, err
	}
	created := &loggedModel{
		id:         "m-" + q.state.newID(),
		experiment: owner,
		name:       q.text("name"),
		modelType:  q.text("model_type"),
		runID:      q.text("source_run_id"),
		created:    q.now,
		updated:    q.now,
		status:     statusPending,
		tags:       q.args.tags(),
	}
	if created.name == "" {
		created.name = "model-" + created.id[2:10]
	}
	q.space.loggedModels[created.id] = created
	return created.wire(), nil
}

func getLoggedModel(q *request) (any, error) {
	found, err := q.loggedModel()
	if err != nil {
		return nil, err
	}
	return found.wire(), nil
}

func finalizeLoggedModel(q *request) (any, error) {
	found, err := q.loggedModel()
	if err != nil {
		return nil, err
	}
	found.status, found.updated = loggedStatus(q.args["status"]), q.now
	return found.wire(), nil
}

// loggedStatus takes the number or the name of a status.
func loggedStatus(value any) string {
	switch value {
	case float64(2), statusReady:
		return statusReady
	case float64(3), statusFailed:
		return statusFailed
	default:
		return statusPending
	}
}

// deleteLoggedModel is content when it is gone already.
func deleteLoggedModel(q *request) (any, error) {
	id := q.text("model_id")
	found, ok := q.space.loggedModels[id]
	if !ok {
		return nil, notFound("Logged model with ID '%s' not found.", id)
	}
	found.deleted = true
	return empty{}, nil
}

// logToModel keeps a point with a logged model, where a NaN becomes a zero.
func (q *request) logToModel(p point, from *run) error {
	found, ok := q.space.loggedModels[p.modelID]
	if !ok {
		return notFound("Logged model with ID '%s' not found.", p.modelID)
	}
	found.metrics = append(found.metrics, metricWire{
		Key:           p.key,
		Value:         p.value.orZero(),
		Timestamp:     p.timestamp,
		Step:          p.step,
		DatasetName:   p.datasetName,
		DatasetDigest: p.datasetDigest,
		ModelID:       p.modelID,
		RunID:         from.id,
	})
	return nil
}
