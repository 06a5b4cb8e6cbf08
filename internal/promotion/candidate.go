// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// The bounds of the API. What is longer is cut: it is there to be read, not to be used.
const (
	maxRunIDLength  = 64
	maxSourceLength = 1024
)

// PinCandidate fixes the candidate: the very artifact, for this generation of the spec, with
// the version that it is compared with. That version is kept from a pin that was made
// for the same artifact and generation where the alias points to the candidate by now:
// who moves it there by hand does not spare it the comparison.
func PinCandidate(
	s State, generation int64, pinned *v1alpha1.Candidate, version *entities.ModelVersion,
) *v1alpha1.Candidate {
	pin := &v1alpha1.Candidate{
		Version:                  v1alpha1.Version(version.Version),
		RunID:                    sanitize.CleanText(version.RunID, maxRunIDLength),
		LoggedModelID:            version.LoggedModelID(),
		Source:                   sanitize.RedactSource(version.Source, maxSourceLength),
		ModelCreationTimestamp:   int64(s.Model.CreationTimestamp),
		VersionCreationTimestamp: int64(version.CreationTimestamp),
		BaselineVersion:          v1alpha1.Version(s.BaselineVersion()),
		Generation:               generation,
	}
	if pinned != nil && isSamePin(pinned, pin) && s.CurrentVersion() == version.Version {
		pin.BaselineVersion = pinned.BaselineVersion
	}
	return pin
}

// IsRecreated tells whether a pin speaks of another artifact than the one that now has
// its number, for the same generation of the spec: nobody has asked for that one.
func IsRecreated(pinned *v1alpha1.Candidate, generation int64, now *v1alpha1.Candidate) bool {
	return pinned != nil && pinned.Generation == generation && pinned.Version == now.Version &&
		pinned.VersionCreationTimestamp != 0 && !hasSameCreation(pinned, now)
}

func isSamePin(a, b *v1alpha1.Candidate) bool {
	return a.Version == b.Version && a.Generation == b.Generation && hasSameCreation(a, b)
}

func hasSameCreation(a, b *v1alpha1.Candidate) bool {
	return a.ModelCreationTimestamp == b.ModelCreationTimestamp &&
		a.VersionCreationTimestamp == b.VersionCreationTimestamp
}
