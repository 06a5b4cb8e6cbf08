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

// newReviewGate returns a gate on the tag review.
func newReviewGate(of v1alpha1.TagTarget, operator v1alpha1.TagOperator, values ...string) v1alpha1.Gate {
	return v1alpha1.Gate{Name: "review", Tag: &v1alpha1.TagGate{Key: "review", Operator: operator, Values: values, Target: of}}
}

// setReviewTag writes the tag review as a user.
func setReviewTag(ctx SpecContext, e *env.Env, of v1alpha1.TagTarget, value string) {
	GinkgoHelper()
	switch of {
	case v1alpha1.TagTargetModel:
		Expect(e.User.SetModelTag(ctx, env.ModelName, "review", value)).To(Succeed())
	case v1alpha1.TagTargetRun:
		Expect(e.User.SetRunTag(ctx, e.MLflow.Version(env.ModelName, "1").RunID, "review", value)).To(Succeed())
	case v1alpha1.TagTargetVersion, "":
		Expect(e.User.SetVersionTag(ctx, env.ModelName, "1", "review", value)).To(Succeed())
	}
}

var _ = Describe("A tag gate", func() {
	DescribeTable("passes after the tag has the required value",
		func(ctx SpecContext, of v1alpha1.TagTarget, because string) {
			e := env.NewConnected(ctx)
			e.RegisterModel(ctx, nil)
			e.CreateObject(ctx, env.NewModelWithGates(newReviewGate(of, v1alpha1.TagIn, "passed", "tolerated")))
			e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
			p := e.WaitForPromotion(ctx, env.Expectation{
				Version: "1", Reason: "GateFailed", Detail: e.FillPlaceholders("1", because),
			}.StalledConditions()...)
			Expect(e.ListAliasWrites()).To(BeEmpty())

			setReviewTag(ctx, e, of, "tolerated")
			env.RequestReconcile(ctx, p)
			env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
		},
		Entry("on the version", v1alpha1.TagTargetVersion,
			`tag review is not set, but must be one of "passed", "tolerated" (gate review, version 1)`),
		Entry("on the model", v1alpha1.TagTargetModel,
			`tag review is not set, but must be one of "passed", "tolerated" (gate review, model sentiment)`),
		Entry("on the run", v1alpha1.TagTargetRun,
			`tag review is not set, but must be one of "passed", "tolerated" (gate review, run RUN)`),
	)

	DescribeTable("blocks a version with another tag",
		func(ctx SpecContext, gate v1alpha1.Gate, because string) {
			e := env.NewConnected(ctx)
			e.RegisterModel(ctx)
			e.RegisterRunVersion(ctx, env.ModelName, nil, map[string]string{"review": "failed", "hold": "yes"})
			e.CreateObject(ctx, env.NewModelWithGates(gate))
			e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
			e.WaitForPromotion(ctx, env.Expectation{Version: "1", Reason: "GateFailed", Detail: because}.StalledConditions()...)
			Expect(e.ListAliasWrites()).To(BeEmpty())
		},
		Entry("In", newReviewGate("", v1alpha1.TagIn, "passed"),
			`tag review is "failed", but must be one of "passed" (gate review, version 1)`),
		Entry("NotIn", newReviewGate("", v1alpha1.TagNotIn, "failed"),
			`tag review is "failed", but must be none of "failed" (gate review, version 1)`),
		Entry("Exists", v1alpha1.Gate{Name: "signed", Tag: &v1alpha1.TagGate{Key: "signed", Operator: v1alpha1.TagExists}},
			"tag signed is not set, but must be set (gate signed, version 1)"),
		Entry("DoesNotExist", v1alpha1.Gate{Name: "no-hold", Tag: &v1alpha1.TagGate{Key: "hold", Operator: v1alpha1.TagDoesNotExist}},
			`tag hold is "yes", but must be not set (gate no-hold, version 1)`),
	)

	It("passes if nothing contradicts it", func(ctx SpecContext) {
		absent := v1alpha1.Gate{Name: "no-hold", Tag: &v1alpha1.TagGate{Key: "hold", Operator: v1alpha1.TagDoesNotExist}}
		e := env.NewPromoted(ctx, env.NewModelWithGates(newReviewGate("", v1alpha1.TagNotIn, "failed"), absent), nil)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))
	})
})
