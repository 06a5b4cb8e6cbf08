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

// oracle says whether a move may happen, written apart from the engine: all at once on
// a whole world, with no sentences, and only for what the generator draws.
type oracle struct {
	world world
	move  Move
}

func (o oracle) allows() bool {
	m := o.move
	v := o.get(m.Candidate)
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
		if !m.PromotedIn[stage] {
			return false
		}
	}
	// The generator draws two stages, and staging is the earlier one.
	if m.Stage == "staging" && m.Model.Aliases["champion"] == m.Candidate && m.Stays == "" {
		return false
	}
	return !slices.ContainsFunc(m.Demands, func(d Demand) bool { return !o.meets(v, d.Gate) })
}

func (o oracle) get(number string) *entities.ModelVersion {
	v, _ := o.world[VersionRef("sentiment", number)].(*entities.ModelVersion)
	return v
}

func (o oracle) meets(v *entities.ModelVersion, g v1alpha1.Gate) bool {
	switch {
	case g.Metric != nil:
		return o.meetsMetric(v, g.Metric)
	case g.Comparison != nil:
		return o.meetsComparison(v, g.Comparison)
	default:
		return o.meetsTag(v, g.Tag)
	}
}

func (o oracle) meetsMetric(v *entities.ModelVersion, g *v1alpha1.MetricGate) bool {
	x := o.number(v, g.Key, g.Dataset, g.Source, g.Provenance == "Claimed")
	if x == nil {
		return false
	}
	y := rat(string(g.Threshold))
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

func (o oracle) meetsComparison(v *entities.ModelVersion, g *v1alpha1.ComparisonGate) bool {
	if o.move.Trusted != "" {
		return true
	}
	claimed := g.Provenance == "Claimed"
	x := o.number(v, g.Key, g.Dataset, "Auto", claimed)
	if x == nil {
		return false
	}
	number := o.baseline(g.Against)
	ref := VersionRef("sentiment", number)
	if number == o.move.Candidate {
		return false
	}
	if number == "" || o.world[ref] == nil {
		return g.OnMissingBaseline != "Fail"
	}
	rival := o.get(number)
	if rival == nil {
		return false
	}
	y := o.number(rival, g.Key, g.Dataset, "Auto", claimed)
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
	least := new(big.Rat).Add(y, new(big.Rat).Abs(new(big.Rat).Mul(y, rat("0.1"))))
	return x.Cmp(y) > 0 && x.Cmp(least) >= 0
}

// baseline is never what the alias of the stage itself points to.
func (o oracle) baseline(against *v1alpha1.Baseline) string {
	switch {
	case against == nil, string(against.Stage) == string(o.move.Stage), against.Alias == o.move.Alias:
		return o.move.Replaces
	case against.Version != "":
		return string(against.Version)
	case against.Stage == "production":
		return o.move.Model.Aliases["champion"]
	default:
		return o.move.Model.Aliases["staging"]
	}
}

func (o oracle) meetsTag(v *entities.ModelVersion, g *v1alpha1.TagGate) bool {
	tags := v.Tags
	if g.Of == "Run" {
		run := o.run(v, false)
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

// number is nil for whatever may not count.
func (o oracle) number(v *entities.ModelVersion, key, dataset string, source v1alpha1.MetricSource, claimed bool) *big.Rat {
	if source == "VersionTag" {
		return rat(v.Tags[key])
	}
	if source != "Run" {
		if value, settled := o.ofLoggedModel(v, key, dataset, source, claimed); settled {
			return value
		}
	}
	run := o.run(v, claimed)
	if run == nil || dataset != "" {
		return nil
	}
	return o.point(run.Metrics, key, "", false)
}

// ofLoggedModel is not settled where the run is to be asked.
func (o oracle) ofLoggedModel(
	v *entities.ModelVersion, key, dataset string, source v1alpha1.MetricSource, claimed bool,
) (value *big.Rat, settled bool) {
	root := o.root(v)
	if root == nil {
		return nil, !claimed || v.RunID == "" || source == "LoggedModel"
	}
	id, logs := strings.CutPrefix(root.Source, "models:/")
	if !logs {
		return nil, source == "LoggedModel"
	}
	logged, _ := o.world[LoggedModelRef(id)].(*entities.LoggedModel)
	if logged == nil {
		return nil, true
	}
	carries := slices.ContainsFunc(logged.Metrics, func(m entities.Metric) bool { return m.Key == key })
	if !carries && dataset == "" && source != "LoggedModel" {
		return nil, false
	}
	if o.deleted(logged.SourceRunID) {
		return nil, true
	}
	return o.point(logged.Metrics, key, dataset, true), true
}

// point is the last one of a key; nil when there are several values of it.
func (o oracle) point(points []entities.Metric, key, dataset string, logged bool) *big.Rat {
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
		x := rat(p.Value.String())
		if x == nil || logged && o.deleted(p.RunID) || value != nil && x.Cmp(value) != 0 || logged && x.Sign() == 0 && !o.reallyZero(p) {
			return nil
		}
		value = x
	}
	return value
}

// deleted is true of what is not there, too. A logged model need not come from a run.
func (o oracle) deleted(id string) bool {
	run, _ := o.world[RunRef(id)].(*entities.Run)
	return id != "" && (run == nil || run.Deleted())
}

func (o oracle) reallyZero(p entities.Metric) bool {
	run, _ := o.world[RunRef(p.RunID)].(*entities.Run)
	history, _ := o.world[HistoryRef(p.RunID, p.Key)].([]entities.Metric)
	if run == nil || run.Deleted() {
		return false
	}
	var zeros, others int
	for _, h := range history {
		if h.Step != p.Step || h.Timestamp != p.Timestamp {
			continue
		}
		if x := rat(h.Value.String()); x != nil && x.Sign() == 0 {
			zeros++
		} else if x == nil {
			others++
		}
	}
	return zeros > 0 && others == 0
}

// root is where a chain of copies begins; the generator draws one link at most.
func (o oracle) root(v *entities.ModelVersion) *entities.ModelVersion {
	if v.Source != "models:/dev/7" {
		return v
	}
	dev, _ := o.world[VersionRef("dev", "7")].(*entities.ModelVersion)
	if dev == nil || dev.CreationTimestamp > v.CreationTimestamp {
		return nil
	}
	return dev
}

func (o oracle) run(v *entities.ModelVersion, claimed bool) *entities.Run {
	id := v.RunID
	if !claimed || id == "" {
		id = o.provenRun(v)
	}
	run, _ := o.world[RunRef(id)].(*entities.Run)
	if run == nil || run.LifecycleStage == "deleted" {
		return nil
	}
	return run
}

// provenRun is empty where the source proves nothing, or something else.
func (o oracle) provenRun(v *entities.ModelVersion) string {
	root := o.root(v)
	if root == nil {
		return ""
	}
	var proven string
	switch {
	case strings.HasPrefix(root.Source, "runs:/"):
		proven = strings.Split(root.Source, "/")[1]
	case strings.HasPrefix(root.Source, "models:/"):
		logged, _ := o.world[LoggedModelRef(strings.TrimPrefix(root.Source, "models:/"))].(*entities.LoggedModel)
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

// rat is nil for what is no finite number.
func rat(text string) *big.Rat {
	if strings.ContainsAny(text, "Ix") {
		return nil
	}
	x, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil
	}
	return x
}
