// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// lookup reads the evidence and records which keys are missing.
type lookup struct {
	evidence *Evidence
	missing  map[Key]bool
}

// withoutRecording returns a lookup of the same evidence that reports nothing missing.
func (l *lookup) withoutRecording() *lookup {
	return &lookup{evidence: l.evidence, missing: map[Key]bool{}}
}

// getCandidate returns the version of the request.
func (l *lookup) getCandidate(request Request) (*entities.ModelVersion, *failure) {
	if request.Model.Name == "" {
		return nil, newFailure("the registered model does not exist")
	}
	if request.Candidate == "" {
		return nil, newFailure("the promotion has no candidate")
	}
	return l.getVersion(request.Model.Name, request.Candidate)
}

func (l *lookup) getVersion(model, number string) (*entities.ModelVersion, *failure) {
	return getValue[*entities.ModelVersion](l, VersionKey(model, number))
}

func (l *lookup) getRun(id string) (*entities.Run, *failure) {
	return getValue[*entities.Run](l, runKey(id))
}

func (l *lookup) getLoggedModel(id string) (*entities.LoggedModel, *failure) {
	return getValue[*entities.LoggedModel](l, loggedModelKey(id))
}

func (l *lookup) getHistory(run, metric string) ([]entities.Metric, *failure) {
	return getValue[[]entities.Metric](l, historyKey(run, metric))
}

// getValue returns the value of a key, or why it has no value. An unread key is recorded as
// missing.
func getValue[T any](l *lookup, key Key) (T, *failure) {
	entry := l.evidence.getEntry(key)
	value, _ := entry.value.(T)
	switch entry.state {
	case statePresent:
		return value, nil
	case stateAbsent:
		f := newFailure(fmt.Sprintf("%s does not exist", key))
		f.notFound = true
		return value, f
	case stateUnreadable:
		return value, &failure{message: fmt.Sprintf("%s could not be read: %s", key, entry.message), isReadError: true}
	case stateUnread:
	}
	l.missing[key] = true
	return value, &failure{message: fmt.Sprintf("%s was not read yet", key), isReadError: true, notRead: true}
}

// failure says why an evaluation can't continue. Nil means that it can.
type failure struct {
	message string
	// isReadError: the evidence could not be read, so that the result is Error, and not Failed.
	isReadError bool
	// notRead: the evidence is missing, and the caller will read it.
	notRead bool
	// notFound: the server confirmed that it does not exist.
	notFound bool
	// notLogged: the metric was never logged, and may still be.
	notLogged bool
	// notVerified: the version does not provably belong to its run.
	notVerified bool
	// noRunID: the version names no run.
	noRunID bool
	// observed is a value that can't count, such as NaN, cut for status. unusable is the
	// same value, uncut.
	observed, unusable string
	// location is where a metric was looked up.
	location place
}

// newFailure returns a failure that fails the gate.
func newFailure(message string) *failure {
	return &failure{message: message}
}

// toOutcome returns the failure as the outcome of a gate.
func (f *failure) toOutcome() outcome {
	answer := failedOutcome(v1alpha1.ReasonGateFailed, f.message)
	if f.isReadError {
		answer.result, answer.reason = v1alpha1.GateError, v1alpha1.ReasonGateError
	}
	answer.observed = f.observed
	answer.observation = obstacleObservation{f.obstacle()}
	return answer
}

// toMetricOutcome returns the failure as the outcome of a gate on metrics.
func (f *failure) toMetricOutcome(onMissing v1alpha1.OnMissing) outcome {
	answer := f.toOutcome()
	if f.notLogged && onMissing == v1alpha1.OnMissingWait {
		answer.result = v1alpha1.GatePending
		answer.reason = v1alpha1.ReasonWaitingForMetric
		answer.message += " yet"
	}
	if f.notVerified {
		answer.message += ", so the run's metrics don't count"
		answer.suffix = "; provenance: Claimed would accept them"
	}
	return answer
}

// obstacleObservation is what a gate read that could not read a value, in the digest.
type obstacleObservation struct {
	Obstacle obstacle `json:"obstacle,omitempty"`
}

// obstacle is why a value could not be read, in the digest.
type obstacle string

const (
	obstacleNotFound   obstacle = "NotFound"
	obstacleNotLogged  obstacle = "NotLogged"
	obstacleUnproven   obstacle = "Unproven"
	obstacleNoRun      obstacle = "NoRun"
	obstacleUnreadable obstacle = "Unreadable"
	obstacleOther      obstacle = "Other"
)

// obstacle returns the kind of the failure; empty for no failure.
func (f *failure) obstacle() obstacle {
	switch {
	case f == nil:
		return ""
	case f.notFound:
		return obstacleNotFound
	case f.notLogged:
		return obstacleNotLogged
	case f.notVerified:
		return obstacleUnproven
	case f.noRunID:
		return obstacleNoRun
	case f.isReadError:
		return obstacleUnreadable
	default:
		return obstacleOther
	}
}

// moreSevere returns the failure that decides: missing evidence before anything else, since it
// can still change the answer, then the first.
func moreSevere(a, b *failure) *failure {
	if a == nil || b != nil && b.notRead && !a.notRead {
		return b
	}
	return a
}

// place is where a number was read, by uncut ids.
type place struct {
	RunID         string `json:"runId,omitempty"`
	LoggedModelID string `json:"loggedModelId,omitempty"`
	// VersionTag is the key of the tag of Version.
	VersionTag string `json:"versionTag,omitempty"`
	Version    string `json:"version,omitempty"`
	// Datasets and MeasuredBy are those of the points of a logged model that count: what it
	// was measured on, and the runs that measured it.
	Datasets   []datasetID `json:"datasets,omitempty"`
	MeasuredBy []string    `json:"measuredBy,omitempty"`
}

type datasetID struct {
	Name string `json:"name"`
	Hash string `json:"digest"`
}

// placeOfPoints returns the place of these points of a logged model.
func placeOfPoints(loggedModel string, points []entities.Metric) place {
	where := place{LoggedModelID: loggedModel}
	for _, point := range points {
		where.Datasets = append(where.Datasets, datasetID{point.DatasetName, point.DatasetDigest})
		where.MeasuredBy = append(where.MeasuredBy, point.RunID)
	}
	slices.SortFunc(where.Datasets, func(a, b datasetID) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Hash, b.Hash))
	})
	slices.Sort(where.MeasuredBy)
	where.Datasets, where.MeasuredBy = slices.Compact(where.Datasets), slices.Compact(where.MeasuredBy)
	return where
}

// String returns the place as messages name it.
func (p place) String() string {
	switch {
	case p.VersionTag != "":
		return "tag " + sanitize.CleanText(p.VersionTag, 100) + " of " + describeVersion(p.Version)
	case p.LoggedModelID != "":
		return "logged model " + shortenLoggedModelID(p.LoggedModelID)
	default:
		return "run " + shortenRunID(p.RunID)
	}
}
