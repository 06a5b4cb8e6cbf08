// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// The endpoints of MLflow that stories count, fail or wait for.
const (
	createModelEndpoint     = "registered-models/create"
	deleteModelEndpoint     = "registered-models/delete"
	getModelEndpoint        = "registered-models/get"
	searchModelsEndpoint    = "registered-models/search"
	setTagEndpoint          = "registered-models/set-tag"
	createVersionEndpoint   = "model-versions/create"
	deleteVersionEndpoint   = "model-versions/delete"
	getVersionEndpoint      = "model-versions/get"
	searchVersionsEndpoint  = "model-versions/search"
	transitionStageEndpoint = "model-versions/transition-stage"
)

// listDeletedVersions are those that the operator asked MLflow to delete, in order.
func (e *env) listDeletedVersions() []string {
	var all []string
	for _, call := range e.mlflow.Writes() {
		if call.Endpoint == deleteVersionEndpoint {
			all = append(all, call.Args.String("version"))
		}
	}
	return all
}

// runOnceBefore looks at MLflow in the moment before the operator is answered, once.
func (e *env) runOnceBefore(endpoint string, meanwhile func()) *mlflowtest.Rule {
	return e.mlflow.InjectFault(mlflowtest.CallsTo(endpoint), mlflowtest.RunBefore(func(mlflowtest.Call) {
		defer GinkgoRecover()
		meanwhile()
	}).Times(1))
}

// metrics are what a run logged, by key, in MLflow's spelling.
type metrics map[string]string

// trainVersion logs a run with metrics and registers the model that came out of it, as MLflow's
// Python client does: with a source that shows the run. It returns the version.
func (e *env) registerRunVersion(ctx SpecContext, model string, logged metrics, tags map[string]string) string {
	GinkgoHelper()
	runID := e.createRun(ctx, logged)
	version, err := e.user.CreateVersion(ctx, mlflowtest.VersionSpec{
		Name: model, Source: "runs:/" + runID + "/model", RunID: runID, Tags: tags,
	})
	Expect(err).NotTo(HaveOccurred())
	return version
}

// createRun logs a run with metrics.
func (e *env) createRun(ctx SpecContext, logged metrics) string {
	GinkgoHelper()
	run, err := e.user.CreateRun(ctx, "0", nil)
	Expect(err).NotTo(HaveOccurred())
	e.metricTime += 1000
	for key, value := range logged {
		Expect(e.user.LogMetric(ctx, run.RunID, mlflowtest.Point{Key: key, Value: value, Timestamp: e.metricTime})).To(Succeed())
	}
	return run.RunID
}

// registerModel is a model in MLflow that has the versions that train, one after the other,
// with these metrics.
func (e *env) registerModel(ctx SpecContext, versions ...metrics) {
	GinkgoHelper()
	Expect(e.user.CreateModel(ctx, modelName, nil)).To(Succeed())
	for i, logged := range versions {
		Expect(e.registerRunVersion(ctx, modelName, logged, nil)).To(Equal(strconv.Itoa(i + 1)))
	}
}

// listAliasWrites are the aliases that the operator set, in order: ALIAS=VERSION.
func (e *env) listAliasWrites() []string {
	var writes []string
	for _, call := range e.mlflow.Writes() {
		if call.Endpoint == "registered-models/alias" {
			writes = append(writes, call.Args.String("alias")+"="+call.Args.String("version"))
		}
	}
	return writes
}

// countCreates is how often MLflow was asked for a version.
func (e *env) countVersionCreates() int { return e.mlflow.CountCalls(createVersionEndpoint) }

// versionsBySource are the versions that the model has, by what they were registered from.
func (e *env) versionsBySource() map[string]string {
	numbers := map[string]string{}
	for number := range strings.FieldsSeq("1 2 3 4") {
		if v := e.mlflow.Version(modelName, number); v != nil {
			numbers[number] = v.Source
		}
	}
	return numbers
}
