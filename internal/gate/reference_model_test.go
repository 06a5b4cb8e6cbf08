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

// referenceModel says whether a move may happen, written apart from the engine: all at once on
// a whole world, with no sentences, and only for what the generator draws.
type referenceModel struct {
	fixture fixture
	request Request
}

func (o referenceModel) isAllowed() bool {
	m := o.request
	v := o.getVersion(m.Candidate)
	if v == nil || v.Status != "READY" || m.Model.Tags["mlflow.prompt.is_prompt"] == "true" {
		return false
	}
	if m.ModelCreated != 0 && m.ModelCreated != m.Model.CreationTimestamp {
		return false
	}
	if m.VersionCreated != 0 && m.VersionCreated != v.CreationTimestamp {
		return false
	}
	for _, stage := range m.PromotesFrom {
		if !m.PromotedStages[stage] {
			return false
		}
	}
	// The generator draws two stages, and staging is the earlier one.
	if m.Stage == "staging" && m.Model.Aliases["champion"] == m.Candidate && m.BackwardExemption == "" {
		return false
	}
	return !slices.ContainsFunc(m.Gates, func(d GateSpec) bool { return !o.isGateMet(v, d.Gate) })
}

func (o referenceModel) getVersion(number string) *entities.ModelVersion {
	v, _ := o.fixture[VersionKey("sentiment", number)].(*entities.ModelVersion)
	return v
}

func (o referenceModel) isGateMet(v *entities.ModelVersion, g v1alpha1.Gate) bool {
	switch {
	case g.Metric != nil:
		return o.isMetricMet(v, g.Metric)
	case g.Comparison != nil:
		return o.isComparisonMet(v, g.Comparison)
	default:
		return o.isTagMet(v, g.Tag)
	}
}

func (o referenceModel) isMetricMet(v *entities.ModelVersion, g *v1alpha1.MetricGate) bool {
	x := o.readNumber(v, g.Key, g.Dataset, g.Source, g.Provenance == "Claimed")
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
	default:
		low, high := new(big.Rat).Sub(y, big.NewRat(1, 1000)), new(big.Rat).Add(y, big.NewRat(1, 1000))
		return x.Cmp(low) >= 0 && x.Cmp(high) <= 0
	}
}

func (o referenceModel) isComparisonMet(v *entities.ModelVersion, g *v1alpha1.ComparisonGate) bool {
	if o.request.SkipComparisonReason != "" {
		return true
	}
	claimed := g.Provenance == "Claimed"
	x := o.readNumber(v, g.Key, g.Dataset, "Auto", claimed)
	if x == nil {
		return false
	}
	number := o.findBaseline(g.Baseline)
	ref := VersionKey("sentiment", number)
	if number == o.request.Candidate {
		return false
	}
	if number == "" || o.fixture[ref] == nil {
		return g.OnMissingBaseline != "Fail"
	}
	rival := o.getVersion(number)
	if rival == nil {
		return false
	}
	y := o.readNumber(rival, g.Key, g.Dataset, "Auto", claimed)
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

// findBaseline is never what the alias of the stage itself points to.
func (o referenceModel) findBaseline(against *v1alpha1.Baseline) string {
	switch {
	case against == nil, string(against.Stage) == string(o.request.Stage), against.Alias == o.request.Alias:
		return o.request.BaselineVersion
	case against.Version != "":
		return string(against.Version)
	case against.Stage == "production":
		return o.request.Model.Aliases["champion"]
	default:
		return o.request.Model.Aliases["staging"]
	}
}

func (o referenceModel) isTagMet(v *entities.ModelVersion, g *v1alpha1.TagGate) bool {
	tags := v.Tags
	if g.Target == "Run" {
		run := o.findRun(v, false)
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
	default:
		return !set
	}
}

// readNumber is nil for whatever may not count.
func (o referenceModel) readNumber(v *entities.ModelVersion, key, dataset string, source v1alpha1.MetricSource, claimed bool) *big.Rat {
	if source == "VersionTag" {
		return parseRat(v.Tags[key])
	}
	if source != "Run" {
		if value, settled := o.readLoggedModelNumber(v, key, dataset, source, claimed); settled {
			return value
		}
	}
	run := o.findRun(v, claimed)
	if run == nil || dataset != "" {
		return nil
	}
	return o.selectPoint(run.Metrics, key, "", false)
}

// readLoggedModelNumber is not settled where the run is to be asked.
func (o referenceModel) readLoggedModelNumber(
	v *entities.ModelVersion, key, dataset string, source v1alpha1.MetricSource, claimed bool,
) (value *big.Rat, settled bool) {
	root := o.findOriginal(v)
	if root == nil {
		return nil, !claimed || v.RunID == "" || source == "LoggedModel"
	}
	id, logs := strings.CutPrefix(root.Source, "models:/")
	if !logs {
		return nil, source == "LoggedModel"
	}
	logged, _ := o.fixture[LoggedModelKey(id)].(*entities.LoggedModel)
	if logged == nil {
		return nil, true
	}
	carries := slices.ContainsFunc(logged.Metrics, func(m entities.Metric) bool { return m.Key == key })
	if !carries && dataset == "" && source != "LoggedModel" {
		return nil, false
	}
	if o.isRunDeleted(logged.SourceRunID) {
		return nil, true
	}
	return o.selectPoint(logged.Metrics, key, dataset, true), true
}

// selectPoint is the last one of a key; nil when there are several values of it.
func (o referenceModel) selectPoint(points []entities.Metric, key, dataset string, logged bool) *big.Rat {
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
		if x == nil || logged && o.isRunDeleted(p.RunID) || value != nil && x.Cmp(value) != 0 || logged && x.Sign() == 0 && !o.isLoggedZero(p) {
			return nil
		}
		value = x
	}
	return value
}

// isRunDeleted is true of what is not there, too. A logged model need not come from a run.
func (o referenceModel) isRunDeleted(id string) bool {
	run, _ := o.fixture[RunKey(id)].(*entities.Run)
	return id != "" && (run == nil || run.IsDeleted())
}

func (o referenceModel) isLoggedZero(p entities.Metric) bool {
	run, _ := o.fixture[RunKey(p.RunID)].(*entities.Run)
	history, _ := o.fixture[HistoryKey(p.RunID, p.Key)].([]entities.Metric)
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

// findOriginal is where a chain of copies begins; the generator draws one link at most.
func (o referenceModel) findOriginal(v *entities.ModelVersion) *entities.ModelVersion {
	if v.Source != "models:/dev/7" {
		return v
	}
	dev, _ := o.fixture[VersionKey("dev", "7")].(*entities.ModelVersion)
	if dev == nil || dev.CreationTimestamp > v.CreationTimestamp {
		return nil
	}
	return dev
}

func (o referenceModel) findRun(v *entities.ModelVersion, claimed bool) *entities.Run {
	id := v.RunID
	if !claimed || id == "" {
		id = o.findVerifiedRunID(v)
	}
	run, _ := o.fixture[RunKey(id)].(*entities.Run)
	if run == nil || run.LifecycleStage == "deleted" {
		return nil
	}
	return run
}

// findVerifiedRunID is empty where the source proves nothing, or something else.
func (o referenceModel) findVerifiedRunID(v *entities.ModelVersion) string {
	root := o.findOriginal(v)
	if root == nil {
		return ""
	}
	var proven string
	switch {
	case strings.HasPrefix(root.Source, "runs:/"):
		proven = strings.Split(root.Source, "/")[1]
	case strings.HasPrefix(root.Source, "models:/"):
		logged, _ := o.fixture[LoggedModelKey(strings.TrimPrefix(root.Source, "models:/"))].(*entities.LoggedModel)
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

// parseRat is nil for what is no finite number.
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
