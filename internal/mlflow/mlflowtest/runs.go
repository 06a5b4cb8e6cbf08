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

func (r *run) wire(rules dialect) runWire {
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
		Data:   runDataWire{Metrics: r.latestMetrics(), Tags: pairs(r.tags)},
		Inputs: &empty{},
	}
	if rules.loggedModels {
		wire.Outputs = &outputsWire{r.outputs}
	}
	return wire
}

// run finds the run that the request names.
func (q *request) run() (*run, error) {
	id := q.text("run_id")
	found, ok := q.space.runs[id]
	if !ok {
		return nil, notFound("Run with id=%s not found", id)
	}
	return found, nil
}

// activeRun finds a run that may be written to.
func (q *request) activeRun() (*run, error) {
	found, err := q.run()
	if err != nil {
		return nil, err
	}
	return found, found.mustBe(lifecycleActive)
}

func (r *run) mustBe(lifecycle string) error {
	if r.lifecycle == lifecycle {
		return nil
	}
	return invalid("The run %s must be in the '%s' state. Current state is %s.", r.id, lifecycle, r.lifecycle)
}

func createRun(q *request) (any, error) {
	owner, err := q.experiment()
	if err != nil {
		return nil, err
	}
	start, err := q.args.integer("start_time", 0)
	if err != nil {
		return nil, err
	}
	created := &run{
		id:         q.state.newID(),
		experiment: owner,
		name:       q.text("run_name"),
		start:      start,
		tags:       q.args.tags(),
		metrics:    map[string][]point{},
		lifecycle:  lifecycleActive,
	}
	if created.name == "" {
		created.name = "run-" + created.id[:8]
	}
	created.tags["mlflow.runName"] = created.name
	q.space.runs[created.id] = created
	return runAnswer{created.wire(q.rules)}, nil
}

// getRun answers for deleted runs too.
func getRun(q *request) (any, error) {
	found, err := q.run()
	if err != nil {
		return nil, err
	}
	return runAnswer{found.wire(q.rules)}, nil
}

func deleteRun(q *request) (any, error) {
	found, err := q.run()
	if err != nil {
		return nil, err
	}
	found.lifecycle = lifecycleDeleted
	return empty{}, nil
}

func restoreRun(q *request) (any, error) {
	found, err := q.run()
	if err != nil {
		return nil, err
	}
	found.lifecycle = lifecycleActive
	return empty{}, nil
}

// logOutputs takes logged models whether they exist or not.
func logOutputs(q *request) (any, error) {
	found, err := q.run()
	if err != nil {
		return nil, err
	}
	models, _ := q.args["models"].([]any)
	for _, each := range models {
		model := Args(each.(map[string]any))
		step, err := model.integer("step", 0)
		if err != nil {
			return nil, err
		}
		id, _ := model["model_id"].(string)
		found.outputs = append(found.outputs, outputWire{ModelID: id, Step: step})
	}
	return empty{}, nil
}

func setRunTag(q *request) (any, error) {
	found, err := q.activeRun()
	if err != nil {
		return nil, err
	}
	found.tags[q.text("key")] = q.text("value")
	return empty{}, nil
}
