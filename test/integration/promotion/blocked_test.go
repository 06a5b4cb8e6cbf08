// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// runDeletedMessage is the message of a gate whose run was deleted.
const runDeletedMessage = "run RUN was deleted (gate accuracy)"

var _ = Describe("A version without sufficient evidence", func() {
	accuracy := builder.GreaterThanGate("accuracy", "0.85")
	loss := builder.LessThanGate("loss", "0.5")

	DescribeTable("is blocked",
		func(ctx SpecContext, gate v1alpha1.Gate, register func(SpecContext, *env.Env), because string) {
			e := env.NewConnected(ctx)
			e.RegisterModel(ctx)
			register(ctx, e)
			e.CreateObject(ctx, env.NewModelWithGates(gate))
			e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
			p := e.WaitForPromotion(ctx, env.Expectation{
				Version: "1", Reason: "GateFailed", Detail: e.FillPlaceholders("1", because),
			}.StalledConditions()...)
			Expect(e.ListAliasWrites()).To(BeEmpty())
			Expect(p.Status.History).To(BeEmpty())
			Expect(e.MLflow.Version(env.ModelName, "1").Tags).To(BeEmpty())
		},
		Entry("if its metric is too low", accuracy, registerRunVersionWith(env.Metrics{"accuracy": "0.85"}),
			env.AccuracyNotGreaterMessage("0.85", "0.85")),
		Entry("if its metric was never logged", accuracy, registerRunVersionWith(env.Metrics{"f1": "0.9"}),
			env.MissingMetricMessage),
		Entry("if its metric is NaN", loss, registerRunVersionWith(env.Metrics{"loss": "NaN"}),
			"loss is NaN in run RUN, not a finite number (gate loss)"),
		Entry("if its metric is infinite", accuracy, registerRunVersionWith(env.Metrics{"accuracy": "Infinity"}),
			"accuracy is Infinity in run RUN, not a finite number (gate accuracy)"),
		Entry("if its metric is minus infinity", loss, registerRunVersionWith(env.Metrics{"loss": "-Infinity"}),
			"loss is -Infinity in run RUN, not a finite number (gate loss)"),
		Entry("if its logged model shows the largest float for an infinity", accuracy,
			func(ctx SpecContext, e *env.Env) {
				registerLoggedModelVersion(ctx, e, env.Metrics{"accuracy": "Infinity"})
			},
			"accuracy is Infinity in logged model MODEL, not a finite number (gate accuracy)"),
		Entry("if its logged model shows 0.0 for a NaN", loss,
			func(ctx SpecContext, e *env.Env) { registerLoggedModelVersion(ctx, e, env.Metrics{"loss": "NaN"}) },
			"loss reads 0.0, but was logged as NaN in run RUN (gate loss)"),
		Entry("if its run was deleted", accuracy, func(ctx SpecContext, e *env.Env) {
			e.RegisterRunVersion(ctx, env.ModelName, env.Metrics{"accuracy": "0.91"}, nil)
			Expect(e.User.DeleteRun(ctx, e.MLflow.Version(env.ModelName, "1").RunID)).To(Succeed())
		}, runDeletedMessage),
		Entry("if the run of its logged model was deleted", accuracy, func(ctx SpecContext, e *env.Env) {
			registerLoggedModelVersion(ctx, e, env.Metrics{"accuracy": "0.91"})
			Expect(e.User.DeleteRun(ctx, e.MLflow.Version(env.ModelName, "1").RunID)).To(Succeed())
		}, runDeletedMessage),
		Entry("if it is in a bucket and names a good run", accuracy,
			func(ctx SpecContext, e *env.Env) { registerBucketVersion(ctx, e, env.Metrics{"accuracy": "0.91"}) },
			"version 1 claims run RUN but its source s3://models/sentiment does not lie under the run's artifacts, "+
				"so the run's metrics don't count (gate accuracy; provenance: Claimed would accept them)"),
	)

	It("is replaced by a better version that the spec names", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.8"}, env.Metrics{"accuracy": "0.91"})
		e.CreateObject(ctx, env.NewGatedModel())
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		because := e.FillPlaceholders("1", env.AccuracyNotGreaterMessage("0.8", "0.85"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1", Reason: "GateFailed", Detail: because}.StalledConditions()...)

		e.SetVersion(ctx, env.ToProduction, "2")
		e.WaitForPromotion(ctx, env.Expectation{Version: "2"}.PromotedConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=2"}))
		e.WaitForPromotionEvents(ctx, env.ToProduction,
			"Warning GateFailed: version 1 is not promoted to stage production, which no version holds: "+because,
			"Normal Promoted: alias champion of model sentiment was set to version 2; no version held it before")
	})

	It("shows all gates that block it", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.8"})
		e.CreateObject(ctx, env.NewModelWithGates(accuracy, loss))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1").Gates(builder.TagGate("review", "passed")))
		p := e.WaitForPromotion(ctx, env.Expectation{
			Version: "1", Reason: "GateFailed", Detail: e.FillPlaceholders("1",
				"accuracy 0.8 is not greater than 0.85 (gate accuracy, run RUN); 2 more gates did not pass, see status.gates"),
		}.StalledConditions()...)
		Expect(p.Status.Gates).To(ContainElements(
			v1alpha1.GateStatus{
				Name: "loss", Type: "Metric", Result: "Failed", Origin: "Stage", Expected: "less than 0.5",
				Message: e.FillPlaceholders("1", "run RUN has no metric loss (gate loss)"),
			},
			v1alpha1.GateStatus{
				Name: "review", Type: "Tag", Result: "Failed", Origin: "Promotion", Observed: "not set", Expected: `one of "passed"`,
				Message: `tag review is not set, but must be one of "passed" (gate review, version 1)`,
			},
		))
	})
})

// registerRunVersionWith registers a version with these metrics from a run.
func registerRunVersionWith(logged env.Metrics) func(SpecContext, *env.Env) {
	return func(ctx SpecContext, e *env.Env) {
		GinkgoHelper()
		e.RegisterRunVersion(ctx, env.ModelName, logged, nil)
	}
}
