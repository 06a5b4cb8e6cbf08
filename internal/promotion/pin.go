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
// the version that it replaces. A pin that was made for the same artifact and
// generation is kept as it is, since what it says of the version that is replaced can
// no longer be seen once the alias has moved.
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

// PutBack is the pin of a recorded holder that is about to take the stage back from
// another version. No generation of the spec has asked for it, which tells it from all
// other pins.
func PutBack(holder *v1alpha1.Candidate, from string) *v1alpha1.Candidate {
	pin := holder.DeepCopy()
	pin.Replaces = v1alpha1.Version(from)
	pin.Generation = 0
	return pin
}

// Interrupted tells whether the recorded holder was about to be put back when the
// operator died: it may hold the stage again, and nobody has recorded that.
func Interrupted(pinned *v1alpha1.Candidate, recorded *v1alpha1.PromotionRecord) bool {
	return pinned != nil && recorded != nil && pinned.Generation == 0 && sameArtifact(recorded, pinned)
}
