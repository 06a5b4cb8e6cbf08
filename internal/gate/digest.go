// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"cmp"
	"slices"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// digestPrefix says which hash a digest is.
const digestPrefix = "sha256:"

// evidenceFormat is the version of the canonical form of evidence. Raise it if the same
// evidence has to give another digest: that voids every approval that names evidence.
const evidenceFormat = 1

// Digest identifies what was judged and with which result: the SHA-256, in hex, of the
// artifact, the stage, and of every gate its demand, what it read and where, its result and
// its exemption. All of them are typed values: no message counts, and no text that was cut.
func (result Result) Digest() string {
	return strings.TrimPrefix(hashCanonical(result.canonicalEvidence(result.Gates)), digestPrefix)
}

// EvidenceDigest is the digest of the evidence that an approval may name, with "sha256:"
// before it. It takes each gate's own result, without exemptions: an override changes
// nothing of what the gate read. It is empty while a gate can't be asked, since its answer
// is part of the evidence.
//
// Approval gates are not part of it, nor are their demands. If one is edited, the approvals
// that name this evidence stay valid and are counted again, by the edited demand: by its
// approvers, as many as it requires.
func (result Result) EvidenceDigest() string {
	evidence := withoutExemptions(slices.DeleteFunc(slices.Clone(result.Gates), isExcludedFromDigest))
	unasked := slices.ContainsFunc(evidence, func(v GateResult) bool { return v.Result == v1alpha1.GateError })
	if unasked || result.VersionCreated == 0 {
		return ""
	}
	return hashCanonical(result.canonicalEvidence(evidence))
}

// isExcludedFromDigest tells what is no evidence to who approves: the answers of people, which would
// change by approving, and the soak, which changes by waiting.
func isExcludedFromDigest(v GateResult) bool {
	return v.Type == v1alpha1.GateTypeApproval || v.Type == v1alpha1.GateTypeBuiltIn && v.Name == builtInRequiredSoakTime
}

// withoutExemptions changes the verdicts in place.
func withoutExemptions(gateResults []GateResult) []GateResult {
	for i := range gateResults {
		gateResults[i].Exemption = ""
	}
	return gateResults
}

// canonicalEvidence is what is digested.
type canonicalEvidence struct {
	Format         int                `json:"format"`
	Model          string             `json:"model"`
	ModelCreated   int64              `json:"modelCreated"`
	Version        string             `json:"version"`
	VersionCreated int64              `json:"versionCreated"`
	RunID          string             `json:"runId"`
	LoggedModelID  string             `json:"loggedModelId"`
	Stage          string             `json:"stage"`
	Gates          []canonicalVerdict `json:"gates"`
}

type canonicalVerdict struct {
	Type      string          `json:"type"`
	Demand    canonicalDemand `json:"demand"`
	Observed  observation     `json:"observed"`
	Result    string          `json:"result"`
	Exemption string          `json:"exemption,omitempty"`
}

// canonicalEvidence sorts the gates by name: their order in the spec means nothing.
func (result Result) canonicalEvidence(gateResults []GateResult) canonicalEvidence {
	evidence := canonicalEvidence{
		Format:         evidenceFormat,
		Model:          result.Model,
		ModelCreated:   int64(result.ModelCreated),
		Version:        result.Version,
		VersionCreated: int64(result.VersionCreated),
		RunID:          result.RunID,
		LoggedModelID:  result.LoggedModelID,
		Stage:          string(result.Stage),
	}
	for _, v := range gateResults {
		evidence.Gates = append(evidence.Gates, canonicalVerdict{
			Type:      string(v.Type),
			Demand:    v.demand,
			Observed:  v.seen,
			Result:    string(v.Result),
			Exemption: string(v.Exemption),
		})
	}
	slices.SortStableFunc(evidence.Gates, func(a, b canonicalVerdict) int {
		return cmp.Compare(a.Demand.Name, b.Demand.Name)
	})
	return evidence
}
