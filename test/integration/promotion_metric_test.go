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

// accuracyGate demands an accuracy over 0.85, in a way of its own.
func accuracyGate(change func(*v1alpha1.MetricGate)) v1alpha1.Gate {
	gate := builder.GreaterThan("accuracy", "0.85")
	change(gate.Metric)
	return gate
}

var _ = Describe("A metric gate", func() {
	It("waits for a metric where it is told to", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, nil)
		w.apply(ctx, demanding(accuracyGate(func(g *v1alpha1.MetricGate) { g.OnMissing = v1alpha1.OnMissingWait })))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		p := shows(ctx, w.promotion(toProduction), verdict{
			version: "1", reason: "WaitingForMetric", because: w.about("1", "run RUN has no metric accuracy yet (gate accuracy)"),
		}.waits()...)
		Expect(w.aliasWrites()).To(BeEmpty())

		run := w.mlflow.Version(modelName, "1").RunID
		Expect(w.user.LogMetric(ctx, run, mlflowtest.Point{Key: "accuracy", Value: "0.9", Timestamp: w.now})).To(Succeed())
		lookNow(ctx, p)
		shows(ctx, p, verdict{version: "1"}.holds()...)
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1"}))
	})

	It("takes a version's word for its run where it is told to", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx)
		w.bucket(ctx, metrics{"accuracy": "0.91"})
		w.apply(ctx, demanding(accuracyGate(func(g *v1alpha1.MetricGate) { g.Provenance = v1alpha1.ProvenanceClaimed })))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
	})

	It("reads a tag only where it is told to", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx)
		w.train(ctx, modelName, metrics{"accuracy": "0.8"}, map[string]string{"accuracy": "0.99"})
		w.apply(ctx, gated())
		p := w.apply(ctx, builder.Promotion(toProduction).Version("1")).(*v1alpha1.ModelPromotion)
		shows(ctx, p, verdict{
			version: "1", reason: "GateFailed",
			because: w.about("1", "accuracy 0.8 is not greater than 0.85 (gate accuracy, run RUN)"),
		}.stalled()...)

		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Spec.Stages[0].Gates[0].Metric.Source = v1alpha1.MetricSourceVersionTag
		})
		shows(ctx, p, verdict{version: "1"}.holds()...)
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "accuracy", Type: "Metric", Result: "Passed", Origin: "Stage", Observed: "0.99", Expected: "greater than 0.85",
			Message: "accuracy 0.99 is greater than 0.85 (gate accuracy, tag accuracy of version 1)",
		}))
	})

	It("believes a zero of a logged model that its run logged as a zero", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx)
		w.loggedModel(ctx, metrics{"loss": "0"})
		w.apply(ctx, demanding(builder.LessThan("loss", "0.5")))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		p := shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		Expect(p.Status.Candidate.LoggedModelID).To(HavePrefix("m-"))
	})

	It("is not asked again of the version that holds the stage", func(ctx SpecContext) {
		w := champion(ctx, gated(), metrics{"accuracy": "0.91"})
		run := w.mlflow.Version(modelName, "1").RunID
		worse := mlflowtest.Point{Key: "accuracy", Value: "0.1", Step: 1, Timestamp: w.now}
		Expect(w.user.LogMetric(ctx, run, worse)).To(Succeed())
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Stages[0].Gates[0].Metric.Threshold = "0.95" })
		p := w.promotion(toProduction)
		lookNow(ctx, p)
		shows(ctx, p, verdict{version: "1"}.holds()...)
		Expect(w.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1"}))
	})
})
