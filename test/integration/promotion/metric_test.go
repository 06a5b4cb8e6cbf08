// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// newAccuracyGate returns a gate that requires an accuracy over 0.85, with a change.
func newAccuracyGate(change func(*v1alpha1.MetricGate)) v1alpha1.Gate {
	gate := builder.GreaterThanGate("accuracy", "0.85")
	change(gate.Metric)
	return gate
}

var _ = Describe("A metric gate", func() {
	It("waits for a metric if onMissing is Wait", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil)
		e.CreateObject(ctx, env.NewModelWithGates(newAccuracyGate(func(g *v1alpha1.MetricGate) { g.OnMissing = v1alpha1.OnMissingWait })))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		p := e.WaitForPromotion(ctx, env.Expectation{
			Version: "1", Reason: "WaitingForMetric", Detail: e.FillPlaceholders("1", "run RUN has no metric accuracy yet (gate accuracy)"),
		}.WaitingConditions()...)
		Expect(e.ListAliasWrites()).To(BeEmpty())

		run := e.MLflow.Version(env.ModelName, "1").RunID
		Expect(e.User.LogMetric(ctx, run, mlflowtest.Point{Key: "accuracy", Value: "0.9", Timestamp: e.MetricTime})).To(Succeed())
		env.RequestReconcile(ctx, p)
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))
	})

	It("reads the run that a version names if provenance allows it", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx)
		registerBucketVersion(ctx, e, env.Metrics{"accuracy": "0.91"})
		e.CreateObject(ctx, env.NewModelWithGates(newAccuracyGate(func(g *v1alpha1.MetricGate) { g.Provenance = v1alpha1.ProvenanceClaimed })))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
	})

	It("reads a tag only if the gate names it", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx)
		e.RegisterRunVersion(ctx, env.ModelName, env.Metrics{"accuracy": "0.8"}, map[string]string{"accuracy": "0.99"})
		e.CreateObject(ctx, env.NewGatedModel())
		p := e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1")).(*v1alpha1.ModelPromotion)
		env.WaitForConditions(ctx, p, env.Expectation{
			Version: "1", Reason: "GateFailed",
			Detail: e.FillPlaceholders("1", env.AccuracyNotGreaterMessage("0.8", "0.85")),
		}.StalledConditions()...)

		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) {
			m.Spec.Stages[0].Gates[0].Metric.Source = v1alpha1.MetricSourceVersionTag
		})
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "accuracy", Type: "Metric", Result: "Passed", Origin: "Stage", Observed: "0.99", Expected: "greater than 0.85",
			Message: "accuracy 0.99 is greater than 0.85 (gate accuracy, tag accuracy of version 1)",
		}))
	})

	It("accepts a zero of a logged model that its run logged", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx)
		registerLoggedModelVersion(ctx, e, env.Metrics{"loss": "0"})
		e.CreateObject(ctx, env.NewModelWithGates(builder.LessThanGate("loss", "0.5")))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		p := e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(p.Status.Candidate.LoggedModelID).To(HavePrefix("m-"))
	})

	It("is not evaluated again for the current version", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.91"})
		run := e.MLflow.Version(env.ModelName, "1").RunID
		worse := mlflowtest.Point{Key: "accuracy", Value: "0.1", Step: 1, Timestamp: e.MetricTime}
		Expect(e.User.LogMetric(ctx, run, worse)).To(Succeed())
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.Stages[0].Gates[0].Metric.Threshold = "0.95" })
		p := e.PromotionObject(env.ToProduction)
		env.RequestReconcile(ctx, p)
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(e.MLflow.Alias(env.ModelName, "champion")).To(Equal("1"))
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))
	})
})

// registerBucketVersion registers a version in a bucket that names a run.
func registerBucketVersion(ctx SpecContext, e *env.Env, logged env.Metrics) {
	GinkgoHelper()
	_, err := e.User.CreateVersion(ctx, mlflowtest.VersionSpec{
		Name: env.ModelName, Source: "s3://models/sentiment", RunID: e.CreateRun(ctx, logged),
	})
	Expect(err).NotTo(HaveOccurred())
}

// registerLoggedModelVersion registers a version from a logged model with these metrics.
func registerLoggedModelVersion(ctx SpecContext, e *env.Env, logged env.Metrics) {
	GinkgoHelper()
	runID := e.CreateRun(ctx, nil)
	model, err := e.User.CreateLoggedModel(ctx, "0", runID)
	Expect(err).NotTo(HaveOccurred())
	for key, value := range logged {
		point := mlflowtest.Point{Key: key, Value: value, Timestamp: e.MetricTime, ModelID: model.ModelID}
		Expect(e.User.LogMetric(ctx, runID, point)).To(Succeed())
	}
	_, err = e.User.CreateVersion(ctx, mlflowtest.VersionSpec{
		Name: env.ModelName, Source: "models:/" + model.ModelID, ModelID: model.ModelID,
	})
	Expect(err).NotTo(HaveOccurred())
}
