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
	name := q.text("name")
	if q.space.experimentNamed(name) != nil {
		return nil, exists("Experiment(name=%s) already exists.", name)
	}
	id := strconv.Itoa(len(q.space.experiments))
	q.space.experiments[id] = &experiment{id: id, name: name, created: q.now}
	return experimentIDAnswer{id}, nil
}

func getExperimentByName(q *request) (any, error) {
	name := q.text("experiment_name")
	found := q.space.experimentNamed(name)
	if found == nil {
		return nil, notFound("Could not find experiment with name '%s'", name)
	}
	return experimentAnswer{experimentWire{
		ExperimentID:     found.id,
		Name:             found.name,
		ArtifactLocation: found.artifactLocation(),
		LifecycleStage:   lifecycleActive,
		LastUpdateTime:   found.created,
		CreationTime:     found.created,
	}}, nil
}

func (s *space) experimentNamed(name string) *experiment {
	for _, e := range s.experiments {
		if e.name == name {
			return e
		}
	}
	return nil
}

// experiment finds the experiment that the request names; the default without one.
func (q *request) experiment() (*experiment, error) {
	id := q.text("experiment_id")
	if id == "" {
		id = "0"
	}
	found, ok := q.space.experiments[id]
	if !ok {
		return nil, notFound("No Experiment with id=%s exists", id)
	}
	return found, nil
}
