// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// newReviewGate demands something of the tag review.
func newReviewGate(of v1alpha1.TagTarget, operator v1alpha1.TagOperator, values ...string) v1alpha1.Gate {
	return v1alpha1.Gate{Name: "review", Tag: &v1alpha1.TagGate{Key: "review", Operator: operator, Values: values, Target: of}}
}

// setReviewTag writes the tag review, as a person does.
func (e *env) setReviewTag(ctx SpecContext, of v1alpha1.TagTarget, value string) {
	GinkgoHelper()
	switch of {
	case v1alpha1.TagTargetModel:
		Expect(e.user.SetModelTag(ctx, modelName, "review", value)).To(Succeed())
	case v1alpha1.TagTargetRun:
		Expect(e.user.SetRunTag(ctx, e.mlflow.Version(modelName, "1").RunID, "review", value)).To(Succeed())
	case v1alpha1.TagTargetVersion, "":
		Expect(e.user.SetVersionTag(ctx, modelName, "1", "review", value)).To(Succeed())
	}
}

var _ = Describe("A tag gate", func() {
	DescribeTable("lets a version pass once its tag is as demanded",
		func(ctx SpecContext, of v1alpha1.TagTarget, because string) {
			e := newConnectedEnv(ctx)
			e.registerModel(ctx, nil)
			e.createObject(ctx, newModelWithGates(newReviewGate(of, v1alpha1.TagIn, "passed", "waived")))
			e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
			p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{
				version: "1", reason: "GateFailed", detail: e.fillPlaceholders("1", because),
			}.stalledConditions()...)
			Expect(e.listAliasWrites()).To(BeEmpty())

			e.setReviewTag(ctx, of, "waived")
			requestReconcile(ctx, p)
			waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
		},
		Entry("on the version", v1alpha1.TagTargetVersion,
			`tag review is not set, but must be one of "passed", "waived" (gate review, version 1)`),
		Entry("on the model", v1alpha1.TagTargetModel,
			`tag review is not set, but must be one of "passed", "waived" (gate review, model sentiment)`),
		Entry("on the run", v1alpha1.TagTargetRun,
			`tag review is not set, but must be one of "passed", "waived" (gate review, run RUN)`),
	)

	DescribeTable("refuses a version whose tag is otherwise",
		func(ctx SpecContext, gate v1alpha1.Gate, because string) {
			e := newConnectedEnv(ctx)
			e.registerModel(ctx)
			e.registerRunVersion(ctx, modelName, nil, map[string]string{"review": "failed", "hold": "yes"})
			e.createObject(ctx, newModelWithGates(gate))
			e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
			waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1", reason: "GateFailed", detail: because}.stalledConditions()...)
			Expect(e.listAliasWrites()).To(BeEmpty())
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

	It("passes where nothing is against it", func(ctx SpecContext) {
		absent := v1alpha1.Gate{Name: "no-hold", Tag: &v1alpha1.TagGate{Key: "hold", Operator: v1alpha1.TagDoesNotExist}}
		e := newPromotedEnv(ctx, newModelWithGates(newReviewGate("", v1alpha1.TagNotIn, "failed"), absent), nil)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1"}))
	})
})
