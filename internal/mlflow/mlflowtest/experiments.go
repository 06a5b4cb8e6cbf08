// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import "strconv"

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

func (s *workspace) findExperiment(name string) *experiment {
	for _, e := range s.experiments {
		if e.name == name {
			return e
		}
	}
	return nil
}

// findExperiment finds the experiment that the request names; the default without one.
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
