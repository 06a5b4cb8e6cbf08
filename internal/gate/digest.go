// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Digest identifies what was judged and with which result: the SHA-256, in hex, of
// the incarnation, the version, where its metrics come from, and of every gate its
// name, type, expected and observed value, result and waiver. Sentences don't count: a better
// wording is no other evidence.
func (j Judgement) Digest() string {
	canonical, err := json.Marshal(j.exhibit())
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

func (j Judgement) exhibit() exhibit {
	e := exhibit{
		Model:          j.Model,
		ModelCreated:   int64(j.ModelCreated),
		Version:        j.Version,
		VersionCreated: int64(j.VersionCreated),
		RunID:          j.RunID,
		LoggedModelID:  j.LoggedModelID,
	}
	for _, v := range j.Verdicts {
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
