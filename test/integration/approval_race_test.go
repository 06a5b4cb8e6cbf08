// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// held stops the operator at the next request of this kind. It gives what lets it go on.
func (w *world) held(endpoint string) *mlflowtest.Gate {
	gate := w.mlflow.Gate()
	w.mlflow.Fail(mlflowtest.Endpoint(endpoint), gate.Hold().Times(1))
	return gate
}

var _ = Describe("What people say until the last moment", func() {
	It("is that an approval was taken back", func(ctx SpecContext) {
		w := asking(ctx, []v1alpha1.Gate{builder.Approvals(2)}, nil)
		w.asks(ctx, builder.Promotion(toProduction).Version("1"))
		yes := w.says(ctx, builder.Approval("alice"))
		w.waits(ctx, "1", "1 of 2 approvals (alice); "+w.anybody(), "")
		Expect(as("alice").Delete(ctx, yes)).To(Succeed())
		w.waits(ctx, "1", "0 of 2 approvals; "+w.anybody(), "")
		w.says(ctx, builder.Approval("bob"))
		w.waits(ctx, "1", "1 of 2 approvals (bob); "+w.anybody(), "")
		Expect(w.aliasWrites()).To(BeEmpty())
	})

	It("is that an approval was taken back after every gate had passed", func(ctx SpecContext) {
		w := asking(ctx, []v1alpha1.Gate{builder.Approvals(1)}, nil)
		w.asks(ctx, builder.Promotion(toProduction).Version("1"))
		w.waits(ctx, "1", "0 of 1 approvals; "+w.anybody(), "")
		gate := w.held("GET registered-models/get")
		yes := w.says(ctx, builder.Approval("alice"))
		Eventually(gate.Arrived()).WithContext(ctx).Should(Receive())
		Expect(w.readPromotion(ctx).Status.Underway).NotTo(BeNil())
		Expect(as("alice").Delete(ctx, yes)).To(Succeed())
		gate.Open()
		Eventually(func() *v1alpha1.PromotionRecord { return w.readPromotion(ctx).Status.Underway }).WithContext(ctx).Should(BeNil())
		w.waits(ctx, "1", "0 of 1 approvals; "+w.anybody(), "")
		Expect(w.aliasWrites()).To(BeEmpty())
	})

	It("is that somebody rejected after every gate had passed", func(ctx SpecContext) {
		w := asking(ctx, []v1alpha1.Gate{builder.Approvals(1)}, nil)
		w.asks(ctx, builder.Promotion(toProduction).Version("1"))
		w.waits(ctx, "1", "0 of 1 approvals; "+w.anybody(), "")
		gate := w.held("GET registered-models/get")
		w.says(ctx, builder.Approval("alice"))
		Eventually(gate.Arrived()).WithContext(ctx).Should(Receive())
		w.says(ctx, builder.Approval("bob").Name("stop").Reject(""))
		gate.Open()
		shows(ctx, w.promotion(toProduction), verdict{
			version: "1", reason: "GateFailed",
			because: "version 1 was rejected by bob, and stays out until PromotionApproval stop is deleted (gate sign-off)",
		}.stalled()...)
		Expect(w.aliasWrites()).To(BeEmpty())
	})

	It("is about the model that was there, not about another one of its name", func(ctx SpecContext) {
		w := asking(ctx, []v1alpha1.Gate{builder.Approvals(2)}, nil)
		w.asks(ctx, builder.Promotion(toProduction).Version("1"))
		p := w.waits(ctx, "1", "0 of 2 approvals; "+w.anybody(), "")
		w.says(ctx, builder.Approval("alice").Name("general"))
		w.says(ctx, builder.Approval("bob").Promotion("other"))
		w.waits(ctx, "1", "1 of 2 approvals (alice); "+w.anybody(), "")

		By("creating the model anew, by the clock an hour later")
		w.later(2 * time.Hour)
		Expect(w.user.DeleteModel(ctx, modelName)).To(Succeed())
		w.registered(ctx, nil)
		w.poll()
		shows(ctx, w.model(modelName), synced(modelName)...)
		edit(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.ExpectedCurrentVersion = "7" })
		w.waits(ctx, "1", "0 of 2 approvals; "+w.anybody(),
			"; not counted: general by alice (older than the version in MLflow: approve again)")
	})
})

var _ = Describe("A rollback of a version that people had approved", func() {
	It("asks nobody again, but for a no", func(ctx SpecContext) {
		w := asking(ctx, []v1alpha1.Gate{builder.Approvals(1)}, nil, nil)
		p := w.asks(ctx, builder.Promotion(toProduction).Version("1"))
		first, second := w.says(ctx, builder.Approval("alice")), w.says(ctx, builder.Approval("alice").Version("2"))
		shows(ctx, p, verdict{version: "1"}.holds()...)
		w.promote(ctx, toProduction, "2")
		shows(ctx, p, verdict{version: "2"}.holds()...)
		for _, approval := range []*v1alpha1.PromotionApproval{first, second} {
			Expect(as("alice").Delete(ctx, approval)).To(Succeed())
		}
		no := w.says(ctx, builder.Approval("bob").Name("no").Reject("it leaks"))

		w.promote(ctx, toProduction, "1")
		shows(ctx, p, verdict{
			version: "1", reason: "GateFailed", keeps: "version 2",
			because: "version 1 was rejected by bob (it leaks), and stays out until PromotionApproval no is deleted (gate sign-off)",
		}.stalled()...)
		Expect(as("bob").Delete(ctx, no)).To(Succeed())
		p = shows(ctx, p, verdict{version: "1", reason: "RolledBack"}.holds()...)
		Expect(p.Status.Gates).To(ContainElement(HaveField("Message",
			"version 1 has held stage production before with every gate passed, so it need not be approved again (gate sign-off)")))
		Expect(p.Status.History[0].Approvers).To(BeEmpty())
	})
})
