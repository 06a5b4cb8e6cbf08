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

// metricValues are what a run logged, by key, in MLflow's spelling.
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

// registerFromRun registers what came out of a run, as MLflow's Python client does, and returns
// the version.
func (e *env) registerFromRun(logged metricValues) string {
	e.Helper()
	run := e.logRun(logged, "")
	return e.registerModelVersion(mlflowtest.VersionSpec{Source: "runs:/" + run + "/model", RunID: run})
}

// registerLoggedModel registers a logged model that carries the metrics.
func (e *env) registerLoggedModel(logged metricValues) string {
	e.Helper()
	run := e.logRun(nil, "")
	model, err := e.user.CreateLoggedModel(e.ctx, "0", run)
	e.must(err)
	e.logMetrics(run, model.ModelID, logged)
	return e.registerModelVersion(mlflowtest.VersionSpec{Source: "models:/" + model.ModelID, ModelID: model.ModelID})
}

// registerClaimedRun registers a file in a bucket that claims a run of others.
func (e *env) registerClaimedRun(logged metricValues) string {
	e.Helper()
	return e.registerModelVersion(mlflowtest.VersionSpec{Source: "s3://bucket/model", RunID: e.logRun(logged, "")})
}

func (e *env) registerModelVersion(spec mlflowtest.VersionSpec) string {
	e.Helper()
	spec.Name = sentiment
	version, err := e.user.CreateVersion(e.ctx, spec)
	e.must(err)
	e.versionCount++
	return version
}

// getClass is the class that the model may name; nil when there is none.
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

// setClass makes the class what it is to be from now on; nil lets it go.
func (e *env) setClass(wanted *v1alpha1.ModelClass) {
	e.Helper()
	now := e.getClass()
	switch {
	case now == nil && wanted != nil:
		e.createObject(wanted)
	case now != nil && wanted == nil:
		e.must(e.kube.Delete(e.ctx, now))
	case now != nil:
		now.Spec = wanted.Spec
		now.Generation++
		e.must(e.kube.Update(e.ctx, now))
	}
}

// newStricterClass is a class that wants more of production.
func newStricterClass(f1 v1alpha1.Decimal) *builder.ClassBuilder {
	gate := builder.GreaterThanGate("f1", f1)
	gate.Name = "floor"
	return builder.Class(className).Stages(builder.Stage("production").Alias("champion").MLflowStage("Production").Gates(gate))
}

const className = "standard"

func (e *env) editTags(tags map[string]v1alpha1.TagValue) {
	e.editModel(func(spec *v1alpha1.RegisteredModelSpec) { spec.Tags = tags })
}

// prepareModel makes a model with one stage and the versions 1 (good), 2 (better), 3 (bad).
func (e *env) prepareModel(stage *builder.StageBuilder) {
	e.createObject(builder.RegisteredModel(sentiment).Stages(stage).Build())
	e.runRound()
	for _, f1 := range []string{"0.8", "0.9", "0.1"} {
		e.registerFromRun(metricValues{"f1": f1})
	}
	e.runRound()
}

// prepareRegistered registers version 4. What is to be done with it at its end is done only
// where there is a connection to do it through.
func (e *env) prepareRegistered(policy v1alpha1.VersionDeletionPolicy) {
	e.createObject(builder.Connection(connectionKey.Name).Build())
	e.prepareModel(builder.Stage("production"))
	e.createObject(builder.ModelVersion("april").Run(e.logRun(nil, "")).Description("Of April").Tag("a", "1").Tag("b", "1").DeletionPolicy(policy).Build())
	e.runUntilSettled()
}

// preparePromoted lets version 1 hold the stage.
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

// prepareSoak lets version 1 take staging at noon. Production demands a day there.
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

// prepareOverrides lets version 1 hold a stage that lets gates be overridden; version 3 is
// refused by f1 and beats-f1.
func (e *env) prepareOverrides() {
	e.prepareModel(builder.Stage("production").AllowOverrides().
		Gates(builder.GreaterThanGate("f1", "0.5"), builder.ComparisonGate("f1", v1alpha1.HigherIsBetter)))
	e.createObject(builder.Promotion("production").Version("1").Build())
	e.runRound()
}

// prepareComparison is preparePromoted without the mirror.
func (e *env) prepareComparison() {
	e.prepareModel(builder.Stage("production").
		Gates(builder.GreaterThanGate("f1", "0.5"), builder.ComparisonGate("f1", v1alpha1.HigherIsBetter)))
	e.createObject(builder.Promotion("production").Version("1").Build())
	e.runUntilSettled()
}

// prepareRetention has a model with three versions and a retention at rest.
func (e *env) prepareRetention(retention *builder.RetentionBuilder) {
	e.must(e.user.CreateModel(e.ctx, sentiment, nil))
	for range 3 {
		e.registerFromRun(metricValues{})
	}
	e.createObject(builder.RegisteredModel(sentiment).Retention(retention).Build())
	e.runUntilSettled()
}
