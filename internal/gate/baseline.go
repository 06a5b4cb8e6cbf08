// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"fmt"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// rival is whom a comparison has to beat.
type rival struct {
	// version is nil when there is nobody.
	version *entities.ModelVersion
	// nobody says why.
	nobody string
}

// pick is the version number that a baseline means, and by what name.
type pick struct {
	number string
	// vacant says why there is no number.
	vacant string
}

// rival finds the baseline of a comparison. A version that was deleted, as an alias of
// older servers may point to, is nobody; one that could not be read is not.
func (r *reader) rival(move Move, against *v1alpha1.Baseline) (rival, *stop) {
	picked, s := pickBaseline(move, against)
	if s != nil {
		return rival{}, s
	}
	if picked.number == "" {
		return rival{nobody: picked.vacant + ": nobody to beat"}, nil
	}
	if picked.number == move.Candidate {
		return rival{}, halt(move.noun() + " is the baseline itself, and can't beat itself")
	}
	version, s := r.version(move.Model.Name, picked.number)
	if s != nil && s.gone {
		return rival{nobody: s.sentence + ": nobody to beat"}, nil
	}
	return rival{version: version}, s
}

func pickBaseline(move Move, against *v1alpha1.Baseline) (pick, *stop) {
	switch {
	case against == nil, against.Stage == move.Stage && move.Stage != "", against.Alias == move.Alias && move.Alias != "":
		// By whatever name: what the alias of this very stage points to may be the
		// candidate itself, or what another hand chose for being a low bar.
		return pick{number: move.Replaces, vacant: fmt.Sprintf("no version holds stage %s", move.Stage)}, nil
	case against.Version != "":
		return pick{number: string(against.Version)}, nil
	case against.Alias != "":
		number := move.Model.Aliases[against.Alias]
		return pick{number: number, vacant: "no version has alias " + clean(against.Alias, 100)}, nil
	case against.Stage != "":
		return pickStage(move, against.Stage)
	default:
		return pick{}, halt("the baseline names neither a stage, nor an alias, nor a version")
	}
}

func pickStage(move Move, name v1alpha1.StageName) (pick, *stop) {
	at := slices.IndexFunc(move.Stages, func(s StageInOrder) bool { return s.Name == name })
	if at < 0 {
		return pick{}, halt(fmt.Sprintf("the baseline is stage %s, but the model has no such stage", name))
	}
	number := move.Model.Aliases[move.Stages[at].Alias]
	return pick{number: number, vacant: fmt.Sprintf("no version holds stage %s", name)}, nil
}
