// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// newAccuracyGate demands an accuracy over 0.85, in a way of its own.
func newAccuracyGate(change func(*v1alpha1.MetricGate)) v1alpha1.Gate {
	gate := builder.GreaterThanGate("accuracy", "0.85")
	change(gate.Metric)
	return gate
}

var _ = Describe("A metric gate", func() {
	It("waits for a metric where it is told to", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil)
		e.createObject(ctx, newModelWithGates(newAccuracyGate(func(g *v1alpha1.MetricGate) { g.OnMissing = v1alpha1.OnMissingWait })))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{
			version: "1", reason: "WaitingForMetric", detail: e.fillPlaceholders("1", "run RUN has no metric accuracy yet (gate accuracy)"),
		}.waitingConditions()...)
		Expect(e.listAliasWrites()).To(BeEmpty())

		run := e.mlflow.Version(modelName, "1").RunID
		Expect(e.user.LogMetric(ctx, run, mlflowtest.Point{Key: "accuracy", Value: "0.9", Timestamp: e.metricTime})).To(Succeed())
		requestReconcile(ctx, p)
		waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1"}))
	})

	It("takes a version's word for its run where it is told to", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx)
		e.registerBucketVersion(ctx, metrics{"accuracy": "0.91"})
		e.createObject(ctx, newModelWithGates(newAccuracyGate(func(g *v1alpha1.MetricGate) { g.Provenance = v1alpha1.ProvenanceClaimed })))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
	})

	It("reads a tag only where it is told to", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx)
		e.registerRunVersion(ctx, modelName, metrics{"accuracy": "0.8"}, map[string]string{"accuracy": "0.99"})
		e.createObject(ctx, newGatedModel())
		p := e.createObject(ctx, builder.Promotion(toProduction).Version("1")).(*v1alpha1.ModelPromotion)
		waitForConditions(ctx, p, expectation{
			version: "1", reason: "GateFailed",
			detail: e.fillPlaceholders("1", "accuracy 0.8 is not greater than 0.85 (gate accuracy, run RUN)"),
		}.stalledConditions()...)

		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Spec.Stages[0].Gates[0].Metric.Source = v1alpha1.MetricSourceVersionTag
		})
		waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "accuracy", Type: "Metric", Result: "Passed", Origin: "Stage", Observed: "0.99", Expected: "greater than 0.85",
			Message: "accuracy 0.99 is greater than 0.85 (gate accuracy, tag accuracy of version 1)",
		}))
	})

	It("believes a zero of a logged model that its run logged as a zero", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx)
		e.registerLoggedModelVersion(ctx, metrics{"loss": "0"})
		e.createObject(ctx, newModelWithGates(builder.LessThanGate("loss", "0.5")))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(p.Status.Candidate.LoggedModelID).To(HavePrefix("m-"))
	})

	It("is not asked again of the version that holds the stage", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newGatedModel(), metrics{"accuracy": "0.91"})
		run := e.mlflow.Version(modelName, "1").RunID
		worse := mlflowtest.Point{Key: "accuracy", Value: "0.1", Step: 1, Timestamp: e.metricTime}
		Expect(e.user.LogMetric(ctx, run, worse)).To(Succeed())
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Stages[0].Gates[0].Metric.Threshold = "0.95" })
		p := e.promotionObject(toProduction)
		requestReconcile(ctx, p)
		waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
		Expect(e.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1"}))
	})
})

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
		point := mlflowtest.Point{Key: key, Value: value, Timestamp: e.metricTime, ModelID: model.ModelID}
		Expect(e.user.LogMetric(ctx, runID, point)).To(Succeed())
	}
	_, err = e.user.CreateVersion(ctx, mlflowtest.VersionSpec{
		Name: modelName, Source: "models:/" + model.ModelID, ModelID: model.ModelID,
	})
	Expect(err).NotTo(HaveOccurred())
}
