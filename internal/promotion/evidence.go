// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// maxEvidenceBytes is what MLflow 2.22 takes as the value of a tag; 3.x takes 100000.
const maxEvidenceBytes = 5000

// Evidence is what the tag on a version says of how it came to hold a stage, for an
// auditor without access to the cluster. Nothing is concluded from it alone: whoever may
// edit the version could have written it.
type Evidence struct {
	// Promotion is NAMESPACE/NAME of the ModelPromotion.
	Promotion  string `json:"promotion"`
	Generation int64  `json:"generation"`
	// PreviousVersion is the version that was replaced; empty when there was none.
	PreviousVersion string         `json:"from"`
	Gates           []GateEvidence `json:"gates"`
	// Override is which gates were overridden, and why; nil where none was.
	Override *OverrideEvidence `json:"override,omitempty"`
	// NotEnforced is whether some gate had not passed and was exempt, since the
	// operator did not enforce performance gates.
	NotEnforced bool `json:"notEnforced,omitempty"`
	// Approvers are the users who approved the version, where a gate asked for approval.
	Approvers []v1alpha1.UserName `json:"approvers,omitempty"`
	Time      time.Time           `json:"time"`
	// Digest is the SHA-256 of all that the gates saw.
	Digest string `json:"digest"`
}

// OverrideEvidence is what a person has overridden.
type OverrideEvidence struct {
	Gates  []string `json:"gates"`
	Reason string   `json:"reason"`
}

// NewOverrideEvidence is the same as the history tells.
func NewOverrideEvidence(record *v1alpha1.OverrideRecord) *OverrideEvidence {
	if record == nil {
		return nil
	}
	return &OverrideEvidence{Gates: record.Gates, Reason: record.Reason}
}

// IsEvidenceFor tells whether the value of an evidence tag speaks of this change of hands and
// no other.
func IsEvidenceFor(tag string, entry *v1alpha1.PromotionRecord) bool {
	var e Evidence
	if err := json.Unmarshal([]byte(tag), &e); err != nil {
		return false
	}
	return DigestPrefix+e.Digest == entry.Evidence && e.Generation == entry.Generation &&
		e.PreviousVersion == string(entry.PreviousVersion) && e.Time.Equal(entry.Time.Time)
}

// DigestPrefix stands before the digest in the history.
const DigestPrefix = "sha256:"

// GateEvidence is one verdict, without its sentence.
type GateEvidence struct {
	Name   string `json:"name"`
	Result string `json:"result"`
	// Exemption says why a gate that did not pass did not block; empty if it passed.
	Exemption string `json:"exemption,omitempty"`
	Observed  string `json:"observed,omitempty"`
	Expected  string `json:"expected,omitempty"`
}

// NewGateEvidence is the verdicts without their sentences.
func NewGateEvidence(verdicts []v1alpha1.GateStatus) []GateEvidence {
	gates := make([]GateEvidence, 0, len(verdicts))
	for _, v := range verdicts {
		gates = append(gates, GateEvidence{
			Name: v.Name, Result: string(v.Result), Exemption: string(v.Exemption), Observed: v.Observed, Expected: v.Expected,
		})
	}
	return gates
}

// TagValue is the evidence as compact JSON. Where that is too long for a tag, it
// leaves out what the gates saw, then the gates, then all but a few approvers, and then
// those; the override and the digest are always there. It is never empty.
func (e Evidence) TagValue() (string, error) {
	for _, shorten := range []func(*Evidence){keepAll, keepGateNames, dropGates, limitApprovers, dropApprovers} {
		shorten(&e)
		value, err := json.Marshal(e)
		if err != nil || len(value) <= maxEvidenceBytes {
			return string(value), err
		}
	}
	return "", fmt.Errorf("evidence of %s is longer than the %d bytes of a tag", e.Promotion, maxEvidenceBytes)
}

func keepAll(*Evidence) {}

func keepGateNames(e *Evidence) {
	names := make([]GateEvidence, 0, len(e.Gates))
	for _, g := range e.Gates {
		names = append(names, GateEvidence{Name: g.Name, Result: g.Result, Exemption: g.Exemption})
	}
	e.Gates = names
}

func dropGates(e *Evidence) { e.Gates = nil }

// limitApprovers: two names of 256 characters fit, however JSON has to spell them. Beside the
// longest override they may not.
func limitApprovers(e *Evidence) { e.Approvers = e.Approvers[:min(len(e.Approvers), 2)] }

// dropApprovers: the history names them still.
func dropApprovers(e *Evidence) { e.Approvers = nil }
