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

// blockRequests stops the operator at the next request of this kind. It gives what lets it go on.
func (e *env) blockRequests(endpoint string) *mlflowtest.Barrier {
	gate := e.mlflow.NewBarrier()
	e.mlflow.InjectFault(mlflowtest.CallsTo(endpoint), gate.BlockRequest().Times(1))
	return gate
}

var _ = Describe("What people say until the last moment", func() {
	It("is that an approval was taken back", func(ctx SpecContext) {
		e := newApprovalEnv(ctx, []v1alpha1.Gate{builder.ApprovalGate(2)}, nil)
		e.createPromotion(ctx, builder.Promotion(toProduction).Version("1"))
		yes := e.createApproval(ctx, builder.Approval("alice"))
		e.waitForApprovals(ctx, "1", "1 of 2 approvals (alice); "+e.anyoneMessage(), "")
		Expect(newClientAs("alice").Delete(ctx, yes)).To(Succeed())
		e.waitForApprovals(ctx, "1", "0 of 2 approvals; "+e.anyoneMessage(), "")
		e.createApproval(ctx, builder.Approval("bob"))
		e.waitForApprovals(ctx, "1", "1 of 2 approvals (bob); "+e.anyoneMessage(), "")
		Expect(e.listAliasWrites()).To(BeEmpty())
	})

	It("is that an approval was taken back after every gate had passed", func(ctx SpecContext) {
		e := newApprovalEnv(ctx, []v1alpha1.Gate{builder.ApprovalGate(1)}, nil)
		e.createPromotion(ctx, builder.Promotion(toProduction).Version("1"))
		e.waitForApprovals(ctx, "1", "0 of 1 approvals; "+e.anyoneMessage(), "")
		gate := e.blockRequests("GET registered-models/get")
		yes := e.createApproval(ctx, builder.Approval("alice"))
		Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
		Expect(e.getPromotion(ctx).Status.PendingTransition).NotTo(BeNil())
		Expect(newClientAs("alice").Delete(ctx, yes)).To(Succeed())
		gate.Release()
		Eventually(func() *v1alpha1.PromotionRecord { return e.getPromotion(ctx).Status.PendingTransition }).WithContext(ctx).Should(BeNil())
		e.waitForApprovals(ctx, "1", "0 of 1 approvals; "+e.anyoneMessage(), "")
		Expect(e.listAliasWrites()).To(BeEmpty())
	})

	It("is that somebody rejected after every gate had passed", func(ctx SpecContext) {
		e := newApprovalEnv(ctx, []v1alpha1.Gate{builder.ApprovalGate(1)}, nil)
		e.createPromotion(ctx, builder.Promotion(toProduction).Version("1"))
		e.waitForApprovals(ctx, "1", "0 of 1 approvals; "+e.anyoneMessage(), "")
		gate := e.blockRequests("GET registered-models/get")
		e.createApproval(ctx, builder.Approval("alice"))
		Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
		e.createApproval(ctx, builder.Approval("bob").Name("stop").Reject(""))
		gate.Release()
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{
			version: "1", reason: "GateFailed",
			detail: "version 1 was rejected by bob, and is blocked until PromotionApproval stop is deleted (gate sign-off)",
		}.stalledConditions()...)
		Expect(e.listAliasWrites()).To(BeEmpty())
	})

	It("is about the model that was there, not about another one of its name", func(ctx SpecContext) {
		e := newApprovalEnv(ctx, []v1alpha1.Gate{builder.ApprovalGate(2)}, nil)
		e.createPromotion(ctx, builder.Promotion(toProduction).Version("1"))
		p := e.waitForApprovals(ctx, "1", "0 of 2 approvals; "+e.anyoneMessage(), "")
		e.createApproval(ctx, builder.Approval("alice").Name("general"))
		e.createApproval(ctx, builder.Approval("bob").Promotion("other"))
		e.waitForApprovals(ctx, "1", "1 of 2 approvals (alice); "+e.anyoneMessage(), "")

		By("creating the model anew, by the clock an hour later")
		e.advanceClock(2 * time.Hour)
		Expect(e.user.DeleteModel(ctx, modelName)).To(Succeed())
		e.registerModel(ctx, nil)
		e.pollNow()
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		editObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.ExpectedCurrentVersion = "7" })
		e.waitForApprovals(ctx, "1", "0 of 2 approvals; "+e.anyoneMessage(),
			"; not counted: general by alice (older than the version in MLflow: approve again)")
	})
})

var _ = Describe("A rollback of a version that people had approved", func() {
	It("asks nobody again, but for a no", func(ctx SpecContext) {
		e := newApprovalEnv(ctx, []v1alpha1.Gate{builder.ApprovalGate(1)}, nil, nil)
		p := e.createPromotion(ctx, builder.Promotion(toProduction).Version("1"))
		first, second := e.createApproval(ctx, builder.Approval("alice")), e.createApproval(ctx, builder.Approval("alice").Version("2"))
		waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
		e.setVersion(ctx, toProduction, "2")
		waitForConditions(ctx, p, expectation{version: "2"}.promotedConditions()...)
		for _, approval := range []*v1alpha1.PromotionApproval{first, second} {
			Expect(newClientAs("alice").Delete(ctx, approval)).To(Succeed())
		}
		no := e.createApproval(ctx, builder.Approval("bob").Name("no").Reject("it leaks"))

		e.setVersion(ctx, toProduction, "1")
		waitForConditions(ctx, p, expectation{
			version: "1", reason: "GateFailed", currentVersion: "version 2",
			detail: "version 1 was rejected by bob (it leaks), and is blocked until PromotionApproval no is deleted (gate sign-off)",
		}.stalledConditions()...)
		Expect(newClientAs("bob").Delete(ctx, no)).To(Succeed())
		p = waitForConditions(ctx, p, expectation{version: "1", reason: "RolledBack"}.promotedConditions()...)
		Expect(p.Status.Gates).To(ContainElement(HaveField("Message",
			"not evaluated (gate sign-off); exempt: version 1 has held stage production before with every gate passed, "+
				"so it need not be approved again")))
		Expect(p.Status.History[0].Approvers).To(BeEmpty())
	})
})
