// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// The bounds of the API. A longer text is cut: it is there to be read, not to be used.
const (
	maxRunIDLength  = 64
	maxSourceLength = 1024
)

// pinCandidate fixes the candidate: the artifact, for this generation of the spec, with the
// version that it is compared with. If a number now belongs to another artifact than the one that
// the same generation asked for, the pin is kept: the gates report that the artifact was
// replaced. A version selector asks for whatever artifact has the number.
func (d *Decision) pinCandidate() {
	before, now := d.state.Object.Status.Candidate, newPin(d.state)
	if !HasVersionSelector(&d.state.Object.Spec) && isRecreated(before, now) {
		return
	}
	if before != nil && *before == *now {
		return
	}
	d.Candidate, d.IsNewPin, d.ClearsGates = now, true, true
}

// newPin keeps the baseline of an earlier pin of the same artifact and generation if the alias
// points to the candidate by now: an external change does not spare a version the comparison.
func newPin(s State) *v1alpha1.Candidate {
	pin := &v1alpha1.Candidate{
		Version:                  v1alpha1.Version(s.Version.Version),
		RunID:                    sanitize.CleanText(s.Version.RunID, maxRunIDLength),
		LoggedModelID:            s.Version.LoggedModelID(),
		Source:                   sanitize.RedactSource(s.Version.Source, maxSourceLength),
		ModelCreationTimestamp:   int64(s.Model.CreationTimestamp),
		VersionCreationTimestamp: int64(s.Version.CreationTimestamp),
		BaselineVersion:          v1alpha1.Version(baselineVersion(s)),
		Generation:               s.Object.Generation,
	}
	before := s.Object.Status.Candidate
	if before != nil && isSamePin(before, pin) && s.CurrentVersion() == s.Version.Version {
		pin.BaselineVersion = before.BaselineVersion
	}
	return pin
}

// baselineVersion is the version that the candidate replaces and is compared with: the current
// version, unless it was set externally. Such a version is no baseline: it may have been
// chosen because it is easy to beat.
func baselineVersion(s State) string {
	baseline := s.CurrentVersion()
	if last := s.lastRecord(); last != nil && (s.HasDrifted() || baseline == s.Candidate) {
		baseline = string(last.Version)
	}
	if baseline == s.Candidate {
		return ""
	}
	return baseline
}

// keepPromotedCandidate makes the status describe the version that holds the stage, instead of
// another one that was rejected.
func (d *Decision) keepPromotedCandidate() {
	if d.Candidate == nil || string(d.Candidate.Version) != d.state.Candidate {
		d.Candidate, d.ClearsGates = candidateFromRecord(d.LastPromoted), true
	}
	d.Candidate = d.Candidate.DeepCopy()
	d.Candidate.Generation = d.Generation
}

// setMissingCandidate makes the status describe a version that does not exist. A pin of that
// number is kept: it shows that the version did exist.
func (d *Decision) setMissingCandidate() {
	if d.Candidate == nil || string(d.Candidate.Version) != d.state.Candidate {
		d.Candidate = &v1alpha1.Candidate{Version: v1alpha1.Version(d.state.Candidate), Generation: d.Generation}
		d.ClearsGates = true
	}
}

// candidateFromRecord is the artifact of a record as a candidate.
func candidateFromRecord(record *v1alpha1.PromotionRecord) *v1alpha1.Candidate {
	return &v1alpha1.Candidate{
		Version:                  record.Version,
		RunID:                    record.RunID,
		ModelCreationTimestamp:   record.ModelCreationTimestamp,
		VersionCreationTimestamp: record.VersionCreationTimestamp,
	}
}

// isRecreated reports whether a pin names another artifact than the one that has its number now,
// for the same generation of the spec. Nothing asked for the new artifact.
func isRecreated(before, now *v1alpha1.Candidate) bool {
	return before != nil && before.Generation == now.Generation && before.Version == now.Version &&
		before.VersionCreationTimestamp != 0 && !hasSameCreation(before, now)
}

func isSamePin(a, b *v1alpha1.Candidate) bool {
	return a.Version == b.Version && a.Generation == b.Generation && hasSameCreation(a, b)
}

func hasSameCreation(a, b *v1alpha1.Candidate) bool {
	return a.ModelCreationTimestamp == b.ModelCreationTimestamp &&
		a.VersionCreationTimestamp == b.VersionCreationTimestamp
}
