// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"maps"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// metricValues are the metrics of a run by key, in MLflow's spelling.
type metricValues map[string]string

// logRun logs a run with metrics.
func (e *env) logRun(logged metricValues, loggedModel string) string {
	e.Helper()
	run, err := e.user.CreateRun(e.ctx, "0", nil)
	e.must(err)
	e.logMetrics(run.RunID, loggedModel, logged)
	return run.RunID
}

func (e *env) logMetrics(runID, loggedModel string, logged metricValues) {
	e.Helper()
	for _, key := range slices.Sorted(maps.Keys(logged)) {
		e.metricCount++
		e.must(e.user.LogMetric(e.ctx, runID, mlflowtest.Point{
			Key: key, Value: logged[key], Timestamp: e.metricCount, Step: e.metricCount, ModelID: loggedModel,
		}))
	}
}

// registerFromRun registers the model of a run, as MLflow's Python client does, and returns the version.
func (e *env) registerFromRun(logged metricValues) string {
	e.Helper()
	run := e.logRun(logged, "")
	return e.registerVersion(mlflowtest.VersionSpec{Source: "runs:/" + run + "/model", RunID: run})
}

// registerLoggedModel registers a logged model with these metrics.
func (e *env) registerLoggedModel(logged metricValues) string {
	e.Helper()
	run := e.logRun(nil, "")
	model, err := e.user.CreateLoggedModel(e.ctx, "0", run)
	e.must(err)
	e.logMetrics(run, model.ModelID, logged)
	return e.registerVersion(mlflowtest.VersionSpec{Source: "models:/" + model.ModelID, ModelID: model.ModelID})
}

// registerClaimedRun registers a file in a bucket that names a run as its origin. Nothing proves that
// the run produced it.
func (e *env) registerClaimedRun(logged metricValues) string {
	e.Helper()
	return e.registerVersion(mlflowtest.VersionSpec{Source: "s3://bucket/model", RunID: e.logRun(logged, "")})
}

func (e *env) registerVersion(spec mlflowtest.VersionSpec) string {
	e.Helper()
	spec.Name = sentiment
	version, err := e.user.CreateVersion(e.ctx, spec)
	e.must(err)
	e.versionCount++
	return version
}

// getClass returns the only class; nil if there is none.
func (e *env) getClass() *v1alpha1.ModelClass {
	e.Helper()
	var class v1alpha1.ModelClass
	err := e.kube.Get(e.ctx, types.NamespacedName{Name: className}, &class)
	if apierrors.IsNotFound(err) {
		return nil
	}
	e.must(err)
	return &class
}

// setClass creates or updates the only class; nil deletes it.
func (e *env) setClass(desired *v1alpha1.ModelClass) {
	e.Helper()
	current := e.getClass()
	switch {
	case current == nil && desired != nil:
		e.createObject(desired)
	case current != nil && desired == nil:
		e.must(e.kube.Delete(e.ctx, current))
	case current != nil:
		current.Spec = desired.Spec
		current.Generation++
		e.must(e.kube.Update(e.ctx, current))
	}
}

// newStricterClass returns a class with one more gate on production.
func newStricterClass(f1 v1alpha1.Decimal) *builder.ClassBuilder {
	gate := builder.GreaterThanGate("f1", f1)
	gate.Name = "floor"
	return builder.Class(className).Stages(builder.Stage("production").Alias("champion").MLflowStage("Production").Gates(gate))
}

// className is the only class of a simulation.
const className = "standard"

func (e *env) editTags(tags map[string]v1alpha1.TagValue) {
	e.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Tags = tags })
}

// prepareModel creates a model with one stage and the versions 1 (good), 2 (better) and 3 (bad).
func (e *env) prepareModel(stage *builder.StageBuilder) {
	e.createObject(builder.RegisteredModel(sentiment).Stages(stage).Build())
	e.runRound()
	for _, f1 := range []string{"0.8", "0.9", "0.1"} {
		e.registerFromRun(metricValues{"f1": f1})
	}
	e.runRound()
}

// prepareRegistered registers version 4 with ModelVersion april. It also creates the connection, since
// the deletion policy has no effect without one.
func (e *env) prepareRegistered(policy v1alpha1.VersionDeletionPolicy) {
	e.createObject(builder.Connection(connectionKey.Name).Build())
	e.prepareModel(builder.Stage("production"))
	e.createObject(builder.ModelVersion("april").Run(e.logRun(nil, "")).Description("Of April").Tag("a", "1").Tag("b",
		"1").DeletionPolicy(policy).Build())
	e.runUntilSettled()
}

// preparePromoted promotes version 1 to a stage with two gates and a legacy stage.
func (e *env) preparePromoted() {
	e.prepareModel(builder.Stage("production").MLflowStage("Production").
		Gates(builder.GreaterThanGate("f1", "0.5"), builder.ComparisonGate("f1", v1alpha1.HigherIsBetter)))
	e.createObject(builder.Promotion("production").Version("1").Build())
	e.runRound()
}

func (e *env) setVersion(promotion string, version v1alpha1.Version) {
	e.editPromotion(promotion, func(spec *v1alpha1.ModelPromotionSpec) {
		spec.Version, spec.VersionFrom = version, nil
	})
}

func (e *env) setVersionExpecting(version, expected v1alpha1.Version) {
	e.editPromotion("production", func(spec *v1alpha1.ModelPromotionSpec) {
		spec.Version, spec.ExpectedCurrentVersion = version, expected
	})
}

// prepareSoak promotes version 1 to staging at noon. Production requires a day in staging.
func (e *env) prepareSoak() {
	e.prepareSoakWith(builder.Stage("staging"))
}

func (e *env) prepareSoakWith(staging *builder.StageBuilder) {
	production := builder.Stage("production").PromotesFrom("staging").RequiredSoakTime("24h")
	e.createObject(builder.RegisteredModel(sentiment).Stages(staging, production).Build())
	e.runRound()
	for range 3 {
		e.registerFromRun(nil)
	}
	e.createObject(builder.Promotion("staging").Stage("staging").Version("1").Build())
	e.runUntilSettled()
}

func (e *env) setVersionOverriding(version v1alpha1.Version, gates ...string) {
	e.editPromotion("production", func(spec *v1alpha1.ModelPromotionSpec) {
		spec.Version, spec.Override = version, &v1alpha1.Override{Version: version, Gates: gates, Reason: "wrong split"}
	})
}

// prepareOverrides promotes version 1 to a stage that allows overrides. Gates f1 and beats-f1 block
// version 3.
func (e *env) prepareOverrides() {
	e.prepareModel(builder.Stage("production").AllowOverrides().
		Gates(builder.GreaterThanGate("f1", "0.5"), builder.ComparisonGate("f1", v1alpha1.HigherIsBetter)))
	e.createObject(builder.Promotion("production").Version("1").Build())
	e.runRound()
}

// prepareComparison is preparePromoted without a legacy stage.
func (e *env) prepareComparison() {
	e.prepareModel(builder.Stage("production").
		Gates(builder.GreaterThanGate("f1", "0.5"), builder.ComparisonGate("f1", v1alpha1.HigherIsBetter)))
	e.createObject(builder.Promotion("production").Version("1").Build())
	e.runUntilSettled()
}

// prepareRetention creates a model with three versions and a retention.
func (e *env) prepareRetention(retention *builder.RetentionBuilder) {
	e.must(e.user.CreateModel(e.ctx, sentiment, nil))
	for range 3 {
		e.registerFromRun(metricValues{})
	}
	e.createObject(builder.RegisteredModel(sentiment).Retention(retention).Build())
	e.runUntilSettled()
}
