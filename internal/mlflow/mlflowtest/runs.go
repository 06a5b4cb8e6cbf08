// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"slices"
	"strconv"
)

type experiment struct {
	id      string
	name    string
	created int64
}

func (e *experiment) artifactLocation() string { return "mlflow-artifacts:/" + e.id }

func createExperiment(q *request) (any, error) {
	name := q.getText("name")
	if q.workspace.findExperiment(name) != nil {
		return nil, newExistsError("Experiment(name=%s) already exists.", name)
	}
	id := strconv.Itoa(len(q.workspace.experiments))
	q.workspace.experiments[id] = &experiment{id: id, name: name, created: q.now}
	return experimentIDResponse{id}, nil
}

func getExperimentByName(q *request) (any, error) {
	name := q.getText("experiment_name")
	found := q.workspace.findExperiment(name)
	if found == nil {
		return nil, newNotFoundError("Could not find experiment with name '%s'", name)
	}
	return experimentResponse{experimentWire{
		ExperimentID:     found.id,
		Name:             found.name,
		ArtifactLocation: found.artifactLocation(),
		LifecycleStage:   lifecycleActive,
		LastUpdateTime:   found.created,
		CreationTime:     found.created,
	}}, nil
}

func (w *workspace) findExperiment(name string) *experiment {
	for _, e := range w.experiments {
		if e.name == name {
			return e
		}
	}
	return nil
}

// findExperiment finds the experiment that the request names, by default "0".
func (q *request) findExperiment() (*experiment, error) {
	id := q.getText("experiment_id")
	if id == "" {
		id = "0"
	}
	found, ok := q.workspace.experiments[id]
	if !ok {
		return nil, newNotFoundError("No Experiment with id=%s exists", id)
	}
	return found, nil
}

const (
	lifecycleActive  = "active"
	lifecycleDeleted = "deleted"

	// statusRunning is the status of every run, because this server ends none.
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
	// outputs are the logged models of the run.
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

// findActiveRun finds a run that accepts writes.
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

// getRun returns deleted runs, too.
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

// logOutputs does not check that the logged models exist.
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

const (
	maxRunsPage     = 50_000
	defaultRunsPage = 1000
)

// runsSearchable lacks metrics and parameters, because no client of this server searches them.
var runsSearchable = searchable{
	attributes: []string{"run_id", "run_name", "status", "artifact_uri"},
	lists:      []string{"run_id"},
	prefixes:   []string{"attribute", "attributes"},
}

// searchRuns searches the named experiments only; without one it finds no runs.
func searchRuns(q *request) (any, error) {
	limit, err := q.parseRunsLimit()
	if err != nil {
		return nil, err
	}
	conditions, err := q.parseConditions(runsSearchable)
	if err != nil {
		return nil, err
	}
	order, err := parseRunOrder(q.args.getStrings("order_by"))
	if err != nil {
		return nil, err
	}
	experiments := q.args.getStrings("experiment_ids")
	if err := q.rules.checkExperimentIDs(experiments); err != nil {
		return nil, err
	}
	found := q.selectRuns(experiments, conditions)
	slices.SortFunc(found, order)
	page, token, err := cutPage(found, q.getText("page_token"), limit)
	answer := runsResponse{NextPageToken: q.rules.nextRunsToken(token, q.getText("page_token"), len(page), limit)}
	for _, r := range page {
		answer.Runs = append(answer.Runs, r.toWire(q.rules))
	}
	return answer, err
}

func (q *request) parseRunsLimit() (int64, error) {
	limit, err := q.args.getInt("max_results", defaultRunsPage)
	switch {
	case err != nil:
		return 0, err
	case limit < 1:
		return 0, newInvalidError("Invalid value %d for parameter 'max_results' supplied. It must be a positive integer", limit)
	case limit > maxRunsPage:
		return 0, newInvalidError("Invalid value %d for parameter 'max_results' supplied:  Hint: Value was of type 'int'.%s",
			limit, seeDocsSuffix)
	default:
		return limit, nil
	}
}

func (d dialect) checkExperimentIDs(ids []string) error {
	for _, id := range ids {
		if _, err := strconv.Atoi(id); err != nil && d.exactRunPages {
			return newInvalidError("Invalid experiment ID '%s'. Experiment ID must be a valid integer.", id)
		}
	}
	return nil
}

// selectRuns returns the runs that match the experiments, the view and the conditions.
func (q *request) selectRuns(experiments []string, conditions []filterClause) []*run {
	var found []*run
	for _, r := range q.workspace.runs {
		if slices.Contains(experiments, r.experiment.id) && q.matchesView(r) && matchesConditions(r.toRow(), conditions, false) {
			found = append(found, r)
		}
	}
	return found
}

// matchesView accepts the name or the number of a view. An unknown view shows active runs.
func (q *request) matchesView(r *run) bool {
	switch q.args["run_view_type"] {
	case "ALL", float64(3):
		return true
	case "DELETED_ONLY", float64(2):
		return r.lifecycle == lifecycleDeleted
	default:
		return r.lifecycle == lifecycleActive
	}
}

// nextRunsToken returns a token after each full page of an old server, even after the last one.
func (d dialect) nextRunsToken(next, sent string, rows int, limit int64) string {
	if d.exactRunPages || int64(rows) < limit {
		return next
	}
	offset, _ := parseToken(sent) // cutPage has checked it
	return newToken(offset + limit)
}

func (r *run) toRow() row {
	attribute := func(key string) string {
		switch key {
		case "run_id":
			return r.id
		case "run_name":
			return r.name
		case "artifact_uri":
			return r.artifactURI()
		default:
			return statusRunning
		}
	}
	return row{attribute: attribute, tags: r.tags}
}
