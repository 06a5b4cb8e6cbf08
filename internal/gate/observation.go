// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"cmp"
	"slices"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// observation is what a gate read, typed and uncut, for the digest. A part is empty where
// the gate read nothing of its kind.
type observation struct {
	// Obstacle is set if the gate could not read what it asks for.
	Obstacle obstacle `json:"obstacle,omitempty"`

	Candidate *measurement         `json:"candidate,omitempty"`
	Baseline  *baselineObservation `json:"baseline,omitempty"`
	Tag       *tagObservation      `json:"tag,omitempty"`
	Approvals *approvalObservation `json:"approvals,omitempty"`

	// Version is what the check version-ready read.
	Version *versionObservation `json:"version,omitempty"`
	// PromotedStages are the stages that the check promotes-from found.
	PromotedIn []string `json:"promotedIn,omitempty"`
	// Tenures are those that the check required-soak-time counted.
	Tenures []tenureObservation `json:"tenures,omitempty"`
	// LaterStage is the stage that the check not-backward found the candidate in.
	LaterStage string `json:"laterStage,omitempty"`
}

// obstacle is why a value could not be read.
type obstacle string

const (
	obstacleNotFound   obstacle = "NotFound"
	obstacleNotLogged  obstacle = "NotLogged"
	obstacleUnproven   obstacle = "Unproven"
	obstacleNoRun      obstacle = "NoRun"
	obstacleUnreadable obstacle = "Unreadable"
	obstacleOther      obstacle = "Other"
)

// measurement is one number of a version, and where it was read.
type measurement struct {
	// Value is the exact number as a fraction.
	Value string `json:"value,omitempty"`
	// Unusable is what was read and is no finite number, or does not count.
	Unusable string   `json:"unusable,omitempty"`
	Obstacle obstacle `json:"obstacle,omitempty"`
	Place    place    `json:"place"`
}

// baselineObservation is the version that a comparison found to beat. Version is empty if
// there is none.
type baselineObservation struct {
	Version        string       `json:"version"`
	VersionCreated int64        `json:"versionCreated"`
	Obstacle       obstacle     `json:"obstacle,omitempty"`
	Measurement    *measurement `json:"measurement,omitempty"`
}

type tagObservation struct {
	// Target is Version, Model or Run; ID says which one.
	Target string `json:"target"`
	ID     string `json:"id"`
	Set    bool   `json:"set"`
	Value  string `json:"value"`
}

type approvalObservation struct {
	Approvers  []v1alpha1.UserName `json:"approvers"`
	RejectedBy v1alpha1.UserName   `json:"rejectedBy,omitempty"`
}

type versionObservation struct {
	Status   string `json:"status"`
	IsPrompt bool   `json:"isPrompt,omitempty"`
}

// tenureObservation has times in milliseconds since 1970; 0 is not known, or not over.
type tenureObservation struct {
	Stage string `json:"stage"`
	Since int64  `json:"since"`
	Until int64  `json:"until"`
}

// place is where a number was read, by whole ids.
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
	Name   string `json:"name"`
	Digest string `json:"digest"`
}

// String is the place as a sentence calls it.
func (p place) String() string {
	switch {
	case p.VersionTag != "":
		return "tag " + cleanKey(p.VersionTag) + " of " + describeVersion(p.Version)
	case p.LoggedModelID != "":
		return "logged model " + shortenLoggedModelID(p.LoggedModelID)
	default:
		return "run " + shortenRunID(p.RunID)
	}
}

// of is the place of these points of a logged model.
func (p place) of(points []entities.Metric) place {
	for _, point := range points {
		p.Datasets = append(p.Datasets, datasetID{point.DatasetName, point.DatasetDigest})
		p.MeasuredBy = append(p.MeasuredBy, point.RunID)
	}
	slices.SortFunc(p.Datasets, func(a, b datasetID) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Digest, b.Digest))
	})
	p.Datasets, p.MeasuredBy = slices.Compact(p.Datasets), sortedSet(p.MeasuredBy)
	return p
}

// measurementOf is what came of a question about a metric.
func measurementOf(found metricReading, s *failure) *measurement {
	if s != nil {
		return &measurement{Unusable: s.unusable, Obstacle: s.obstacle(), Place: s.place}
	}
	return &measurement{Value: found.value.RatString(), Place: found.location}
}

// baselineOf is the baseline that was found, and what came of the question about its metric.
func baselineOf(baseline baseline, noRival *failure, theirs metricReading, noMetric *failure) *baselineObservation {
	observed := &baselineObservation{Version: baseline.number, Obstacle: noRival.obstacle()}
	if baseline.version != nil {
		observed.VersionCreated = int64(baseline.version.CreationTimestamp)
		observed.Measurement = measurementOf(theirs, noMetric)
	}
	return observed
}

func tenureOf(stage v1alpha1.StageName, stay Tenure) []tenureObservation {
	return []tenureObservation{{Stage: string(stage), Since: millis(stay.Since), Until: millis(stay.Until)}}
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// obstacle is empty for no stop.
func (s *failure) obstacle() obstacle {
	switch {
	case s == nil:
		return ""
	case s.notFound:
		return obstacleNotFound
	case s.notLogged:
		return obstacleNotLogged
	case s.notVerified:
		return obstacleUnproven
	case s.noRunID:
		return obstacleNoRun
	case s.result == v1alpha1.GateError:
		return obstacleUnreadable
	default:
		return obstacleOther
	}
}
