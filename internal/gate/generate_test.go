// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// drawOne picks one of few values. The first ones are healthy, and a value that is written twice
// is twice as likely.
func drawOne[T any](t *rapid.T, label string, values ...T) T {
	return rapid.SampledFrom(values).Draw(t, label)
}

// drawFixture returns a small registry in which anything may be wrong.
func drawFixture(t *rapid.T) fixture {
	f := fixture{}
	for _, id := range []string{runA, runB} {
		run := f.addRun(id, drawPoints(t, 0)...)
		run.LifecycleStage = drawOne(t, "lifecycle", "active", "active", "active", "active", "active", "deleted")
		run.Tags = drawTags(t)
		f[historyKey(id, "accuracy")] = drawPoints(t, 1)
		f[historyKey(id, "loss")] = drawPoints(t, 1)
	}
	for _, id := range []string{modelID, "m-other"} {
		f[loggedModelKey(id)] = &entities.LoggedModel{
			ModelID: id, SourceRunID: drawOne(t, "source run", runA, runB, ""), Metrics: drawPoints(t, 2),
		}
	}
	drawVersion(t, f.addVersion("4"), "models:/dev/7")
	drawVersion(t, f.addVersion("3"), "models:/dev/7")
	drawVersion(t, f.addVersionOf("dev", "7"), "runs:/"+runA+"/model")
	f.addVersionOf("dev", "7").CreationTimestamp = drawOne[entities.Timestamp](t, "birth", 100, 100, 100, 300)
	for _, key := range f.listKeys() {
		switch drawOne(t, "fault", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2) {
		case 1:
			delete(f, key)
		case 2:
			f[key] = unreadableValue("timeout")
		}
	}
	return f
}

func drawVersion(t *rapid.T, v *entities.ModelVersion, copied string) {
	v.Status = drawOne(t, "status", "READY", "READY", "READY", "READY", "READY", "PENDING_REGISTRATION", "FAILED_REGISTRATION")
	v.RunID = drawOne(t, "run", runA, runA, runB, "")
	v.Tags = drawTags(t)
	v.Source = drawOne(t, "source",
		"runs:/"+runA+"/model", "runs:/"+runB+"/model", "models:/"+modelID, "models:/m-other", copied,
		"s3://bucket/1/"+runA+"/artifacts/m", "s3://bucket/9/m")
}

// drawPoints draws points of two metrics. Histories begin at step 1, as points of
// logged models may, so that their zeros are sometimes found there.
func drawPoints(t *rapid.T, least int) []entities.Metric {
	var points []entities.Metric
	for range rapid.IntRange(least, 4).Draw(t, "points") {
		p := newPoint(drawOne(t, "key", "accuracy", "accuracy", "loss"), drawOne(t, "value", "0.9", "0.95", "0.5", "0.0", "0.0", "NaN",
			"1.7976931348623157e+308", "-1"))
		p.Step = drawOne[int64](t, "step", 1, 2)
		p.DatasetName = drawOne(t, "dataset", "", "val")
		p.RunID = drawOne(t, "point's run", runA, runB, "")
		points = append(points, p)
	}
	return points
}

func drawTags(t *rapid.T) map[string]string {
	return map[string]string{
		drawOne(t, "tag", "review", "accuracy", "other"): drawOne(t, "tag's value", "yes", "0.95", "0x9", "no"),
	}
}

func drawRequest(t *rapid.T) Request {
	request := newRequest(rapid.SliceOfN(rapid.Custom(drawGate), 0, 3).Draw(t, "gates")...)
	request.ModelCreated = drawOne[entities.Timestamp](t, "pinned model", 0, 100, 100, 100, 99)
	request.VersionCreated = drawOne[entities.Timestamp](t, "pinned version", 0, 200, 200, 200, 199)
	request.BaselineVersion = drawOne(t, "baseline", "3", "3", "")
	request.SkipComparisonReason = drawOne(t, "skip comparison", "", "", "", "it was here before")
	request.Model.Aliases["champion"] = drawOne(t, "champion", "3", "3", "4")
	request.Model.Aliases["staging"] = drawOne(t, "staging", "3", "4")
	if drawOne(t, "to staging", false, true) {
		request.Stage, request.Alias = "staging", "staging"
	}
	request.BackwardExemption = drawOne(t, "backward exemption", "", "", "it is here already")
	if drawOne(t, "ordered", false, true) {
		request.PromotesFrom = []v1alpha1.StageName{"dev"}
		request.PromotedStages = map[v1alpha1.StageName]bool{"dev": drawOne(t, "promoted", true, true, false)}
	}
	if drawOne(t, "prompt", false, false, false, false, false, true) {
		request.Model.Tags["mlflow.prompt.is_prompt"] = "true"
	}
	return request
}

func drawGate(t *rapid.T) v1alpha1.Gate {
	dataset := drawOne(t, "dataset", "", "", "val")
	provenance := drawOne[v1alpha1.Provenance](t, "provenance", "", "Verified", "Claimed")
	key := drawOne(t, "key", "accuracy", "accuracy", "loss")
	switch drawOne(t, "type", "metric", "comparison", "tag") {
	case "metric":
		return v1alpha1.Gate{Name: "metric", Metric: &v1alpha1.MetricGate{
			Key: key, Dataset: dataset, Provenance: provenance,
			Operator: drawOne[v1alpha1.MetricOperator](t, "operator", "GreaterThan", "GreaterThanOrEqual", "LessThan",
				"LessThanOrEqual", "Equal"),
			Threshold: drawOne[v1alpha1.Decimal](t, "threshold", "0.9", "0.5", "0.8", "0"),
			Source:    drawOne[v1alpha1.MetricSource](t, "source", "", "Auto", "Run", "LoggedModel", "VersionTag"),
			OnMissing: drawOne[v1alpha1.OnMissing](t, "missing", "", "Wait"),
		}}
	case "comparison":
		return v1alpha1.Gate{Name: "comparison", Comparison: &v1alpha1.ComparisonGate{
			Key: key, Dataset: dataset, Provenance: provenance,
			Direction: drawOne[v1alpha1.Direction](t, "direction", "HigherIsBetter", "LowerIsBetter"),
			Baseline: drawOne(t, "baseline", nil, nil, &v1alpha1.Baseline{Version: "3"}, &v1alpha1.Baseline{Version: "4"},
				&v1alpha1.Baseline{Stage: "production"}, &v1alpha1.Baseline{Stage: "staging"}, &v1alpha1.Baseline{Alias: "staging"}),
			MinRelativeChange: drawOne[v1alpha1.Decimal](t, "least", "", "0.1"),
			OnMissingBaseline: drawOne[v1alpha1.OnMissingBaseline](t, "missing baseline", "", "Pass", "Fail"),
		}}
	default:
		return v1alpha1.Gate{Name: "tag", Tag: &v1alpha1.TagGate{
			Key: "review", Values: []string{"yes"},
			Operator: drawOne[v1alpha1.TagOperator](t, "operator", "In", "NotIn", "Exists", "DoesNotExist"),
			Target:   drawOne[v1alpha1.TagTarget](t, "of", "", "Version", "Run"),
		}}
	}
}
