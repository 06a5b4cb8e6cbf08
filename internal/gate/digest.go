// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// digestPrefix names the hash of a digest.
const digestPrefix = "sha256:"

// The versions of the canonical forms. If the same evidence or the same gate must give a
// different hash, raise the version. A new evidenceFormat voids every approval that names
// evidence; records compare the hashes of demandFormat.
const (
	evidenceFormat = 1
	demandFormat   = 1
)

// Digest identifies what was evaluated and with which result: the SHA-256, in hex, of the
// artifact, the stage, and of each gate its demand, what it read and where, its result and its
// exemption. All of these are typed values: no message counts, and no text that was cut.
func (r Result) Digest() string {
	return strings.TrimPrefix(hashCanonical(r.canonicalEvidence(r.Gates)), digestPrefix)
}

// EvidenceDigest is the digest of the evidence that an approval may name, prefixed with
// "sha256:". It covers the gates' own results, without exemptions: an override does not change
// what a gate read. It is empty while a gate has the result Error, since its true result is part
// of the evidence.
//
// It covers neither approval gates nor their demands. If one is edited, the approvals that name
// this evidence remain valid and are counted again, by the edited demand: by its approvers, as
// many as it requires.
func (r Result) EvidenceDigest() string {
	if r.VersionCreated == 0 {
		return ""
	}
	var evidence []Answer
	for _, g := range r.Gates {
		if !g.isEvidence() {
			continue
		}
		if g.Result == v1alpha1.GateError {
			return ""
		}
		g.Exemption = ""
		evidence = append(evidence, g)
	}
	return hashCanonical(r.canonicalEvidence(evidence))
}

// isEvidence reports whether the result is evidence to an approver. Approvals are not, since
// approving changes them; the soak is not, since waiting changes it.
func (g Answer) isEvidence() bool {
	if g.Type == v1alpha1.GateTypeBuiltIn {
		return !builtInNamed(g.Name).changesByWaiting
	}
	return !evaluatorOfType(g.Type).asksPeople
}

// HashDemand identifies what a gate demands: "sha256:" and the SHA-256, in hex, of the gate's
// fields in canonical form. Two gates with the same hash demand the same: the order of their
// sets, the form of their decimals ("0.5" and "0.50"), and defaults that are written or absent
// make no difference. Any other edit gives a different hash, and so does another name: a gate is
// one demand under one name.
//
// An absent baseline means the version that the promotion replaces. A baseline that names the
// promotion's own stage means the same to Evaluate, but has a different hash: the gate alone does
// not say to which stage it belongs.
func HashDemand(gate v1alpha1.Gate) string {
	return hashCanonical(struct {
		Format int             `json:"format"`
		Demand canonicalDemand `json:"demand"`
	}{demandFormat, newDemand(gate)})
}

// hashCanonical returns the hash of a canonical form: a typed struct, marshalled as JSON in the
// order of its fields.
func hashCanonical(form any) string {
	canonical, err := json.Marshal(form)
	if err != nil {
		// Strings, integers and structs of them always marshal.
		panic(err)
	}
	sum := sha256.Sum256(canonical)
	return digestPrefix + hex.EncodeToString(sum[:])
}

// canonicalEvidence is the evidence in canonical form.
type canonicalEvidence struct {
	Format         int               `json:"format"`
	Model          string            `json:"model"`
	ModelCreated   int64             `json:"modelCreated"`
	Version        string            `json:"version"`
	VersionCreated int64             `json:"versionCreated"`
	RunID          string            `json:"runId"`
	LoggedModelID  string            `json:"loggedModelId"`
	Stage          string            `json:"stage"`
	Gates          []canonicalResult `json:"gates"`
}

type canonicalResult struct {
	Type      string          `json:"type"`
	Demand    canonicalDemand `json:"demand"`
	Observed  any             `json:"observed"`
	Result    string          `json:"result"`
	Exemption string          `json:"exemption,omitempty"`
}

// canonicalEvidence sorts the gates by name: their order in the spec has no meaning.
func (r Result) canonicalEvidence(gates []Answer) canonicalEvidence {
	evidence := canonicalEvidence{
		Format:         evidenceFormat,
		Model:          r.Model,
		ModelCreated:   int64(r.ModelCreated),
		Version:        r.Version,
		VersionCreated: int64(r.VersionCreated),
		RunID:          r.RunID,
		LoggedModelID:  r.LoggedModelID,
		Stage:          string(r.Stage),
	}
	for _, g := range gates {
		canonical := canonicalResult{
			Type:      string(g.Type),
			Demand:    g.demand,
			Observed:  g.observation,
			Result:    string(g.Result),
			Exemption: string(g.Exemption),
		}
		if g.observation == nil {
			canonical.Observed = struct{}{}
		}
		evidence.Gates = append(evidence.Gates, canonical)
	}
	slices.SortStableFunc(evidence.Gates, func(a, b canonicalResult) int {
		return cmp.Compare(a.Demand.name, b.Demand.name)
	})
	return evidence
}
