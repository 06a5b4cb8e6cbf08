// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"math/big"
	"slices"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// referenceModel decides independently of the engine whether a version may be promoted: on
// complete evidence, without messages, and only for what the generator draws.
type referenceModel struct {
	fixture fixture
	request Request
}

func (m referenceModel) isAllowed() bool {
	request := m.request
	v := m.getVersion(request.Candidate)
	if v == nil || v.Status != "READY" || request.Model.Tags["mlflow.prompt.is_prompt"] == "true" {
		return false
	}
	if request.ModelCreated != 0 && request.ModelCreated != request.Model.CreationTimestamp {
		return false
	}
	if request.VersionCreated != 0 && request.VersionCreated != v.CreationTimestamp {
		return false
	}
	for _, stage := range request.PromotesFrom {
		if !request.PromotedStages[stage] {
			return false
		}
	}
	// The generator draws two stages, and staging is the earlier one.
	if request.Stage == "staging" && request.Model.Aliases["champion"] == request.Candidate && request.BackwardExemption == "" {
		return false
	}
	return !slices.ContainsFunc(request.Gates, func(d Spec) bool { return !m.isGateMet(v, d.Gate) })
}

func (m referenceModel) getVersion(number string) *entities.ModelVersion {
	v, _ := m.fixture[VersionKey("sentiment", number)].(*entities.ModelVersion)
	return v
}

// isGateMet panics for a type that the reference model does not know: the generator draws none.
func (m referenceModel) isGateMet(v *entities.ModelVersion, g v1alpha1.Gate) bool {
	return map[v1alpha1.GateType]func() bool{
		v1alpha1.GateTypeMetric:     func() bool { return m.isMetricMet(v, g.Metric) },
		v1alpha1.GateTypeComparison: func() bool { return m.isComparisonMet(v, g.Comparison) },
		v1alpha1.GateTypeTag:        func() bool { return m.isTagMet(v, g.Tag) },
	}[TypeOf(g)]()
}

func (m referenceModel) isMetricMet(v *entities.ModelVersion, g *v1alpha1.MetricGate) bool {
	x := m.readNumber(v, g.Key, g.Dataset, g.Source, g.Provenance == "Claimed")
	if x == nil {
		return false
	}
	y := parseRat(string(g.Threshold))
	less, same := x.Cmp(y) < 0, x.Cmp(y) == 0
	switch g.Operator {
	case "GreaterThan":
		return !less && !same
	case "GreaterThanOrEqual":
		return !less
	case "LessThan":
		return less
	case "LessThanOrEqual":
		return less || same
	case "Equal":
		low, high := new(big.Rat).Sub(y, big.NewRat(1, 1000)), new(big.Rat).Add(y, big.NewRat(1, 1000))
		return x.Cmp(low) >= 0 && x.Cmp(high) <= 0
	}
	return false
}

func (m referenceModel) isComparisonMet(v *entities.ModelVersion, g *v1alpha1.ComparisonGate) bool {
	if m.request.SkipComparisonReason != "" {
		return true
	}
	claimed := g.Provenance == "Claimed"
	x := m.readNumber(v, g.Key, g.Dataset, "Auto", claimed)
	if x == nil {
		return false
	}
	number := m.findBaseline(g.Baseline)
	key := VersionKey("sentiment", number)
	if number == m.request.Candidate {
		return false
	}
	if number == "" || m.fixture[key] == nil {
		return g.OnMissingBaseline != "Fail"
	}
	baseline := m.getVersion(number)
	if baseline == nil {
		return false
	}
	y := m.readNumber(baseline, g.Key, g.Dataset, "Auto", claimed)
	if y == nil {
		return false
	}
	if g.Direction == "LowerIsBetter" {
		x, y = new(big.Rat).Neg(x), new(big.Rat).Neg(y)
	}
	if g.MinRelativeChange == "" {
		return x.Cmp(y) > 0
	}
	// The generator draws no share but a tenth.
	least := new(big.Rat).Add(y, new(big.Rat).Abs(new(big.Rat).Mul(y, parseRat("0.1"))))
	return x.Cmp(y) > 0 && x.Cmp(least) >= 0
}

// findBaseline never returns the version to which the alias of the stage itself points.
func (m referenceModel) findBaseline(reference *v1alpha1.Baseline) string {
	switch {
	case reference == nil, string(reference.Stage) == string(m.request.Stage), reference.Alias == m.request.Alias:
		return m.request.BaselineVersion
	case reference.Version != "":
		return string(reference.Version)
	case reference.Stage == "production":
		return m.request.Model.Aliases["champion"]
	default:
		return m.request.Model.Aliases["staging"]
	}
}

func (m referenceModel) isTagMet(v *entities.ModelVersion, g *v1alpha1.TagGate) bool {
	tags := v.Tags
	if g.Target == "Run" {
		run := m.findRun(v, false)
		if run == nil {
			return false
		}
		tags = run.Tags
	}
	value, set := tags[string(g.Key)]
	switch g.Operator {
	case "In":
		return set && value == "yes"
	case "NotIn":
		return !set || value != "yes"
	case "Exists":
		return set
	case "DoesNotExist":
		return !set
	}
	return false
}

// readNumber returns nil if no number counts.
func (m referenceModel) readNumber(v *entities.ModelVersion, key, dataset string, source v1alpha1.MetricSource, claimed bool) *big.Rat {
	if source == "VersionTag" {
		return parseRat(v.Tags[key])
	}
	if source != "Run" {
		if value, settled := m.readLoggedModelNumber(v, key, dataset, source, claimed); settled {
			return value
		}
	}
	run := m.findRun(v, claimed)
	if run == nil || dataset != "" {
		return nil
	}
	return m.selectPoint(run.Metrics, key, "", false)
}

// readLoggedModelNumber is not settled if the run decides.
func (m referenceModel) readLoggedModelNumber(
	v *entities.ModelVersion, key, dataset string, source v1alpha1.MetricSource, claimed bool,
) (value *big.Rat, settled bool) {
	root := m.findOriginal(v)
	if root == nil {
		return nil, !claimed || v.RunID == "" || source == "LoggedModel"
	}
	id, logs := strings.CutPrefix(root.Source, "models:/")
	if !logs {
		return nil, source == "LoggedModel"
	}
	logged, _ := m.fixture[loggedModelKey(id)].(*entities.LoggedModel)
	if logged == nil {
		return nil, true
	}
	carries := slices.ContainsFunc(logged.Metrics, func(p entities.Metric) bool { return p.Key == key })
	if !carries && dataset == "" && source != "LoggedModel" {
		return nil, false
	}
	if m.isRunDeleted(logged.SourceRunID) {
		return nil, true
	}
	return m.selectPoint(logged.Metrics, key, dataset, true), true
}

// selectPoint returns the last value of a key; nil if there are several.
func (m referenceModel) selectPoint(points []entities.Metric, key, dataset string, logged bool) *big.Rat {
	var best []entities.Metric
	for _, p := range points {
		if p.Key == key && (dataset == "" || dataset == p.DatasetName) {
			best = append(best, p)
		}
	}
	slices.SortFunc(best, func(a, b entities.Metric) int { return int(b.Step - a.Step) })
	var value *big.Rat
	for _, p := range best {
		if p.Step != best[0].Step {
			break
		}
		x := parseRat(p.Value.String())
		if x == nil || logged && m.isRunDeleted(p.RunID) || value != nil && x.Cmp(value) != 0 || logged && x.Sign() == 0 && !m.isLoggedZero(p) {
			return nil
		}
		value = x
	}
	return value
}

// isRunDeleted is true of a run that does not exist, too. A logged model need not have a run.
func (m referenceModel) isRunDeleted(id string) bool {
	run, _ := m.fixture[runKey(id)].(*entities.Run)
	return id != "" && (run == nil || run.IsDeleted())
}

func (m referenceModel) isLoggedZero(p entities.Metric) bool {
	run, _ := m.fixture[runKey(p.RunID)].(*entities.Run)
	history, _ := m.fixture[historyKey(p.RunID, p.Key)].([]entities.Metric)
	if run == nil || run.IsDeleted() {
		return false
	}
	var zeros, others int
	for _, h := range history {
		if h.Step != p.Step || h.Timestamp != p.Timestamp {
			continue
		}
		if x := parseRat(h.Value.String()); x != nil && x.Sign() == 0 {
			zeros++
		} else if x == nil {
			others++
		}
	}
	return zeros > 0 && others == 0
}

// findOriginal returns the first version in a chain of copies; the generator draws one copy at most.
func (m referenceModel) findOriginal(v *entities.ModelVersion) *entities.ModelVersion {
	if v.Source != "models:/dev/7" {
		return v
	}
	dev, _ := m.fixture[VersionKey("dev", "7")].(*entities.ModelVersion)
	if dev == nil || dev.CreationTimestamp > v.CreationTimestamp {
		return nil
	}
	return dev
}

func (m referenceModel) findRun(v *entities.ModelVersion, claimed bool) *entities.Run {
	id := v.RunID
	if !claimed || id == "" {
		id = m.findVerifiedRunID(v)
	}
	run, _ := m.fixture[runKey(id)].(*entities.Run)
	if run == nil || run.LifecycleStage == "deleted" {
		return nil
	}
	return run
}

// findVerifiedRunID returns "" if the source proves no run, or another run.
func (m referenceModel) findVerifiedRunID(v *entities.ModelVersion) string {
	root := m.findOriginal(v)
	if root == nil {
		return ""
	}
	var proven string
	switch {
	case strings.HasPrefix(root.Source, "runs:/"):
		proven = strings.Split(root.Source, "/")[1]
	case strings.HasPrefix(root.Source, "models:/"):
		logged, _ := m.fixture[loggedModelKey(strings.TrimPrefix(root.Source, "models:/"))].(*entities.LoggedModel)
		if logged == nil {
			return ""
		}
		proven = logged.SourceRunID
	case strings.HasPrefix(root.Source, "s3://bucket/1/"):
		proven = strings.Split(root.Source, "/")[4]
		if v.RunID == "" && root.RunID == "" {
			return ""
		}
	}
	if v.RunID != "" && v.RunID != proven || root.RunID != "" && root.RunID != proven {
		return ""
	}
	return proven
}

// parseRat returns nil for a text that is not a finite number.
func parseRat(text string) *big.Rat {
	if strings.ContainsAny(text, "Ix") {
		return nil
	}
	x, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil
	}
	return x
}
