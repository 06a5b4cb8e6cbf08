// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/text"
)

// The bounds of the API. What is longer is cut: it is there to be read, not to be used.
const (
	maxRunID  = 64
	maxSource = 1024
)

// Pin fixes the candidate: the very artifact, for this generation of the spec, with
// the version that it is compared with. That version is kept from a pin that was made
// for the same artifact and generation where the alias points to the candidate by now:
// who moves it there by hand does not spare it the comparison.
func Pin(
	s Situation, generation int64, pinned *v1alpha1.Candidate, version *entities.ModelVersion,
) *v1alpha1.Candidate {
	pin := &v1alpha1.Candidate{
		Version:                  v1alpha1.Version(version.Version),
		RunID:                    text.Clean(version.RunID, maxRunID),
		LoggedModelID:            version.LoggedModelID(),
		Source:                   text.Source(version.Source, maxSource),
		ModelCreationTimestamp:   int64(s.Model.CreationTimestamp),
		VersionCreationTimestamp: int64(version.CreationTimestamp),
		Replaces:                 v1alpha1.Version(s.Replaces()),
		Generation:               generation,
	}
	if pinned != nil && samePin(pinned, pin) && s.Holder() == version.Version {
		pin.Replaces = pinned.Replaces
	}
	return pin
}

// Recreated tells whether a pin speaks of another artifact than the one that now has
// its number, for the same generation of the spec: nobody has asked for that one.
func Recreated(pinned *v1alpha1.Candidate, generation int64, now *v1alpha1.Candidate) bool {
	return pinned != nil && pinned.Generation == generation && pinned.Version == now.Version &&
		pinned.VersionCreationTimestamp != 0 && !sameCreation(pinned, now)
}

func samePin(a, b *v1alpha1.Candidate) bool {
	return a.Version == b.Version && a.Generation == b.Generation && sameCreation(a, b)
}

func sameCreation(a, b *v1alpha1.Candidate) bool {
	return a.ModelCreationTimestamp == b.ModelCreationTimestamp &&
		a.VersionCreationTimestamp == b.VersionCreationTimestamp
}
