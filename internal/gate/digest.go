// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// Digest identifies what was judged and with which result: the SHA-256, in hex, of
// the incarnation, the version, where its metrics come from, and of every gate its
// name, type, expected and observed value, result and waiver. Sentences don't count: a better
// wording is no other evidence.
func (result Result) Digest() string {
	return hashInput(result.newDigestInput(result.Gates))
}

// EvidenceDigest is the digest of the evidence and of the stage, with "sha256:" before it:
// what people may name in an approval. It takes the gates as they judged, before anything
// was waived: who overrides a gate does not change what it saw. It is empty while a gate
// can't be asked, since what it will say is part of the evidence.
func (result Result) EvidenceDigest() string {
	evidence := withoutExemptions(slices.DeleteFunc(slices.Clone(result.Gates), isExcludedFromDigest))
	unasked := slices.ContainsFunc(evidence, func(v GateResult) bool { return v.Result == v1alpha1.GateError })
	if unasked || result.VersionCreated == 0 {
		return ""
	}
	e := result.newDigestInput(evidence)
	e.Stage = string(result.Stage)
	return "sha256:" + hashInput(e)
}

// isExcludedFromDigest tells what is no evidence to who approves: the answers of people, which would
// change by approving, and the soak, which changes by waiting.
func isExcludedFromDigest(v GateResult) bool {
	return v.Type == v1alpha1.GateTypeApproval || v.Type == v1alpha1.GateTypeBuiltIn && v.Name == builtInMinSoak
}

// withoutExemptions is the verdicts before anything was waived. It changes them in place.
func withoutExemptions(gateResults []GateResult) []GateResult {
	for i := range gateResults {
		gateResults[i].Result, gateResults[i].Exemption = gateResults[i].EvaluatedResult, ""
	}
	return gateResults
}

func hashInput(e digestInput) string {
	canonical, err := json.Marshal(e)
	if err != nil {
		// Strings and integers always marshal.
		panic(err)
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// digestInput is what is digested. Its fields are in the order of the canonical form.
type digestInput struct {
	Model          string            `json:"model"`
	ModelCreated   int64             `json:"modelCreated"`
	Version        string            `json:"version"`
	VersionCreated int64             `json:"versionCreated"`
	RunID          string            `json:"runId"`
	LoggedModelID  string            `json:"loggedModelId"`
	Stage          string            `json:"stage,omitempty"`
	Gates          []gateDigestInput `json:"gates"`
}

type gateDigestInput struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	Expected  string `json:"expected"`
	Observed  string `json:"observed"`
	Result    string `json:"result"`
	Exemption string `json:"waived,omitempty"`
}

func (result Result) newDigestInput(gateResults []GateResult) digestInput {
	e := digestInput{
		Model:          result.Model,
		ModelCreated:   int64(result.ModelCreated),
		Version:        result.Version,
		VersionCreated: int64(result.VersionCreated),
		RunID:          result.RunID,
		LoggedModelID:  result.LoggedModelID,
	}
	for _, v := range gateResults {
		e.Gates = append(e.Gates, gateDigestInput{
			Name:      v.Name,
			Type:      string(v.Type),
			Expected:  v.Expected,
			Observed:  v.Observed,
			Result:    string(v.Result),
			Exemption: string(v.Exemption),
		})
	}
	return e
}
