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

// newImprovementGate requires a relative improvement of the f1 score.
func newImprovementGate(least v1alpha1.Decimal) v1alpha1.Gate {
	gate := builder.ComparisonGate("f1", v1alpha1.HigherIsBetter)
	gate.Comparison.MinRelativeChange = least
	return gate
}

// noBaselineMessage is the message of a comparison without a baseline.
const noBaselineMessage = "no version holds stage production: there is no baseline (gate beats-f1)"

var _ = Describe("A version that must beat the current one", func() {
	It("takes the stage if it is sufficiently better, and the status shows all common metrics", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewModelWithGates(newImprovementGate("0.01")),
			env.Metrics{"f1": "0.8", "loss": "0.4", "only-old": "1"}, env.Metrics{"f1": "0.82", "loss": "0.5", "only-new": "1"})
		e.SetVersion(ctx, env.ToProduction, "2")
		p := e.WaitForPromotion(ctx, env.Expectation{Version: "2"}.PromotedConditions()...)
		Expect(p.Status.Comparison).To(Equal([]v1alpha1.MetricChange{
			{Metric: "f1", Current: "0.8", Candidate: "0.82", AbsoluteChange: "0.02", RelativeChange: "0.025"},
			{Metric: "loss", Current: "0.4", Candidate: "0.5", AbsoluteChange: "0.1", RelativeChange: "0.25"},
		}))
		Expect(p.Status.PreviousVersion).To(Equal(v1alpha1.Version("1")))
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
	})

	It("is blocked if it is not sufficiently better", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewModelWithGates(newImprovementGate("0.05")), env.Metrics{"f1": "0.8"}, env.Metrics{"f1": "0.82"})
		e.SetVersion(ctx, env.ToProduction, "2")
		p := e.WaitForPromotion(ctx, env.Expectation{
			Version: "2", Reason: "GateFailed", CurrentVersion: "version 1", Detail: e.FillPlaceholders("2",
				"f1 0.82 is better than 0.8 of version 1 by 0.02, but must be better by at least 0.05 of the baseline (gate beats-f1, run RUN)"),
		}.StalledConditions()...)
		Expect(p.Status.CurrentVersion).To(Equal(v1alpha1.Version("1")))
		Expect(p.Status.Comparison).To(Equal([]v1alpha1.MetricChange{
			{Metric: "f1", Current: "0.8", Candidate: "0.82", AbsoluteChange: "0.02", RelativeChange: "0.025"},
		}))
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))
	})

	It("is compared with the magnitude of a negative baseline", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewModelWithGates(newImprovementGate("0.1")), env.Metrics{"f1": "-0.5"},
			env.Metrics{"f1": "-0.46"}, env.Metrics{"f1": "-0.45"})
		e.SetVersion(ctx, env.ToProduction, "2")
		e.WaitForPromotion(ctx, env.Expectation{
			Version: "2", Reason: "GateFailed", CurrentVersion: "version 1", Detail: e.FillPlaceholders("2",
				"f1 -0.46 is better than -0.5 of version 1 by 0.04, but must be better by at least 0.1 of the baseline (gate beats-f1, run RUN)"),
		}.StalledConditions()...)
		e.SetVersion(ctx, env.ToProduction, "3")
		e.WaitForPromotion(ctx, env.Expectation{Version: "3"}.PromotedConditions()...)
	})

	It("takes an empty stage", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewModelWithGates(newImprovementGate("0.1")), env.Metrics{"f1": "0.1"})
		p := e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "beats-f1", Type: "Comparison", Result: "Passed", Origin: "Stage",
			Expected: "better by at least 0.1 of the baseline (higher is better)",
			Message:  noBaselineMessage,
		}))
	})

	It("does not take an empty stage if the gate requires a baseline", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, env.Metrics{"f1": "0.9"})
		gate := newImprovementGate("0.1")
		gate.Comparison.OnMissingBaseline = v1alpha1.OnMissingBaselineFail
		e.CreateObject(ctx, env.NewModelWithGates(gate))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.WaitForPromotion(ctx, env.Expectation{
			Version: "1", Reason: "GateFailed", Detail: noBaselineMessage,
		}.StalledConditions()...)
		Expect(e.ListAliasWrites()).To(BeEmpty())
	})
})
