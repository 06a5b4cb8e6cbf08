// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("A version without proof that it is good enough", func() {
	accuracy := builder.GreaterThanGate("accuracy", "0.85")
	loss := builder.LessThanGate("loss", "0.5")

	DescribeTable("does not get the stage",
		func(ctx SpecContext, gate v1alpha1.Gate, train func(SpecContext, *env), because string) {
			e := newConnectedEnv(ctx)
			e.registerModel(ctx)
			train(ctx, e)
			e.createObject(ctx, newModelWithGates(gate))
			e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
			p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{
				version: "1", reason: "GateFailed", detail: e.fillPlaceholders("1", because),
			}.stalledConditions()...)
			Expect(e.listAliasWrites()).To(BeEmpty())
			Expect(p.Status.History).To(BeEmpty())
			Expect(e.mlflow.Version(modelName, "1").Tags).To(BeEmpty())
		},
		Entry("when its metric is too low", accuracy, registerRunVersionWith(metrics{"accuracy": "0.85"}),
			"accuracy 0.85 is not greater than 0.85 (gate accuracy, run RUN)"),
		Entry("when its metric was never logged", accuracy, registerRunVersionWith(metrics{"f1": "0.9"}),
			"run RUN has no metric accuracy (gate accuracy)"),
		Entry("when its metric is NaN", loss, registerRunVersionWith(metrics{"loss": "NaN"}),
			"loss is NaN in run RUN, not a finite number (gate loss)"),
		Entry("when its metric is infinite", accuracy, registerRunVersionWith(metrics{"accuracy": "Infinity"}),
			"accuracy is Infinity in run RUN, not a finite number (gate accuracy)"),
		Entry("when its metric is infinite below", loss, registerRunVersionWith(metrics{"loss": "-Infinity"}),
			"loss is -Infinity in run RUN, not a finite number (gate loss)"),
		Entry("when its logged model shows the largest of floats for an infinity", accuracy,
			func(ctx SpecContext, e *env) { e.registerLoggedModelVersion(ctx, metrics{"accuracy": "Infinity"}) },
			"accuracy is Infinity in logged model MODEL, not a finite number (gate accuracy)"),
		Entry("when its logged model shows 0.0 for a NaN", loss,
			func(ctx SpecContext, e *env) { e.registerLoggedModelVersion(ctx, metrics{"loss": "NaN"}) },
			"loss reads 0.0, but was logged as NaN in run RUN (gate loss)"),
		Entry("when its run was deleted", accuracy, func(ctx SpecContext, e *env) {
			e.registerRunVersion(ctx, modelName, metrics{"accuracy": "0.91"}, nil)
			Expect(e.user.DeleteRun(ctx, e.mlflow.Version(modelName, "1").RunID)).To(Succeed())
		}, "run RUN was deleted (gate accuracy)"),
		Entry("when the run of its logged model was deleted", accuracy, func(ctx SpecContext, e *env) {
			e.registerLoggedModelVersion(ctx, metrics{"accuracy": "0.91"})
			Expect(e.user.DeleteRun(ctx, e.mlflow.Version(modelName, "1").RunID)).To(Succeed())
		}, "run RUN was deleted (gate accuracy)"),
		Entry("when it lies in a bucket and claims a good run", accuracy,
			func(ctx SpecContext, e *env) { e.registerBucketVersion(ctx, metrics{"accuracy": "0.91"}) },
			"version 1 claims run RUN but its source s3://models/sentiment does not lie under the run's artifacts, "+
				"so the run's metrics don't count (gate accuracy; provenance: Claimed would accept them)"),
	)

	It("takes the stage once a better version is named", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, metrics{"accuracy": "0.8"}, metrics{"accuracy": "0.91"})
		e.createObject(ctx, newGatedModel())
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		because := e.fillPlaceholders("1", "accuracy 0.8 is not greater than 0.85 (gate accuracy, run RUN)")
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1", reason: "GateFailed", detail: because}.stalledConditions()...)

		e.setVersion(ctx, toProduction, "2")
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "2"}.promotedConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=2"}))
		e.waitForPromotionEvents(ctx, toProduction,
			"Warning GateFailed: version 1 does not take stage production, which no version holds: "+because,
			"Normal Promoted: alias champion of model sentiment was set to version 2; no version held it before")
	})

	It("counts all gates that stand in the way, and lists them", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, metrics{"accuracy": "0.8"})
		e.createObject(ctx, newModelWithGates(accuracy, loss))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1").Gates(builder.TagGate("review", "passed")))
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{
			version: "1", reason: "GateFailed", detail: e.fillPlaceholders("1",
				"accuracy 0.8 is not greater than 0.85 (gate accuracy, run RUN); 2 more gates did not pass, see status.gates"),
		}.stalledConditions()...)
		Expect(p.Status.Gates).To(ContainElements(
			v1alpha1.GateStatus{
				Name: "loss", Type: "Metric", Result: "Failed", Origin: "Stage", Expected: "less than 0.5",
				Message: e.fillPlaceholders("1", "run RUN has no metric loss (gate loss)"),
			},
			v1alpha1.GateStatus{
				Name: "review", Type: "Tag", Result: "Failed", Origin: "Promotion", Observed: "not set", Expected: `one of "passed"`,
				Message: `tag review is not set, but must be one of "passed" (gate review, version 1)`,
			},
		))
	})
})

// trainVersionWith registers a version as people do.
func registerRunVersionWith(logged metrics) func(SpecContext, *env) {
	return func(ctx SpecContext, e *env) {
		GinkgoHelper()
		e.registerRunVersion(ctx, modelName, logged, nil)
	}
}
