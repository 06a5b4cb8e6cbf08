// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package env

import (
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// Endpoints of MLflow that stories count, fail or wait for.
const (
	CreateModelEndpoint     = "registered-models/create"
	DeleteModelEndpoint     = "registered-models/delete"
	GetModelEndpoint        = "registered-models/get"
	SearchModelsEndpoint    = "registered-models/search"
	SetTagEndpoint          = "registered-models/set-tag"
	CreateVersionEndpoint   = "model-versions/create"
	DeleteVersionEndpoint   = "model-versions/delete"
	GetVersionEndpoint      = "model-versions/get"
	SearchVersionsEndpoint  = "model-versions/search"
	TransitionStageEndpoint = "model-versions/transition-stage"
)

// ListDeletedVersions lists the versions that the operator deleted in MLflow, in order.
func (e *Env) ListDeletedVersions() []string {
	var all []string
	for _, call := range e.MLflow.Writes() {
		if call.Endpoint == DeleteVersionEndpoint {
			all = append(all, call.Args.String("version"))
		}
	}
	return all
}

// RunOnceBefore runs a function right before MLflow processes the next request to an endpoint.
func (e *Env) RunOnceBefore(endpoint string, action func()) *mlflowtest.Rule {
	return e.MLflow.InjectFault(mlflowtest.CallsTo(endpoint), mlflowtest.RunBefore(func(mlflowtest.Call) {
		defer GinkgoRecover()
		action()
	}).Times(1))
}

// Metrics are the metrics of a run by key, in MLflow's spelling.
type Metrics map[string]string

// RegisterRunVersion logs a run with metrics and registers its model, as MLflow's Python client does: with a
// source that proves the run. It returns the version.
func (e *Env) RegisterRunVersion(ctx SpecContext, model string, logged Metrics, tags map[string]string) string {
	GinkgoHelper()
	runID := e.CreateRun(ctx, logged)
	version, err := e.User.CreateVersion(ctx, mlflowtest.VersionSpec{
		Name: model, Source: "runs:/" + runID + "/model", RunID: runID, Tags: tags,
	})
	Expect(err).NotTo(HaveOccurred())
	return version
}

// CreateRun logs a run with metrics.
func (e *Env) CreateRun(ctx SpecContext, logged Metrics) string {
	GinkgoHelper()
	run, err := e.User.CreateRun(ctx, "0", nil)
	Expect(err).NotTo(HaveOccurred())
	e.MetricTime += 1000
	for key, value := range logged {
		Expect(e.User.LogMetric(ctx, run.RunID, mlflowtest.Point{Key: key, Value: value, Timestamp: e.MetricTime})).To(Succeed())
	}
	return run.RunID
}

// RegisterModel creates a model in MLflow, with one version for each set of metrics.
func (e *Env) RegisterModel(ctx SpecContext, versions ...Metrics) {
	GinkgoHelper()
	Expect(e.User.CreateModel(ctx, ModelName, nil)).To(Succeed())
	for i, logged := range versions {
		Expect(e.RegisterRunVersion(ctx, ModelName, logged, nil)).To(Equal(strconv.Itoa(i + 1)))
	}
}

// ListAliasWrites lists the aliases that the operator set, in order: ALIAS=VERSION.
func (e *Env) ListAliasWrites() []string {
	var writes []string
	for _, call := range e.MLflow.Writes() {
		if call.Endpoint == "registered-models/alias" {
			writes = append(writes, call.Args.String("alias")+"="+call.Args.String("version"))
		}
	}
	return writes
}

// CountVersionCreates counts the requests that register a version.
func (e *Env) CountVersionCreates() int { return e.MLflow.CountCalls(CreateVersionEndpoint) }

// VersionsBySource returns the source of each version of the model.
func (e *Env) VersionsBySource() map[string]string {
	numbers := map[string]string{}
	for number := range strings.FieldsSeq("1 2 3 4") {
		if v := e.MLflow.Version(ModelName, number); v != nil {
			numbers[number] = v.Source
		}
	}
	return numbers
}
