// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// draw picks one of few values; the first ones are the healthy ones, and writing one
// twice makes it likelier.
func draw[T any](t *rapid.T, label string, values ...T) T {
	return rapid.SampledFrom(values).Draw(t, label)
}

// drawWorld is a small registry in which anything may be wrong.
func drawWorld(t *rapid.T) world {
	w := world{}
	for _, id := range []string{runA, runB} {
		run := w.run(id, drawPoints(t, 0)...)
		run.LifecycleStage = draw(t, "lifecycle", "active", "active", "active", "active", "active", "deleted")
		run.Tags = drawTags(t)
		w[HistoryRef(id, "accuracy")] = drawPoints(t, 1)
		w[HistoryRef(id, "loss")] = drawPoints(t, 1)
	}
	for _, id := range []string{model, "m-other"} {
		w[LoggedModelRef(id)] = &entities.LoggedModel{
			ModelID: id, SourceRunID: draw(t, "source run", runA, runB, ""), Metrics: drawPoints(t, 2),
		}
	}
	drawVersion(t, w.version("4"), "models:/dev/7")
	drawVersion(t, w.version("3"), "models:/dev/7")
	drawVersion(t, w.versionOf("dev", "7"), "runs:/"+runA+"/model")
	w.versionOf("dev", "7").CreationTimestamp = draw[entities.Timestamp](t, "birth", 100, 100, 100, 300)
	for _, ref := range sortedRefs(refsOf(w)) {
		switch draw(t, "fault", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2) {
		case 1:
			delete(w, ref)
		case 2:
			w[ref] = broken("timeout")
		}
	}
	return w
}

func drawVersion(t *rapid.T, v *entities.ModelVersion, copied string) {
	v.Status = draw(t, "status", "READY", "READY", "READY", "READY", "READY", "PENDING_REGISTRATION", "FAILED_REGISTRATION")
	v.RunID = draw(t, "run", runA, runA, runB, "")
	v.Tags = drawTags(t)
	v.Source = draw(t, "source",
		"runs:/"+runA+"/model", "runs:/"+runB+"/model", "models:/"+model, "models:/m-other", copied,
		"s3://bucket/1/"+runA+"/artifacts/m", "s3://bucket/9/m")
}

// drawPoints draws points of two metrics. Histories begin at step 1, as points of
// logged models may, so that their zeros are sometimes found there.
func drawPoints(t *rapid.T, least int) []entities.Metric {
	var points []entities.Metric
	for range rapid.IntRange(least, 4).Draw(t, "points") {
		p := point(draw(t, "key", "accuracy", "accuracy", "loss"), draw(t, "value", "0.9", "0.95", "0.5", "0.0", "0.0", "NaN",
			"1.7976931348623157e+308", "-1"))
		p.Step = draw[int64](t, "step", 1, 2)
		p.DatasetName = draw(t, "dataset", "", "val")
		p.RunID = draw(t, "point's run", runA, runB, "")
		points = append(points, p)
	}
	return points
}

func drawTags(t *rapid.T) map[string]string {
	return map[string]string{
		draw(t, "tag", "review", "accuracy", "other"): draw(t, "tag's value", "yes", "0.95", "0x9", "no"),
	}
}

func drawMove(t *rapid.T) Move {
	m := move(rapid.SliceOfN(rapid.Custom(drawGate), 0, 3).Draw(t, "gates")...)
	m.ModelCreated = draw[entities.Timestamp](t, "pinned model", 0, 100, 100, 100, 99)
	m.VersionCreated = draw[entities.Timestamp](t, "pinned version", 0, 200, 200, 200, 199)
	m.Replaces = draw(t, "replaces", "3", "3", "")
	m.Trusted = draw(t, "trusted", "", "", "", "it was here before")
	m.Model.Aliases["champion"] = draw(t, "champion", "3", "3", "4")
	m.Model.Aliases["staging"] = draw(t, "staging", "3", "4")
	if draw(t, "to staging", false, true) {
		m.Stage, m.Alias = "staging", "staging"
	}
	m.Stays = draw(t, "stays", "", "", "it is here already")
	if draw(t, "ordered", false, true) {
		m.PromotesFrom = []v1alpha1.StageName{"dev"}
		m.PromotedIn = map[v1alpha1.StageName]bool{"dev": draw(t, "promoted", true, true, false)}
	}
	if draw(t, "prompt", false, false, false, false, false, true) {
		m.Model.Tags["mlflow.prompt.is_prompt"] = "true"
	}
	return m
}

func drawGate(t *rapid.T) v1alpha1.Gate {
	dataset := draw(t, "dataset", "", "", "val")
	provenance := draw[v1alpha1.Provenance](t, "provenance", "", "Verified", "Claimed")
	key := draw(t, "key", "accuracy", "accuracy", "loss")
	switch draw(t, "type", "metric", "comparison", "tag") {
	case "metric":
		return v1alpha1.Gate{Name: "metric", Metric: &v1alpha1.MetricGate{
			Key: key, Dataset: dataset, Provenance: provenance,
			Operator: draw[v1alpha1.MetricOperator](t, "operator", "GreaterThan", "GreaterThanOrEqual", "LessThan",
				"LessThanOrEqual", "Equal"),
			Threshold: draw[v1alpha1.Decimal](t, "threshold", "0.9", "0.5", "0.8", "0"),
			Source:    draw[v1alpha1.MetricSource](t, "source", "", "Auto", "Run", "LoggedModel", "VersionTag"),
			OnMissing: draw[v1alpha1.OnMissing](t, "missing", "", "Wait"),
		}}
	case "comparison":
		return v1alpha1.Gate{Name: "comparison", Comparison: &v1alpha1.ComparisonGate{
			Key: key, Dataset: dataset, Provenance: provenance,
			Direction: draw[v1alpha1.Direction](t, "direction", "HigherIsBetter", "LowerIsBetter"),
			Against: draw(t, "against", nil, nil, &v1alpha1.Baseline{Version: "3"}, &v1alpha1.Baseline{Version: "4"},
				&v1alpha1.Baseline{Stage: "production"}, &v1alpha1.Baseline{Stage: "staging"}, &v1alpha1.Baseline{Alias: "staging"}),
			MinRelativeChange: draw[v1alpha1.Decimal](t, "least", "", "0.1"),
			OnMissingBaseline: draw[v1alpha1.OnMissingBaseline](t, "nobody", "", "Pass", "Fail"),
		}}
	default:
		return v1alpha1.Gate{Name: "tag", Tag: &v1alpha1.TagGate{
			Key: "review", Values: []string{"yes"},
			Operator: draw[v1alpha1.TagOperator](t, "operator", "In", "NotIn", "Exists", "DoesNotExist"),
			Of:       draw[v1alpha1.TagOf](t, "of", "", "Version", "Run"),
		}}
	}
}
