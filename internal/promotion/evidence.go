// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
)

// maxEvidenceBytes is the longest tag value that MLflow 2.22 accepts; 3.x accepts 100000.
const maxEvidenceBytes = 5000

// digestPrefix stands before the digest in the history.
const digestPrefix = "sha256:"

// Evidence is the content of the tag that shows how a version came to hold a stage, for an
// auditor without access to the cluster. The tag alone proves nothing: every user with the permission to edit
// the version could have written it.
type Evidence struct {
	// Promotion is NAMESPACE/NAME of the ModelPromotion.
	Promotion string `json:"promotion"`
	// Generation is the generation of the spec that asked for the version.
	Generation int64 `json:"generation"`
	// PreviousVersion is the version that was replaced; empty if there was none.
	PreviousVersion string `json:"from"`
	// Gates are the results of the gates, as far as there is room for them.
	Gates []GateEvidence `json:"gates"`
	// Override is which gates were overridden, and why; nil if none was.
	Override *OverrideEvidence `json:"override,omitempty"`
	// NotEnforced is true if a gate did not pass and was exempt because the operator did not
	// enforce performance gates.
	NotEnforced bool `json:"notEnforced,omitempty"`
	// Approvers are the users who approved the version; empty if no gate asked for approval.
	Approvers []v1alpha1.UserName `json:"approvers,omitempty"`
	// Time is the time of the history's record.
	Time time.Time `json:"time"`
	// Digest is the SHA-256 of everything that the gates evaluated.
	Digest string `json:"digest"`
}

// OverrideEvidence is what a person has overridden.
type OverrideEvidence struct {
	Gates  []string `json:"gates"`
	Reason string   `json:"reason"`
}

// GateEvidence is the result of one gate, without its message.
type GateEvidence struct {
	Name   string `json:"name"`
	Result string `json:"result"`
	// Exemption says why a gate that did not pass did not block; empty if it passed.
	Exemption string `json:"exemption,omitempty"`
	Observed  string `json:"observed,omitempty"`
	Expected  string `json:"expected,omitempty"`
}

// newEvidence is what the tag says of a record.
func newEvidence(object *v1alpha1.ModelPromotion, record *v1alpha1.PromotionRecord, result gate.Result) Evidence {
	e := Evidence{
		Promotion:       object.Namespace + "/" + object.Name,
		Generation:      record.Generation,
		PreviousVersion: string(record.PreviousVersion),
		Gates:           newGateEvidence(result),
		NotEnforced:     len(record.NotEnforced) > 0,
		Approvers:       record.Approvers,
		Time:            record.Time.UTC(),
		Digest:          result.Digest(),
	}
	if o := record.Override; o != nil {
		e.Override = &OverrideEvidence{Gates: o.Gates, Reason: o.Reason}
	}
	return e
}

func newGateEvidence(result gate.Result) []GateEvidence {
	gates := make([]GateEvidence, 0, len(result.Gates))
	for i := range result.Gates {
		g := result.Gates[i].Status()
		gates = append(gates, GateEvidence{
			Name: g.Name, Result: string(g.Result), Exemption: string(g.Exemption), Observed: g.Observed, Expected: g.Expected,
		})
	}
	return gates
}

// isEvidenceFor reports whether the value of an evidence tag describes this transition and no other.
func isEvidenceFor(tag string, record *v1alpha1.PromotionRecord) bool {
	var e Evidence
	if err := json.Unmarshal([]byte(tag), &e); err != nil {
		return false
	}
	return digestPrefix+e.Digest == record.Evidence && e.Generation == record.Generation &&
		e.PreviousVersion == string(record.PreviousVersion) && e.Time.Equal(record.Time.Time)
}

// tagValue is the evidence as compact JSON. If that is too long for a tag, it leaves out what
// the gates observed, then the gates, then all but two approvers, and then those. The override
// and the digest are always there. The value is never empty.
func (e Evidence) tagValue() (string, error) {
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

// limitApprovers keeps two names: with 256 characters each they fit, however JSON has to escape
// them, but not always beside the longest override.
func limitApprovers(e *Evidence) { e.Approvers = e.Approvers[:min(len(e.Approvers), 2)] }

// dropApprovers loses nothing: the history still names them.
func dropApprovers(e *Evidence) { e.Approvers = nil }
