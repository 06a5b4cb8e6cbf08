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
func (j Judgement) Digest() string {
	return digestOf(j.exhibit(j.Verdicts))
}

// EvidenceDigest is the digest of the evidence and of the stage, with "sha256:" before it:
// what people may name in an approval. It takes the gates as they judged, before anything
// was waived: who overrides a gate does not change what it saw. It is empty while a gate
// can't be asked, since what it will say is part of the evidence.
func (j Judgement) EvidenceDigest() string {
	evidence := asJudged(slices.DeleteFunc(slices.Clone(j.Verdicts), isNoEvidence))
	unasked := slices.ContainsFunc(evidence, func(v Verdict) bool { return v.Result == v1alpha1.GateError })
	if unasked || j.VersionCreated == 0 {
		return ""
	}
	e := j.exhibit(evidence)
	e.Stage = string(j.Stage)
	return "sha256:" + digestOf(e)
}

// isNoEvidence tells what is no evidence to who approves: the answers of people, which would
// change by approving, and the soak, which changes by waiting.
func isNoEvidence(v Verdict) bool {
	return v.Type == v1alpha1.GateTypeApproval || v.Type == v1alpha1.GateTypeBuiltIn && v.Name == nameSoak
}

// asJudged is the verdicts before anything was waived. It changes them in place.
func asJudged(verdicts []Verdict) []Verdict {
	for i := range verdicts {
		verdicts[i].Result, verdicts[i].Waived = verdicts[i].Judged, ""
	}
	return verdicts
}

func digestOf(e exhibit) string {
	canonical, err := json.Marshal(e)
	if err != nil {
		// Strings and integers always marshal.
		panic(err)
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// exhibit is what is digested. Its fields are in the order of the canonical form.
type exhibit struct {
	Model          string        `json:"model"`
	ModelCreated   int64         `json:"modelCreated"`
	Version        string        `json:"version"`
	VersionCreated int64         `json:"versionCreated"`
	RunID          string        `json:"runId"`
	LoggedModelID  string        `json:"loggedModelId"`
	Stage          string        `json:"stage,omitempty"`
	Gates          []gateExhibit `json:"gates"`
}

type gateExhibit struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Expected string `json:"expected"`
	Observed string `json:"observed"`
	Result   string `json:"result"`
	Waived   string `json:"waived,omitempty"`
}

func (j Judgement) exhibit(verdicts []Verdict) exhibit {
	e := exhibit{
		Model:          j.Model,
		ModelCreated:   int64(j.ModelCreated),
		Version:        j.Version,
		VersionCreated: int64(j.VersionCreated),
		RunID:          j.RunID,
		LoggedModelID:  j.LoggedModelID,
	}
	for _, v := range verdicts {
		e.Gates = append(e.Gates, gateExhibit{
			Name:     v.Name,
			Type:     string(v.Type),
			Expected: v.Expected,
			Observed: v.Observed,
			Result:   string(v.Result),
			Waived:   string(v.Waived),
		})
	}
	return e
}
