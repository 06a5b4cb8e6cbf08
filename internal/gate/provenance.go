// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// maxCopyHops is how many copies of copies are followed. People copy from one model per
// environment to the next; five environments are more than we have seen.
const maxCopyHops = 5

// lineage is where a version comes from.
type lineage struct {
	// version is the first in a chain of copies; the version itself when it is none.
	version *entities.ModelVersion
	// runID is the run that the chain names, empty when none does. Before MLflow 3.17
	// a copy does not inherit it.
	runID string
	// hasConflict: the chain names two.
	hasConflict bool
}

// resolveOrigin follows a copied version to the one that was registered from an artifact.
func (r *lookup) resolveOrigin(version *entities.ModelVersion) (lineage, *failure) {
	line := lineage{version: version, runID: version.RunID}
	for hops := 0; ; hops++ {
		model, number, copied := parseCopySource(line.version.Source)
		if !copied {
			return line, nil
		}
		if hops == maxCopyHops {
			return line, newFailure(describeVersion(version.Version) + " is a copy of a copy too many times over to be followed")
		}
		next, s := r.getOriginal(line.version, model, number)
		if s != nil {
			s.message = describeVersion(version.Version) + " is a copy, but " + s.message
			return line, s
		}
		line = line.withAncestor(next)
	}
}

// withAncestor is the lineage with one more link.
func (l lineage) withAncestor(next *entities.ModelVersion) lineage {
	return lineage{
		version:     next,
		runID:       cmp.Or(l.runID, next.RunID),
		hasConflict: l.hasConflict || l.runID != "" && next.RunID != "" && l.runID != next.RunID,
	}
}

// getOriginal is the version that a copy names. A younger one took its number after the
// model was deleted and created again.
func (r *lookup) getOriginal(version *entities.ModelVersion, model, number string) (*entities.ModelVersion, *failure) {
	found, s := r.getVersion(model, number)
	if s != nil {
		return nil, s
	}
	if found.CreationTimestamp > version.CreationTimestamp {
		s := newFailure(VersionKey(model, number).String() + " is younger than its copy: the original is gone")
		s.notFound = true
		return nil, s
	}
	return found, nil
}

// resolveRun is the run that speaks for a version: its artifacts provably are the
// version's, or the gate takes the version's word for it.
func (r *lookup) resolveRun(version *entities.ModelVersion, provenance v1alpha1.Provenance) (*entities.Run, *failure) {
	if isClaimAccepted(version, provenance) {
		return r.getActiveRun(version.RunID)
	}
	line, s := r.resolveOrigin(version)
	if s != nil {
		return nil, s
	}
	if line.hasConflict {
		return nil, notVerifiedFailure(version, line.runID, "the version that it was copied from names another run")
	}
	return r.verifyRun(version, line)
}

// isClaimAccepted tells whether the version's word for its run is enough.
func isClaimAccepted(version *entities.ModelVersion, provenance v1alpha1.Provenance) bool {
	return provenance == v1alpha1.ProvenanceClaimed && version.RunID != ""
}

// verifyRun demands a proof by the source. A version that names no run has the one
// that its source names.
func (r *lookup) verifyRun(version *entities.ModelVersion, line lineage) (*entities.Run, *failure) {
	named, s := r.runIDFromSource(line.version)
	if s != nil {
		return nil, s
	}
	id := cmp.Or(line.runID, named)
	if id == "" {
		return nil, noRunFailure(version)
	}
	source := "its source " + sanitize.RedactSource(line.version.Source, 100)
	if named != "" && named != id {
		return nil, notVerifiedFailure(version, id, source+" belongs to run "+shortenRunID(named))
	}
	run, s := r.getActiveRun(id)
	if s != nil {
		return nil, s
	}
	if named == "" && !isUnderRoot(line.version.Source, run.ArtifactURI) {
		return nil, notVerifiedFailure(version, id, source+" does not lie under the run's artifacts")
	}
	return run, nil
}

// runIDFromSource is the run that a source names by itself; empty for a bucket URI.
func (r *lookup) runIDFromSource(version *entities.ModelVersion) (string, *failure) {
	id := version.LoggedModelID()
	if id == "" {
		return parseRunSource(version.Source), nil
	}
	model, s := r.getLoggedModel(id)
	if s != nil {
		return "", s
	}
	return model.SourceRunID, nil
}

// getActiveRun is a run that nobody deleted. MLflow goes on answering for deleted ones.
func (r *lookup) getActiveRun(id string) (*entities.Run, *failure) {
	run, s := r.getRun(id)
	if s != nil {
		return nil, s
	}
	if run.IsDeleted() {
		return nil, newFailure("run " + shortenRunID(id) + " was deleted")
	}
	return run, nil
}

func notVerifiedFailure(version *entities.ModelVersion, run, why string) *failure {
	s := newFailure(describeVersion(version.Version) + " claims run " + shortenRunID(run) + " but " + why)
	s.notVerified = true
	return s
}

func noRunFailure(version *entities.ModelVersion) *failure {
	s := newFailure(describeVersion(version.Version) + " names no run")
	s.noRunID = true
	return s
}
