// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// maxCopyHops is how many copies of copies are followed. Users copy from one model per
// environment to the next; five environments are more than we have seen.
const maxCopyHops = 5

// lineage is the origin of a version.
type lineage struct {
	// version is the first in a chain of copies; the version itself if it is not a copy.
	version *entities.ModelVersion
	// runID is the run that the chain names; empty if it names no run. Before MLflow 3.17 a
	// copy does not inherit it.
	runID string
	// hasConflict means that the chain names two runs.
	hasConflict bool
}

// resolveOrigin follows a copied version to the one that was registered from an artifact.
func (l *lookup) resolveOrigin(version *entities.ModelVersion) (lineage, *failure) {
	line := lineage{version: version, runID: version.RunID}
	for hops := 0; ; hops++ {
		model, number, copied := parseCopySource(line.version.Source)
		if !copied {
			return line, nil
		}
		if hops == maxCopyHops {
			return line, newFailure(fmt.Sprintf("%s is at the end of a chain of more than %d copies", describeVersion(version.Version), maxCopyHops))
		}
		next, f := l.getOriginal(line.version, model, number)
		if f != nil {
			f.message = describeVersion(version.Version) + " is a copy, but " + f.message
			return line, f
		}
		line = line.withAncestor(next)
	}
}

// withAncestor returns the lineage with one more version.
func (line lineage) withAncestor(next *entities.ModelVersion) lineage {
	return lineage{
		version:     next,
		runID:       cmp.Or(line.runID, next.RunID),
		hasConflict: line.hasConflict || line.runID != "" && next.RunID != "" && line.runID != next.RunID,
	}
}

// getOriginal returns the version that a copy names. One that is younger than the copy is not the
// original: the model was deleted and created again.
func (l *lookup) getOriginal(version *entities.ModelVersion, model, number string) (*entities.ModelVersion, *failure) {
	found, f := l.getVersion(model, number)
	if f != nil {
		return nil, f
	}
	if found.CreationTimestamp > version.CreationTimestamp {
		f := newFailure(fmt.Sprintf("%s is younger than its copy: the original is gone", VersionKey(model, number)))
		f.notFound = true
		return nil, f
	}
	return found, nil
}

// resolveLoggedModel returns the logged model that a version was registered from; nil if there is
// none.
func (l *lookup) resolveLoggedModel(version *entities.ModelVersion) (*entities.LoggedModel, *failure) {
	line, f := l.resolveOrigin(version)
	if f != nil {
		return nil, f
	}
	id := line.version.LoggedModelID()
	if id == "" {
		return nil, nil
	}
	return l.getLoggedModel(id)
}

// resolveRun returns the run whose metrics and tags count for a version: the version provably
// belongs to it, or the gate accepts the version's claim.
func (l *lookup) resolveRun(version *entities.ModelVersion, provenance v1alpha1.Provenance) (*entities.Run, *failure) {
	if isClaimAccepted(version, provenance) {
		return l.getActiveRun(version.RunID)
	}
	line, f := l.resolveOrigin(version)
	if f != nil {
		return nil, f
	}
	if line.hasConflict {
		return nil, notVerifiedFailure(version, line.runID, "the version that it was copied from names another run")
	}
	return l.verifyRun(version, line)
}

// isClaimAccepted reports whether the run that the version names needs no proof.
func isClaimAccepted(version *entities.ModelVersion, provenance v1alpha1.Provenance) bool {
	return provenance == v1alpha1.ProvenanceClaimed && version.RunID != ""
}

// verifyRun requires a proof by the source. A version that names no run belongs to the run that
// its source names.
func (l *lookup) verifyRun(version *entities.ModelVersion, line lineage) (*entities.Run, *failure) {
	named, f := l.runIDFromSource(line.version)
	if f != nil {
		return nil, f
	}
	id := cmp.Or(line.runID, named)
	if id == "" {
		return nil, noRunFailure(version)
	}
	source := "its source " + sanitize.RedactSource(line.version.Source, 100)
	if named != "" && named != id {
		return nil, notVerifiedFailure(version, id, source+" belongs to run "+shortenRunID(named))
	}
	run, f := l.getActiveRun(id)
	if f != nil {
		return nil, f
	}
	if named == "" && !isUnderRoot(line.version.Source, run.ArtifactURI) {
		return nil, notVerifiedFailure(version, id, source+" does not lie under the run's artifacts")
	}
	return run, nil
}

// runIDFromSource returns the run that a source names; empty for a bucket URI.
func (l *lookup) runIDFromSource(version *entities.ModelVersion) (string, *failure) {
	id := version.LoggedModelID()
	if id == "" {
		return parseRunSource(version.Source), nil
	}
	model, f := l.getLoggedModel(id)
	if f != nil {
		return "", f
	}
	return model.SourceRunID, nil
}

// getActiveRun fails for a deleted run, which MLflow still returns.
func (l *lookup) getActiveRun(id string) (*entities.Run, *failure) {
	run, f := l.getRun(id)
	if f != nil {
		return nil, f
	}
	if run.IsDeleted() {
		return nil, newFailure("run " + shortenRunID(id) + " was deleted")
	}
	return run, nil
}

func notVerifiedFailure(version *entities.ModelVersion, run, why string) *failure {
	f := newFailure(describeVersion(version.Version) + " claims run " + shortenRunID(run) + " but " + why)
	f.notVerified = true
	return f
}

func noRunFailure(version *entities.ModelVersion) *failure {
	f := newFailure(describeVersion(version.Version) + " names no run")
	f.noRunID = true
	return f
}

// The sources that name another object in MLflow. A source that matches neither exactly is a
// bucket URI, whose name proves nothing.
var (
	copySourcePattern = regexp.MustCompile(`^models:/([^/?#%@\\]{1,256})/([1-9][0-9]{0,9})$`)
	runSourcePattern  = regexp.MustCompile(`^runs:/([A-Za-z0-9-]{1,64})(/.*)?$`)
)

// parseCopySource returns the version that a source names; false for other sources.
func parseCopySource(source string) (model, version string, copied bool) {
	match := copySourcePattern.FindStringSubmatch(source)
	if match == nil {
		return "", "", false
	}
	return match[1], match[2], true
}

// parseRunSource returns the run that a runs:/ source names; empty for other sources.
func parseRunSource(source string) string {
	match := runSourcePattern.FindStringSubmatch(source)
	if match == nil || !isSafePath(match[2]) {
		return ""
	}
	return match[1]
}

// isUnderRoot reports whether a source is the root or is under it, by whole segments of the
// path. Nothing is under a root without a path.
func isUnderRoot(source, root string) bool {
	root = strings.TrimRight(root, "/")
	rest, found := strings.CutPrefix(source, root)
	if !found || root == "" || strings.HasSuffix(root, ":") {
		return false
	}
	return rest == "" || strings.HasPrefix(rest, "/") && isSafePath(rest)
}

// pathTraversalPattern matches what may change the path for the program that resolves it: encoded
// dots, slashes, percent signs and zeros, backslashes, queries and fragments.
var pathTraversalPattern = regexp.MustCompile(`(?i)%(2e|2f|5c|25|3f|23|00)|[\\?#\x00-\x1f]`)

// isSafePath reports whether a path can't leave the folder in which it starts.
func isSafePath(path string) bool {
	if pathTraversalPattern.MatchString(path) {
		return false
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == ".." {
			return false
		}
	}
	return true
}
