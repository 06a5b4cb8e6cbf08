// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

const (
	lifecycleActive  = "active"
	lifecycleDeleted = "deleted"

	// statusRunning is that of every run: nothing here ends one.
	statusRunning = "RUNNING"
)

type run struct {
	id         string
	experiment *experiment
	name       string
	start      int64
	tags       map[string]string
	metrics    map[string][]point
	lifecycle  string
	// outputs are the logged models that it put out.
	outputs []outputWire
}

func (r *run) artifactURI() string {
	return r.experiment.artifactLocation() + "/" + r.id + "/artifacts"
}

func (r *run) toWire(rules dialect) runWire {
	wire := runWire{
		Info: runInfoWire{
			RunID:          r.id,
			RunUUID:        r.id,
			ExperimentID:   r.experiment.id,
			RunName:        r.name,
			Status:         statusRunning,
			StartTime:      r.start,
			ArtifactURI:    r.artifactURI(),
			LifecycleStage: r.lifecycle,
		},
		Data:   runDataWire{Metrics: r.latestMetrics(), Tags: toPairs(r.tags)},
		Inputs: &emptyBody{},
	}
	if rules.loggedModels {
		wire.Outputs = &outputsWire{r.outputs}
	}
	return wire
}

// findRun finds the run that the request names.
func (q *request) findRun() (*run, error) {
	id := q.getText("run_id")
	found, ok := q.workspace.runs[id]
	if !ok {
		return nil, newNotFoundError("Run with id=%s not found", id)
	}
	return found, nil
}

// findActiveRun finds a run that may be written to.
func (q *request) findActiveRun() (*run, error) {
	found, err := q.findRun()
	if err != nil {
		return nil, err
	}
	return found, found.requireLifecycle(lifecycleActive)
}

func (r *run) requireLifecycle(lifecycle string) error {
	if r.lifecycle == lifecycle {
		return nil
	}
	return newInvalidError("The run %s must be in the '%s' state. Current state is %s.", r.id, lifecycle, r.lifecycle)
}

func createRun(q *request) (any, error) {
	owner, err := q.findExperiment()
	if err != nil {
		return nil, err
	}
	start, err := q.args.getInt("start_time", 0)
	if err != nil {
		return nil, err
	}
	created := &run{
		id:         q.state.newID(),
		experiment: owner,
		name:       q.getText("run_name"),
		start:      start,
		tags:       q.args.getTags(),
		metrics:    map[string][]point{},
		lifecycle:  lifecycleActive,
	}
	if created.name == "" {
		created.name = "run-" + created.id[:8]
	}
	created.tags["mlflow.runName"] = created.name
	q.workspace.runs[created.id] = created
	return runResponse{created.toWire(q.rules)}, nil
}

// getRun answers for deleted runs too.
func getRun(q *request) (any, error) {
	found, err := q.findRun()
	if err != nil {
		return nil, err
	}
	return runResponse{found.toWire(q.rules)}, nil
}

func deleteRun(q *request) (any, error) {
	found, err := q.findRun()
	if err != nil {
		return nil, err
	}
	found.lifecycle = lifecycleDeleted
	return emptyBody{}, nil
}

func restoreRun(q *request) (any, error) {
	found, err := q.findRun()
	if err != nil {
		return nil, err
	}
	found.lifecycle = lifecycleActive
	return emptyBody{}, nil
}

// logOutputs takes logged models whether they exist or not.
func logOutputs(q *request) (any, error) {
	found, err := q.findRun()
	if err != nil {
		return nil, err
	}
	models, _ := q.args["models"].([]any)
	for _, each := range models {
		model := Args(each.(map[string]any))
		step, err := model.getInt("step", 0)
		if err != nil {
			return nil, err
		}
		id, _ := model["model_id"].(string)
		found.outputs = append(found.outputs, outputWire{ModelID: id, Step: step})
	}
	return emptyBody{}, nil
}

func setRunTag(q *request) (any, error) {
	found, err := q.findActiveRun()
	if err != nil {
		return nil, err
	}
	found.tags[q.getText("key")] = q.getText("value")
	return emptyBody{}, nil
}
