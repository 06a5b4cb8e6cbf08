// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// demandFormat is the version of the canonical form of a demand. Raise it if the same gate
// has to give another hash, since records compare the hashes.
const demandFormat = 1

// HashDemand identifies what a gate demands: "sha256:" and the SHA-256, in hex, of the gate's
// fields in canonical form. Two gates with the same hash demand the same, whatever order
// their sets have, however their decimals are written ("0.5" and "0.50"), and whether a
// default is written or left out. A change of any other kind gives another hash, also a new
// name: a gate is one demand under one name.
//
// An absent baseline means the version that the promotion replaces. A baseline that names
// the promotion's own stage means the same to Judge, and has another hash: the gate alone
// does not say of which stage it is.
func HashDemand(g v1alpha1.Gate) string {
	return hashCanonical(struct {
		Format int             `json:"format"`
		Demand canonicalDemand `json:"demand"`
	}{demandFormat, canonicalGate(g)})
}

// hashCanonical is the hash of a canonical form: a typed struct, marshalled as JSON in the
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

// canonicalDemand is a demand with every default written out and every set sorted. Its
// JSON names belong to the format, not to the API.
type canonicalDemand struct {
	Name       string               `json:"name"`
	Metric     *canonicalMetric     `json:"metric,omitempty"`
	Comparison *canonicalComparison `json:"comparison,omitempty"`
	Tag        *canonicalTag        `json:"tag,omitempty"`
	Approval   *canonicalApproval   `json:"approval,omitempty"`
	// PromotesFrom and SoakNanoseconds are demands of built-in checks.
	PromotesFrom    []string `json:"promotesFrom,omitempty"`
	SoakNanoseconds int64    `json:"soakNanoseconds,omitempty"`
}

type canonicalMetric struct {
	Key        string `json:"key"`
	Operator   string `json:"operator"`
	Threshold  string `json:"threshold"`
	Tolerance  string `json:"tolerance"`
	Source     string `json:"source"`
	Dataset    string `json:"dataset"`
	Provenance string `json:"provenance"`
	OnMissing  string `json:"onMissing"`
}

type canonicalComparison struct {
	Key       string `json:"key"`
	Direction string `json:"direction"`
	// Baseline is nil for the version that the promotion replaces.
	Baseline *canonicalBaseline `json:"baseline"`
	// An empty change demands nothing, which "0" does.
	MinAbsoluteChange string `json:"minAbsoluteChange"`
	MinRelativeChange string `json:"minRelativeChange"`
	Dataset           string `json:"dataset"`
	Provenance        string `json:"provenance"`
	OnMissingBaseline string `json:"onMissingBaseline"`
}

type canonicalBaseline struct {
	Stage   string `json:"stage"`
	Alias   string `json:"alias"`
	Version string `json:"version"`
}

type canonicalTag struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"`
	Values   []string `json:"values"`
	Target   string   `json:"target"`
}

type canonicalApproval struct {
	Required         int                `json:"required"`
	Approvers        []canonicalSubject `json:"approvers"`
	ExcludeRequester bool               `json:"excludeRequester"`
}

type canonicalSubject struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

func canonicalGate(g v1alpha1.Gate) canonicalDemand {
	demand := canonicalDemand{Name: g.Name}
	if g.Metric != nil {
		demand.Metric = canonicalMetricOf(*g.Metric)
	}
	if g.Comparison != nil {
		demand.Comparison = canonicalComparisonOf(*g.Comparison)
	}
	if g.Tag != nil {
		demand.Tag = &canonicalTag{
			Key:      string(g.Tag.Key),
			Operator: string(g.Tag.Operator),
			Values:   sortedSet(g.Tag.Values),
			Target:   string(cmp.Or(g.Tag.Target, v1alpha1.TagTargetVersion)),
		}
	}
	if g.Approval != nil {
		demand.Approval = canonicalApprovalOf(*g.Approval)
	}
	return demand
}

func canonicalMetricOf(g v1alpha1.MetricGate) *canonicalMetric {
	tolerance := g.Tolerance
	if g.Operator == v1alpha1.Equal {
		tolerance = cmp.Or(tolerance, defaultTolerance)
	}
	return &canonicalMetric{
		Key:        g.Key,
		Operator:   string(g.Operator),
		Threshold:  canonicalDecimal(g.Threshold),
		Tolerance:  canonicalDecimal(tolerance),
		Source:     string(cmp.Or(g.Source, v1alpha1.MetricSourceAuto)),
		Dataset:    g.Dataset,
		Provenance: string(cmp.Or(g.Provenance, v1alpha1.ProvenanceVerified)),
		OnMissing:  string(cmp.Or(g.OnMissing, v1alpha1.OnMissingFail)),
	}
}

func canonicalComparisonOf(g v1alpha1.ComparisonGate) *canonicalComparison {
	canonical := &canonicalComparison{
		Key:               g.Key,
		Direction:         string(g.Direction),
		MinAbsoluteChange: canonicalDecimal(g.MinAbsoluteChange),
		MinRelativeChange: canonicalDecimal(g.MinRelativeChange),
		Dataset:           g.Dataset,
		Provenance:        string(cmp.Or(g.Provenance, v1alpha1.ProvenanceVerified)),
		OnMissingBaseline: string(cmp.Or(g.OnMissingBaseline, v1alpha1.OnMissingBaselinePass)),
	}
	if b := g.Baseline; b != nil {
		canonical.Baseline = &canonicalBaseline{Stage: string(b.Stage), Alias: b.Alias, Version: string(b.Version)}
	}
	return canonical
}

func canonicalApprovalOf(g v1alpha1.ApprovalGate) *canonicalApproval {
	canonical := &canonicalApproval{
		Required:         requiredApprovals(g),
		ExcludeRequester: g.ExcludeRequester != nil && *g.ExcludeRequester,
	}
	for _, approver := range g.Approvers {
		canonical.Approvers = append(canonical.Approvers, canonicalSubject{Kind: string(approver.Kind), Name: approver.Name})
	}
	slices.SortFunc(canonical.Approvers, func(a, b canonicalSubject) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	canonical.Approvers = slices.Compact(canonical.Approvers)
	return canonical
}

// canonicalDecimal is the exact value as a fraction, however it was written. A text that is
// no decimal stands for itself: the gate fails then, whatever it says.
func canonicalDecimal(d v1alpha1.Decimal) string {
	if number, s := parseDecimal("", d); s == nil {
		return number.RatString()
	}
	return string(d)
}

// canonicalOrder is the demand of the check promotes-from.
func canonicalOrder(request Request) canonicalDemand {
	return canonicalDemand{Name: builtInPromotesFrom, PromotesFrom: sortStageNames(request.PromotesFrom)}
}

// canonicalSoak is the demand of the check required-soak-time.
func canonicalSoak(request Request) canonicalDemand {
	return canonicalDemand{
		Name: builtInRequiredSoakTime, PromotesFrom: sortStageNames(request.PromotesFrom), SoakNanoseconds: int64(request.soakTimeOrMax() / time.Nanosecond),
	}
}

func sortedSet(values []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(values)))
}
