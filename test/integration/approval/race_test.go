// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package approval

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// blockRequests blocks the operator at its next request to an endpoint. The barrier releases it.
func blockRequests(e *env.Env, endpoint string) *mlflowtest.Barrier {
	gate := e.MLflow.NewBarrier()
	e.MLflow.InjectFault(mlflowtest.CallsTo(endpoint), gate.BlockRequest().Times(1))
	return gate
}

var _ = Describe("A change of approvals during an evaluation", func() {
	It("can delete an approval", func(ctx SpecContext) {
		e := env.NewWithApprovalPolicy(ctx, []v1alpha1.Gate{builder.ApprovalGate(2)}, nil)
		e.CreatePromotion(ctx, builder.Promotion(env.ToProduction).Version("1"))
		yes := e.CreateApproval(ctx, builder.Approval("alice"))
		waitForApprovals(ctx, e, "1", "1 of 2 approvals (alice); "+anyoneMessage(e), "")
		Expect(env.NewClientAs("alice").Delete(ctx, yes)).To(Succeed())
		waitForApprovals(ctx, e, "1", "0 of 2 approvals; "+anyoneMessage(e), "")
		e.CreateApproval(ctx, builder.Approval("bob"))
		waitForApprovals(ctx, e, "1", "1 of 2 approvals (bob); "+anyoneMessage(e), "")
		Expect(e.ListAliasWrites()).To(BeEmpty())
	})

	It("can delete an approval after every gate passed", func(ctx SpecContext) {
		e := env.NewWithApprovalPolicy(ctx, []v1alpha1.Gate{builder.ApprovalGate(1)}, nil)
		e.CreatePromotion(ctx, builder.Promotion(env.ToProduction).Version("1"))
		waitForApprovals(ctx, e, "1", "0 of 1 approvals; "+anyoneMessage(e), "")
		gate := blockRequests(e, "GET registered-models/get")
		yes := e.CreateApproval(ctx, builder.Approval("alice"))
		Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
		Expect(e.GetPromotion(ctx).Status.PendingTransition).NotTo(BeNil())
		Expect(env.NewClientAs("alice").Delete(ctx, yes)).To(Succeed())
		gate.Release()
		Eventually(func() *v1alpha1.PromotionRecord { return e.GetPromotion(ctx).Status.PendingTransition }).WithContext(ctx).Should(BeNil())
		waitForApprovals(ctx, e, "1", "0 of 1 approvals; "+anyoneMessage(e), "")
		Expect(e.ListAliasWrites()).To(BeEmpty())
	})

	It("can reject the version after every gate passed", func(ctx SpecContext) {
		e := env.NewWithApprovalPolicy(ctx, []v1alpha1.Gate{builder.ApprovalGate(1)}, nil)
		e.CreatePromotion(ctx, builder.Promotion(env.ToProduction).Version("1"))
		waitForApprovals(ctx, e, "1", "0 of 1 approvals; "+anyoneMessage(e), "")
		gate := blockRequests(e, "GET registered-models/get")
		e.CreateApproval(ctx, builder.Approval("alice"))
		Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
		e.CreateApproval(ctx, builder.Approval("bob").Name("stop").Reject(""))
		gate.Release()
		e.WaitForPromotion(ctx, env.Expectation{
			Version: "1", Reason: "GateFailed",
			Detail: "version 1 was rejected by bob, and is blocked until PromotionApproval stop is deleted (gate sign-off)",
		}.StalledConditions()...)
		Expect(e.ListAliasWrites()).To(BeEmpty())
	})

	It("does not apply to a model that was created again", func(ctx SpecContext) {
		e := env.NewWithApprovalPolicy(ctx, []v1alpha1.Gate{builder.ApprovalGate(2)}, nil)
		e.CreatePromotion(ctx, builder.Promotion(env.ToProduction).Version("1"))
		p := waitForApprovals(ctx, e, "1", "0 of 2 approvals; "+anyoneMessage(e), "")
		e.CreateApproval(ctx, builder.Approval("alice").Name("general"))
		e.CreateApproval(ctx, builder.Approval("bob").Promotion("other"))
		waitForApprovals(ctx, e, "1", "1 of 2 approvals (alice); "+anyoneMessage(e), "")

		By("creating the model again, an hour later by the clock of MLflow")
		e.AdvanceClock(2 * time.Hour)
		Expect(e.User.DeleteModel(ctx, env.ModelName)).To(Succeed())
		e.RegisterModel(ctx, nil)
		e.PollNow()
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		env.EditObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.ExpectedCurrentVersion = "7" })
		waitForApprovals(ctx, e, "1", "0 of 2 approvals; "+anyoneMessage(e),
			"; not counted: general by alice (older than the version in MLflow: approve again)")
	})
})

var _ = Describe("A rollback to a version that was approved", func() {
	It("needs no new approval, but a rejection blocks it", func(ctx SpecContext) {
		e := env.NewWithApprovalPolicy(ctx, []v1alpha1.Gate{builder.ApprovalGate(1)}, nil, nil)
		p := e.CreatePromotion(ctx, builder.Promotion(env.ToProduction).Version("1"))
		first, second := e.CreateApproval(ctx, builder.Approval("alice")), e.CreateApproval(ctx, builder.Approval("alice").Version("2"))
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
		e.SetVersion(ctx, env.ToProduction, "2")
		env.WaitForConditions(ctx, p, env.Expectation{Version: "2"}.PromotedConditions()...)
		for _, approval := range []*v1alpha1.PromotionApproval{first, second} {
			Expect(env.NewClientAs("alice").Delete(ctx, approval)).To(Succeed())
		}
		no := e.CreateApproval(ctx, builder.Approval("bob").Name("no").Reject("it leaks"))

		e.SetVersion(ctx, env.ToProduction, "1")
		env.WaitForConditions(ctx, p, env.Expectation{
			Version: "1", Reason: "GateFailed", CurrentVersion: "version 2",
			Detail: "version 1 was rejected by bob (it leaks), and is blocked until PromotionApproval no is deleted (gate sign-off)",
		}.StalledConditions()...)
		Expect(env.NewClientAs("bob").Delete(ctx, no)).To(Succeed())
		p = env.WaitForConditions(ctx, p, env.Expectation{Version: "1", Reason: "RolledBack"}.PromotedConditions()...)
		Expect(p.Status.Gates).To(ContainElement(HaveField("Message",
			"not evaluated (gate sign-off); exempt: version 1 has held stage production before with every gate passed, "+
				"so it need not be approved again")))
		Expect(p.Status.History[0].Approvers).To(BeEmpty())
	})
})
