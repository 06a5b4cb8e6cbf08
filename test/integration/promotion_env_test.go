// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"cmp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// toProduction is the promotion of most stories.
const toProduction = "to-production"

// newModelWithGates is the model whose production demands these gates.
func newModelWithGates(gates ...v1alpha1.Gate) *builder.ModelBuilder {
	return builder.RegisteredModel(modelName).Stages(builder.Stage("production").Alias("champion").Gates(gates...))
}

// newChampionEnv is a world in which version 1 of a model holds production, as a promotion
// asked for.
func newChampionEnv(ctx SpecContext, model *builder.ModelBuilder, versions ...metrics) *env {
	GinkgoHelper()
	e := newConnectedEnv(ctx)
	e.registerModel(ctx, versions...)
	e.createObject(ctx, model)
	e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
	waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
	return e
}

// historyEntries is who held the stage, newest first: CAUSE VERSION after PREVIOUS.
func historyEntries(p *v1alpha1.ModelPromotion) []string {
	var all []string
	for i := range p.Status.History {
		record := &p.Status.History[i]
		all = append(all, string(record.Reason)+" "+string(record.Version)+" after "+
			cmp.Or(string(record.PreviousVersion), "none"))
	}
	return all
}

// waitForHistory waits until the promotion has this history.
func (e *env) waitForHistory(ctx SpecContext, name string, want ...string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		p := e.promotionObject(name)
		g.Expect(controlPlane.Client.Get(ctx, keyOf(p), p)).To(Succeed())
		g.Expect(historyEntries(p)).To(Equal(want))
	}).WithContext(ctx).Should(Succeed())
}

// runIDOf is the run that a version names, as sentences call it.
func (e *env) runIDOf(version string) string {
	return e.mlflow.Version(modelName, version).RunID[:8]
}

// fillPlaceholders replaces RUN and MODEL in a sentence by the run and the logged model of a version.
func (e *env) fillPlaceholders(version, sentence string) string {
	source, _ := strings.CutPrefix(e.mlflow.Version(modelName, version).Source, "models:/")
	return strings.NewReplacer("RUN", e.runIDOf(version), "MODEL", source[:min(len(source), len("m-")+8)]).Replace(sentence)
}

// registerBucketVersion registers a version that lies in a bucket and claims a run.
func (e *env) registerBucketVersion(ctx SpecContext, logged metrics) {
	GinkgoHelper()
	_, err := e.user.CreateVersion(ctx, mlflowtest.VersionSpec{
		Name: modelName, Source: "s3://models/sentiment", RunID: e.createRun(ctx, logged),
	})
	Expect(err).NotTo(HaveOccurred())
}

// registerLoggedModelVersion registers a version from a logged model that carries the metrics of its run.
func (e *env) registerLoggedModelVersion(ctx SpecContext, logged metrics) {
	GinkgoHelper()
	runID := e.createRun(ctx, nil)
	model, err := e.user.CreateLoggedModel(ctx, "0", runID)
	Expect(err).NotTo(HaveOccurred())
	for key, value := range logged {
		point := mlflowtest.Point{Key: key, Value: value, Timestamp: e.now, ModelID: model.ModelID}
		Expect(e.user.LogMetric(ctx, runID, point)).To(Succeed())
	}
	_, err = e.user.CreateVersion(ctx, mlflowtest.VersionSpec{
		Name: modelName, Source: "models:/" + model.ModelID, ModelID: model.ModelID,
	})
	Expect(err).NotTo(HaveOccurred())
}
