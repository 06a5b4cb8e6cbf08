// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package approval

import (
	"encoding/json"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var _ = Describe("An approval gate", func() {
	It("passes after an approval, and names the approver", func(ctx SpecContext) {
		e := env.NewWithApprovalPolicy(ctx, []v1alpha1.Gate{builder.ApprovalGate(1)}, nil)
		e.CreatePromotion(ctx, builder.Promotion(env.ToProduction).Version("1"))
		p := waitForApprovals(ctx, e, "1", "0 of 1 approvals; "+anyoneMessage(e), "")
		Expect(e.ListAliasWrites()).To(BeEmpty())
		e.CreateApproval(ctx, builder.Approval("alice@example.com").EvidenceDigest(p.Status.EvidenceDigest))

		p = env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))
		Expect(p.Status.History[0].Approvers).To(Equal([]v1alpha1.UserName{"alice@example.com"}))
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "sign-off", Type: "Approval", Result: "Passed", Origin: "Stage", Observed: "alice@example.com", Expected: "1 approval",
			Message: "version 1 was approved by alice@example.com (gate sign-off)",
		}))
		var evidence map[string]any
		tag := e.MLflow.Version(env.ModelName, "1").Tags["registry.mlflow-operator.io/promotion.production"]
		Expect(json.Unmarshal([]byte(tag), &evidence)).To(Succeed())
		Expect(evidence["approvers"]).To(Equal([]any{"alice@example.com"}))
	})

	It("shows a command that a user can run", func(ctx SpecContext) {
		e := env.NewWithApprovalPolicy(ctx, []v1alpha1.Gate{builder.GreaterThanGate("accuracy", "0.85"), builder.ApprovalGate(1)},
			env.Metrics{"accuracy": "0.9"})
		e.CreatePromotion(ctx, builder.Promotion(env.ToProduction).Version("1"))
		p := waitForApprovals(ctx, e, "1", "0 of 1 approvals; "+anyoneMessage(e), "")
		_, after, _ := strings.Cut(readyMessage(p), " may approve it: ")
		command, _, _ := strings.Cut(after, " (gate sign-off)")
		runCommand(ctx, e, "oidc:alice@example.com", command)
		p = env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(p.Status.History[0].Approvers).To(Equal([]v1alpha1.UserName{"oidc:alice@example.com"}))
	})

	It("does not accept a forged approver", func(ctx SpecContext) {
		e := env.NewWithApprovalPolicy(ctx, []v1alpha1.Gate{builder.ApprovalGate(1)}, nil)
		e.CreatePromotion(ctx, builder.Promotion(env.ToProduction).Version("1"))
		waitForApprovals(ctx, e, "1", "0 of 1 approvals; "+anyoneMessage(e), "")
		forged := builder.Approval("alice").Namespace(e.Namespace).Build()
		err := env.NewClientAs("mallory").Create(ctx, forged)
		Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%v", err)
		Expect(err).To(MatchError(ContainSubstring("approver must be the user who creates the approval: you are mallory, and approver is alice")))
	})

	It("requires new approvals for new evidence", func(ctx SpecContext) {
		gates := []v1alpha1.Gate{builder.GreaterThanGate("accuracy", "0.85"), builder.ApprovalGate(2, "alice", "bob")}
		e := env.NewWithApprovalPolicy(ctx, gates, env.Metrics{"accuracy": "0.9"})
		e.CreatePromotion(ctx, builder.Promotion(env.ToProduction).Version("1"))
		p := waitForApprovals(ctx, e, "1", "0 of 2 approvals; alice or bob", "")
		before := p.Status.EvidenceDigest
		e.CreateApproval(ctx, builder.Approval("alice").Name("signed").EvidenceDigest(before))
		p = waitForApprovals(ctx, e, "1", "1 of 2 approvals (alice); bob", "")

		run := e.MLflow.Version(env.ModelName, "1").RunID
		Expect(e.User.LogMetric(ctx, run, mlflowtest.Point{Key: "accuracy", Value: "0.99", Timestamp: e.MetricTime + 1, Step: 1})).To(Succeed())
		env.RequestReconcile(ctx, p)
		p = waitForApprovals(ctx, e, "1", "0 of 2 approvals; alice or bob", "; not counted: signed by alice (names other evidence)")
		Expect(p.Status.EvidenceDigest).NotTo(Equal(before))
		e.CreateApproval(ctx, builder.Approval("alice").EvidenceDigest(p.Status.EvidenceDigest))
		e.CreateApproval(ctx, builder.Approval("bob"))
		p = env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(p.Status.History[0].Approvers).To(Equal([]v1alpha1.UserName{"alice", "bob"}))
	})

	It("requires an approval for each version", func(ctx SpecContext) {
		e := env.NewWithApprovalPolicy(ctx, []v1alpha1.Gate{builder.ApprovalGate(1)}, nil, nil)
		p := e.CreatePromotion(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.CreateApproval(ctx, builder.Approval("alice"))
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
		e.SetVersion(ctx, env.ToProduction, "2")
		waitForApprovalsBehind(ctx, e, "version 1", "2", "0 of 1 approvals; "+anyoneMessage(e), "")
		e.CreateApproval(ctx, builder.Approval("alice").Promotion("another").Version("2"))
		e.CreateApproval(ctx, builder.Approval("alice").Version("2"))
		env.WaitForConditions(ctx, p, env.Expectation{Version: "2"}.PromotedConditions()...)
	})

	It("does not count an approval that is older than the promotion", func(ctx SpecContext) {
		e := env.NewWithApprovalPolicy(ctx, []v1alpha1.Gate{builder.ApprovalGate(1, "alice")}, nil)
		e.CreateApproval(ctx, builder.Approval("alice").Name("early"))
		e.CreatePromotion(ctx, builder.Promotion(env.ToProduction).Version("1"))
		waitForApprovals(ctx, e, "1", "0 of 1 approvals; alice", "; not counted: early by alice (older than the promotion: approve again)")
		e.CreateApproval(ctx, builder.Approval("alice"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
	})

	It("blocks a version that was rejected, until the rejection is deleted", func(ctx SpecContext) {
		e := env.NewWithApprovalPolicy(ctx, []v1alpha1.Gate{builder.ApprovalGate(1, "alice")}, nil)
		no := e.CreateApproval(ctx, builder.Approval("mallory").Name("no").Reject("it leaks"))
		e.CreatePromotion(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.CreateApproval(ctx, builder.Approval("alice"))
		p := e.WaitForPromotion(ctx, env.Expectation{
			Version: "1", Reason: "GateFailed",
			Detail: "version 1 was rejected by mallory (it leaks), and is blocked until PromotionApproval no is deleted (gate sign-off)",
		}.StalledConditions()...)
		Expect(e.ListAliasWrites()).To(BeEmpty())
		Expect(env.NewClientAs("mallory").Delete(ctx, no)).To(Succeed())
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
	})

	It("counts each approver once, and no other user", func(ctx SpecContext) {
		e := env.NewWithApprovalPolicy(ctx, []v1alpha1.Gate{builder.ApprovalGate(2, "alice", "bob", "carol")}, nil)
		e.CreatePromotion(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.CreateApproval(ctx, builder.Approval("alice"))
		e.CreateApproval(ctx, builder.Approval("alice"))
		e.CreateApproval(ctx, builder.Approval("dave").Name("helpful"))
		waitForApprovals(ctx, e, "1", "1 of 2 approvals (alice); bob or carol", "; not counted: helpful by dave (not among the approvers)")
		Expect(e.ListAliasWrites()).To(BeEmpty())
		e.CreateApproval(ctx, builder.Approval("carol"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
	})

	It("counts a service account", func(ctx SpecContext) {
		const argo = "system:serviceaccount:argocd:argocd-application-controller"
		e := env.NewWithApprovalPolicy(ctx, []v1alpha1.Gate{builder.ApprovalGate(1, argo)}, nil)
		e.CreatePromotion(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.CreateApproval(ctx, builder.Approval(argo))
		p := e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(p.Status.History[0].Approvers).To(Equal([]v1alpha1.UserName{argo}))
	})
})
