// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// comparisonEvaluator compares a metric of the candidate with that of a baseline. A trusted
// rollback is not compared: its baseline may be gone, or is the version that it must replace.
var comparisonEvaluator = evaluator{
	gateType: v1alpha1.GateTypeComparison,
	isSet:    func(g v1alpha1.Gate) bool { return g.Comparison != nil },
	parse: func(g v1alpha1.Gate) (requirement, *failure) {
		return parseComparisonGate(*g.Comparison)
	},
	canonical:      func(g v1alpha1.Gate) any { return newCanonicalComparison(*g.Comparison) },
	isPerformance:  true,
	rollbackReason: func(request Request) string { return request.SkipComparisonReason },
}

// comparisonRequirement is a parsed comparison gate: by how much the candidate must be better.
type comparisonRequirement struct {
	gate v1alpha1.ComparisonGate
	// minAbsolute and minRelative are nil if they are not set.
	minAbsolute, minRelative *big.Rat
	// description completes "must be …".
	description string
	// direction says which value is better, in words.
	direction string
}

var directionDescriptions = map[v1alpha1.Direction]string{
	v1alpha1.HigherIsBetter: "higher is better",
	v1alpha1.LowerIsBetter:  "lower is better",
}

func parseComparisonGate(g v1alpha1.ComparisonGate) (requirement, *failure) {
	direction, known := directionDescriptions[g.Direction]
	if !known {
		return nil, newFailure("unknown direction " + sanitize.CleanText(string(g.Direction), 50))
	}
	minAbsolute, f := parseMinChange("minAbsoluteChange", g.MinAbsoluteChange)
	if f != nil {
		return nil, f
	}
	minRelative, f := parseMinChange("minRelativeChange", g.MinRelativeChange)
	if f != nil {
		return nil, f
	}
	return comparisonRequirement{
		gate:        g,
		minAbsolute: minAbsolute,
		minRelative: minRelative,
		description: describeRequiredChange(minAbsolute, minRelative),
		direction:   direction,
	}, nil
}

// parseMinChange returns nil if the change is not set.
func parseMinChange(field string, text v1alpha1.Decimal) (*big.Rat, *failure) {
	if text == "" {
		return nil, nil
	}
	return parseDecimal(field, text)
}

func describeRequiredChange(minAbsolute, minRelative *big.Rat) string {
	var changes []string
	if minAbsolute != nil {
		changes = append(changes, describeChange(minAbsolute, ""))
	}
	if minRelative != nil {
		changes = append(changes, describeChange(minRelative, " of the baseline"))
	}
	return cmp.Or(strings.Join(changes, " and "), "better")
}

func describeChange(change *big.Rat, unit string) string {
	switch change.Sign() {
	case 1:
		return "better by at least " + formatDecimal(change) + unit
	case -1:
		return "worse by at most " + formatDecimal(absoluteRat(change)) + unit
	default:
		return "no worse"
	}
}

// String returns what the gate expects.
func (c comparisonRequirement) String() string {
	return c.description + " (" + c.direction + ")"
}

// isMet reports whether an improvement over a baseline is enough.
func (c comparisonRequirement) isMet(improvement, baseline *big.Rat) bool {
	if c.minAbsolute == nil && c.minRelative == nil {
		return improvement.Sign() > 0
	}
	return c.isAbsoluteMet(improvement) && c.isRelativeMet(improvement, baseline)
}

func (c comparisonRequirement) isAbsoluteMet(improvement *big.Rat) bool {
	return c.minAbsolute == nil || improvement.Cmp(c.minAbsolute) >= 0
}

// isRelativeMet accepts any improvement over a baseline of zero, which has no shares.
func (c comparisonRequirement) isRelativeMet(improvement, baseline *big.Rat) bool {
	if c.minRelative == nil {
		return true
	}
	if baseline.Sign() == 0 && c.minRelative.Sign() > 0 {
		return improvement.Sign() > 0
	}
	least := new(big.Rat).Mul(c.minRelative, absoluteRat(baseline))
	return improvement.Cmp(least) >= 0
}

// check reads both sides before it compares them, so that both are read in the same rounds.
func (c comparisonRequirement) check(l *lookup, request Request) outcome {
	var p metricPair
	p.baseline, p.noBaseline = l.resolveBaseline(request, c.gate.Baseline)
	p.baselineReading, p.noBaselineReading = l.readBaselineMetric(p.baseline, c.gate)
	p.reading, p.noReading = l.readCandidateMetric(request, c.gate)
	answer := c.compare(p)
	answer.observation = newComparisonObservation(p)
	return answer
}

// metricPair is both sides of a comparison. Each failure says why the value before it is not
// known.
type metricPair struct {
	baseline          baseline
	noBaseline        *failure
	baselineReading   metricReading
	noBaselineReading *failure
	reading           metricReading
	noReading         *failure
}

func (c comparisonRequirement) compare(p metricPair) outcome {
	switch {
	case p.noReading != nil:
		return p.noReading.toMetricOutcome(v1alpha1.OnMissingFail)
	case p.noBaseline != nil:
		return p.noBaseline.toOutcome()
	case p.baseline.version == nil:
		return c.missingBaselineOutcome(p.baseline.absentReason)
	case p.noBaselineReading != nil:
		answer := p.noBaselineReading.toMetricOutcome(v1alpha1.OnMissingFail)
		answer.message = "the baseline, " + p.baseline.String() + ", can't be compared: " + answer.message
		return answer
	}
	return c.compareReadings(p)
}

func (c comparisonRequirement) missingBaselineOutcome(message string) outcome {
	if cmp.Or(c.gate.OnMissingBaseline, v1alpha1.OnMissingBaselinePass) == v1alpha1.OnMissingBaselinePass {
		return passedOutcome(message)
	}
	return failedOutcome(v1alpha1.ReasonGateFailed, message)
}

func (c comparisonRequirement) compareReadings(p metricPair) outcome {
	improvement := subtractRat(p.reading.value, p.baselineReading.value)
	if c.gate.Direction == v1alpha1.LowerIsBetter {
		improvement.Neg(improvement)
	}
	value, baselineValue := formatDecimal(p.reading.value), formatDecimal(p.baselineReading.value)
	message := fmt.Sprintf("%s %s is %s", cleanKey(c.gate.Key), value, describeDifference(improvement, baselineValue, p.baseline))
	answer := passedOutcome(message)
	if !c.isMet(improvement, p.baselineReading.value) {
		answer = failedOutcome(v1alpha1.ReasonGateFailed, message+", but must be "+c.description)
	}
	answer.observed = fmt.Sprintf("%s, baseline %s of %s", value, baselineValue, p.baseline)
	answer.suffix = ", " + p.reading.location.String()
	return answer
}

// describeDifference compares the candidate with the baseline in words.
func describeDifference(improvement *big.Rat, baselineValue string, other baseline) string {
	than := fmt.Sprintf("than %s of %s by %s", baselineValue, other, formatDecimal(absoluteRat(improvement)))
	switch improvement.Sign() {
	case 1:
		return "better " + than
	case -1:
		return "worse " + than
	default:
		return "the same as that of " + other.String()
	}
}

func newComparisonQuery(g v1alpha1.ComparisonGate) metricQuery {
	return metricQuery{key: g.Key, dataset: g.Dataset, provenance: g.Provenance}
}

// readBaselineMetric reads nothing if there is no baseline.
func (l *lookup) readBaselineMetric(other baseline, g v1alpha1.ComparisonGate) (metricReading, *failure) {
	if other.version == nil {
		return metricReading{}, nil
	}
	return l.readMetric(other.version, newComparisonQuery(g))
}

func (l *lookup) readCandidateMetric(request Request, g v1alpha1.ComparisonGate) (metricReading, *failure) {
	version, f := l.getCandidate(request)
	if f != nil {
		return metricReading{}, f
	}
	return l.readMetric(version, newComparisonQuery(g))
}

// baseline is the version that a comparison must beat.
type baseline struct {
	// number is empty if the gate names no version.
	number string
	// version is nil if it does not exist.
	version *entities.ModelVersion
	// absentReason says why it does not exist.
	absentReason string
}

// String returns the baseline as messages name it.
func (b baseline) String() string { return describeVersion(b.number) }

// resolveBaseline finds the baseline of a comparison. A version that was deleted, as an alias of
// older servers may point to, is no baseline. One that could not be read is a failure.
func (l *lookup) resolveBaseline(request Request, reference *v1alpha1.Baseline) (baseline, *failure) {
	selected, f := selectBaseline(request, reference)
	switch {
	case f != nil:
		return baseline{}, f
	case selected.number == "":
		return baseline{absentReason: selected.absentReason + ": there is no baseline"}, nil
	case selected.number == request.Candidate:
		return selected, newFailure(request.describeCandidate() + " is the baseline itself, and can't beat itself")
	}
	version, f := l.getVersion(request.Model.Name, selected.number)
	if f != nil && f.notFound {
		return baseline{number: selected.number, absentReason: f.message + ": there is no baseline"}, nil
	}
	return baseline{number: selected.number, version: version}, f
}

// selectBaseline returns the number that a reference means, or why it means no version. The stage of
// the request means its BaselineVersion, by whatever name: the stage's alias may point to the
// candidate itself or, after an external change, to a version that was chosen because it is easy to beat.
func selectBaseline(request Request, reference *v1alpha1.Baseline) (baseline, *failure) {
	switch {
	case reference == nil,
		reference.Stage == request.Stage && request.Stage != "",
		reference.Alias == request.Alias && request.Alias != "":
		return baseline{number: request.BaselineVersion, absentReason: fmt.Sprintf("no version holds stage %s", request.Stage)}, nil
	case reference.Version != "":
		return baseline{number: string(reference.Version)}, nil
	case reference.Alias != "":
		return baseline{
			number:       request.Model.Aliases[reference.Alias],
			absentReason: "no version has alias " + sanitize.CleanText(reference.Alias, 100),
		}, nil
	case reference.Stage != "":
		return selectStageBaseline(request, reference.Stage)
	default:
		return baseline{}, newFailure("the baseline names neither a stage, nor an alias, nor a version")
	}
}

func selectStageBaseline(request Request, name v1alpha1.StageName) (baseline, *failure) {
	at := slices.IndexFunc(request.Stages, func(s StageRef) bool { return s.Name == name })
	if at < 0 {
		return baseline{}, newFailure(fmt.Sprintf("the baseline is stage %s, but the model has no such stage", name))
	}
	return baseline{
		number:       request.Model.Aliases[request.Stages[at].Alias],
		absentReason: fmt.Sprintf("no version holds stage %s", name),
	}, nil
}

// comparisonObservation is what a comparison read, in the digest.
type comparisonObservation struct {
	Candidate *measurement        `json:"candidate"`
	Baseline  baselineObservation `json:"baseline"`
}

// baselineObservation is the baseline that was found. Version is empty if the gate names no version.
type baselineObservation struct {
	Version        string       `json:"version"`
	VersionCreated int64        `json:"versionCreated"`
	Obstacle       obstacle     `json:"obstacle,omitempty"`
	Measurement    *measurement `json:"measurement,omitempty"`
}

func newComparisonObservation(p metricPair) comparisonObservation {
	observed := baselineObservation{Version: p.baseline.number, Obstacle: p.noBaseline.obstacle()}
	if p.baseline.version != nil {
		observed.VersionCreated = int64(p.baseline.version.CreationTimestamp)
		observed.Measurement = newMeasurement(p.baselineReading, p.noBaselineReading)
	}
	return comparisonObservation{Candidate: newMeasurement(p.reading, p.noReading), Baseline: observed}
}

// canonicalComparison is a comparison gate in the digest.
type canonicalComparison struct {
	Key       string `json:"key"`
	Direction string `json:"direction"`
	// Baseline is nil for the version that the promotion replaces.
	Baseline *canonicalBaseline `json:"baseline"`
	// An empty change requires nothing; "0" requires a candidate that is no worse.
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

func newCanonicalComparison(g v1alpha1.ComparisonGate) canonicalComparison {
	canonical := canonicalComparison{
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
