// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"fmt"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// baseline is whom a comparison has to beat.
type baseline struct {
	// number is empty when no version is meant.
	number string
	// version is nil when there is nobody.
	version *entities.ModelVersion
	// absentReason says why.
	absentReason string
}

// baselineRef is the version number that a baseline means, and by what name.
type baselineRef struct {
	number string
	// absentReason says why there is no number.
	absentReason string
}

// resolveBaseline finds the baseline of a comparison. A version that was deleted, as an alias of
// older servers may point to, is nobody; one that could not be read is not.
func (r *lookup) resolveBaseline(request Request, against *v1alpha1.Baseline) (baseline, *failure) {
	picked, s := selectBaseline(request, against)
	if s != nil {
		return baseline{}, s
	}
	if picked.number == "" {
		return baseline{absentReason: picked.absentReason + ": nobody to beat"}, nil
	}
	if picked.number == request.Candidate {
		return baseline{number: picked.number}, newFailure(request.describeCandidate() + " is the baseline itself, and can't beat itself")
	}
	version, s := r.getVersion(request.Model.Name, picked.number)
	if s != nil && s.notFound {
		return baseline{number: picked.number, absentReason: s.message + ": nobody to beat"}, nil
	}
	return baseline{number: picked.number, version: version}, s
}

func selectBaseline(request Request, against *v1alpha1.Baseline) (baselineRef, *failure) {
	switch {
	case against == nil, against.Stage == request.Stage && request.Stage != "", against.Alias == request.Alias && request.Alias != "":
		// By whatever name: what the alias of this very stage points to may be the
		// candidate itself, or what another hand chose for being a low bar.
		return baselineRef{number: request.BaselineVersion, absentReason: fmt.Sprintf("no version holds stage %s", request.Stage)}, nil
	case against.Version != "":
		return baselineRef{number: string(against.Version)}, nil
	case against.Alias != "":
		number := request.Model.Aliases[against.Alias]
		return baselineRef{number: number, absentReason: "no version has alias " + cleanText(against.Alias, 100)}, nil
	case against.Stage != "":
		return selectStageBaseline(request, against.Stage)
	default:
		return baselineRef{}, newFailure("the baseline names neither a stage, nor an alias, nor a version")
	}
}

func selectStageBaseline(request Request, name v1alpha1.StageName) (baselineRef, *failure) {
	at := slices.IndexFunc(request.Stages, func(s StageRef) bool { return s.Name == name })
	if at < 0 {
		return baselineRef{}, newFailure(fmt.Sprintf("the baseline is stage %s, but the model has no such stage", name))
	}
	number := request.Model.Aliases[request.Stages[at].Alias]
	return baselineRef{number: number, absentReason: fmt.Sprintf("no version holds stage %s", name)}, nil
}
