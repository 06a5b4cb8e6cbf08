// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/text"
)

// maxHops is how many copies of copies are followed. People copy from one model per
// environment to the next; five environments are more than we have seen.
const maxHops = 5

// lineage is where a version comes from.
type lineage struct {
	// version is the first in a chain of copies; the version itself when it is none.
	version *entities.ModelVersion
	// runID is the run that the chain names, empty when none does. Before MLflow 3.17
	// a copy does not inherit it.
	runID string
	// disputed: the chain names two.
	disputed bool
}

// origin follows a copied version to the one that was registered from an artifact.
func (r *reader) origin(version *entities.ModelVersion) (lineage, *stop) {
	line := lineage{version: version, runID: version.RunID}
	for hops := 0; ; hops++ {
		model, number, copied := copiedFrom(line.version.Source)
		if !copied {
			return line, nil
		}
		if hops == maxHops {
			return line, halt(versionNoun(version.Version) + " is a copy of a copy too many times over to be followed")
		}
		next, s := r.original(line.version, model, number)
		if s != nil {
			s.sentence = versionNoun(version.Version) + " is a copy, but " + s.sentence
			return line, s
		}
		line = line.before(next)
	}
}

// before is the lineage with one more link.
func (l lineage) before(next *entities.ModelVersion) lineage {
	return lineage{
		version:  next,
		runID:    cmp.Or(l.runID, next.RunID),
		disputed: l.disputed || l.runID != "" && next.RunID != "" && l.runID != next.RunID,
	}
}

// original is the version that a copy names. A younger one took its number after the
// model was deleted and created again.
func (r *reader) original(version *entities.ModelVersion, model, number string) (*entities.ModelVersion, *stop) {
	found, s := r.version(model, number)
	if s != nil {
		return nil, s
	}
	if found.CreationTimestamp > version.CreationTimestamp {
		s := halt(VersionRef(model, number).String() + " is younger than its copy: the original is gone")
		s.gone = true
		return nil, s
	}
	return found, nil
}

// runOf is the run that speaks for a version: its artifacts provably are the
// version's, or the gate takes the version's word for it.
func (r *reader) runOf(version *entities.ModelVersion, provenance v1alpha1.Provenance) (*entities.Run, *stop) {
	if claims(version, provenance) {
		return r.liveRun(version.RunID)
	}
	line, s := r.origin(version)
	if s != nil {
		return nil, s
	}
	if line.disputed {
		return nil, unproven(version, line.runID, "the version that it was copied from names another run")
	}
	return r.provenRun(version, line)
}

// claims tells whether the version's word for its run is enough.
func claims(version *entities.ModelVersion, provenance v1alpha1.Provenance) bool {
	return provenance == v1alpha1.ProvenanceClaimed && version.RunID != ""
}

// provenRun demands a proof by the source. A version that names no run has the one
// that its source names.
func (r *reader) provenRun(version *entities.ModelVersion, line lineage) (*entities.Run, *stop) {
	named, s := r.runBySource(line.version)
	if s != nil {
		return nil, s
	}
	id := cmp.Or(line.runID, named)
	if id == "" {
		return nil, noRun(version)
	}
	source := "its source " + text.Source(line.version.Source, 100)
	if named != "" && named != id {
		return nil, unproven(version, id, source+" belongs to run "+shortRun(named))
	}
	run, s := r.liveRun(id)
	if s != nil {
		return nil, s
	}
	if named == "" && !liesUnder(line.version.Source, run.ArtifactURI) {
		return nil, unproven(version, id, source+" does not lie under the run's artifacts")
	}
	return run, nil
}

// runBySource is the run that a source names by itself; empty for a bucket URI.
func (r *reader) runBySource(version *entities.ModelVersion) (string, *stop) {
	id := version.LoggedModelID()
	if id == "" {
		return sourceRunID(version.Source), nil
	}
	model, s := r.loggedModel(id)
	if s != nil {
		return "", s
	}
	return model.SourceRunID, nil
}

// liveRun is a run that nobody deleted. MLflow goes on answering for deleted ones.
func (r *reader) liveRun(id string) (*entities.Run, *stop) {
	run, s := r.run(id)
	if s != nil {
		return nil, s
	}
	if run.Deleted() {
		return nil, halt("run " + shortRun(id) + " was deleted")
	}
	return run, nil
}

func unproven(version *entities.ModelVersion, run, why string) *stop {
	s := halt(versionNoun(version.Version) + " claims run " + shortRun(run) + " but " + why)
	s.unproven = true
	return s
}

func noRun(version *entities.ModelVersion) *stop {
	s := halt(versionNoun(version.Version) + " names no run")
	s.runless = true
	return s
}
