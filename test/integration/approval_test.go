// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"encoding/json"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("A gate that asks people", func() {
	It("lets a version pass that somebody approved, and names them", func(ctx SpecContext) {
		e := newApprovalEnv(ctx, []v1alpha1.Gate{builder.ApprovalGate(1)}, nil)
		e.createPromotion(ctx, builder.Promotion(toProduction).Version("1"))
		p := e.waitForApprovals(ctx, "1", "0 of 1 approvals; "+e.anyoneMessage(), "")
		Expect(e.listAliasWrites()).To(BeEmpty())
		e.createApproval(ctx, builder.Approval("alice@example.com").EvidenceDigest(p.Status.EvidenceDigest))

		p = waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1"}))
		Expect(p.Status.History[0].Approvers).To(Equal([]v1alpha1.UserName{"alice@example.com"}))
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "sign-off", Type: "Approval", Result: "Passed", Origin: "Stage", Observed: "alice@example.com", Expected: "1 approval",
			Message: "version 1 was approved by alice@example.com (gate sign-off)",
		}))
		var evidence map[string]any
		tag := e.mlflow.Version(modelName, "1").Tags["registry.mlflow-operator.io/promotion.production"]
		Expect(json.Unmarshal([]byte(tag), &evidence)).To(Succeed())
		Expect(evidence["approvers"]).To(Equal([]any{"alice@example.com"}))
	})

	It("says what to run, which a person can run as it is", func(ctx SpecContext) {
		e := newApprovalEnv(ctx, []v1alpha1.Gate{builder.GreaterThanGate("accuracy", "0.85"), builder.ApprovalGate(1)}, metrics{"accuracy": "0.9"})
		e.createPromotion(ctx, builder.Promotion(toProduction).Version("1"))
		p := e.waitForApprovals(ctx, "1", "0 of 1 approvals; "+e.anyoneMessage(), "")
		_, after, _ := strings.Cut(readyMessage(p), " may approve it: ")
		command, _, _ := strings.Cut(after, " (gate sign-off)")
		e.runCommand(ctx, "oidc:alice@example.com", command)
		p = waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
		Expect(p.Status.History[0].Approvers).To(Equal([]v1alpha1.UserName{"oidc:alice@example.com"}))
	})

	It("takes nobody's word for who they are", func(ctx SpecContext) {
		e := newApprovalEnv(ctx, []v1alpha1.Gate{builder.ApprovalGate(1)}, nil)
		e.createPromotion(ctx, builder.Promotion(toProduction).Version("1"))
		e.waitForApprovals(ctx, "1", "0 of 1 approvals; "+e.anyoneMessage(), "")
		forged := builder.Approval("alice").Namespace(e.namespace).Build()
		err := newClientAs("mallory").Create(ctx, forged)
		Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%v", err)
		Expect(err).To(MatchError(ContainSubstring("approver must be the user who creates the approval: you are mallory, and approver is alice")))
	})

	It("asks again when there is new evidence", func(ctx SpecContext) {
		gates := []v1alpha1.Gate{builder.GreaterThanGate("accuracy", "0.85"), builder.ApprovalGate(2, "alice", "bob")}
		e := newApprovalEnv(ctx, gates, metrics{"accuracy": "0.9"})
		e.createPromotion(ctx, builder.Promotion(toProduction).Version("1"))
		p := e.waitForApprovals(ctx, "1", "0 of 2 approvals; alice or bob", "")
		before := p.Status.EvidenceDigest
		e.createApproval(ctx, builder.Approval("alice").Name("signed").EvidenceDigest(before))
		p = e.waitForApprovals(ctx, "1", "1 of 2 approvals (alice); bob", "")

		run := e.mlflow.Version(modelName, "1").RunID
		Expect(e.user.LogMetric(ctx, run, mlflowtest.Point{Key: "accuracy", Value: "0.99", Timestamp: e.metricTime + 1, Step: 1})).To(Succeed())
		requestReconcile(ctx, p)
		p = e.waitForApprovals(ctx, "1", "0 of 2 approvals; alice or bob", "; not counted: signed by alice (names other evidence)")
		Expect(p.Status.EvidenceDigest).NotTo(Equal(before))
		e.createApproval(ctx, builder.Approval("alice").EvidenceDigest(p.Status.EvidenceDigest))
		e.createApproval(ctx, builder.Approval("bob"))
		p = waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
		Expect(p.Status.History[0].Approvers).To(Equal([]v1alpha1.UserName{"alice", "bob"}))
	})

	It("asks for each version", func(ctx SpecContext) {
		e := newApprovalEnv(ctx, []v1alpha1.Gate{builder.ApprovalGate(1)}, nil, nil)
		p := e.createPromotion(ctx, builder.Promotion(toProduction).Version("1"))
		e.createApproval(ctx, builder.Approval("alice"))
		waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
		e.setVersion(ctx, toProduction, "2")
		e.waitForApprovalsBehind(ctx, "version 1", "2", "0 of 1 approvals; "+e.anyoneMessage(), "")
		e.createApproval(ctx, builder.Approval("alice").Promotion("another").Version("2"))
		e.createApproval(ctx, builder.Approval("alice").Version("2"))
		waitForConditions(ctx, p, expectation{version: "2"}.promotedConditions()...)
	})

	It("does not take a yes to another promotion of the same name", func(ctx SpecContext) {
		e := newApprovalEnv(ctx, []v1alpha1.Gate{builder.ApprovalGate(1, "alice")}, nil)
		e.createApproval(ctx, builder.Approval("alice").Name("early"))
		e.createPromotion(ctx, builder.Promotion(toProduction).Version("1"))
		e.waitForApprovals(ctx, "1", "0 of 1 approvals; alice", "; not counted: early by alice (older than the promotion: approve again)")
		e.createApproval(ctx, builder.Approval("alice"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
	})

	It("keeps a version out that somebody rejected, until that is taken back", func(ctx SpecContext) {
		e := newApprovalEnv(ctx, []v1alpha1.Gate{builder.ApprovalGate(1, "alice")}, nil)
		no := e.createApproval(ctx, builder.Approval("mallory").Name("no").Reject("it leaks"))
		e.createPromotion(ctx, builder.Promotion(toProduction).Version("1"))
		e.createApproval(ctx, builder.Approval("alice"))
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{
			version: "1", reason: "GateFailed",
			detail: "version 1 was rejected by mallory (it leaks), and is blocked until PromotionApproval no is deleted (gate sign-off)",
		}.stalledConditions()...)
		Expect(e.listAliasWrites()).To(BeEmpty())
		Expect(newClientAs("mallory").Delete(ctx, no)).To(Succeed())
		waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
	})

	It("counts a person once, and only those whom it names", func(ctx SpecContext) {
		e := newApprovalEnv(ctx, []v1alpha1.Gate{builder.ApprovalGate(2, "alice", "bob", "carol")}, nil)
		e.createPromotion(ctx, builder.Promotion(toProduction).Version("1"))
		e.createApproval(ctx, builder.Approval("alice"))
		e.createApproval(ctx, builder.Approval("alice"))
		e.createApproval(ctx, builder.Approval("dave").Name("helpful"))
		e.waitForApprovals(ctx, "1", "1 of 2 approvals (alice); bob or carol", "; not counted: helpful by dave (not among the approvers)")
		Expect(e.listAliasWrites()).To(BeEmpty())
		e.createApproval(ctx, builder.Approval("carol"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
	})

	It("counts the account that applies what Git holds", func(ctx SpecContext) {
		const argo = "system:serviceaccount:argocd:argocd-application-controller"
		e := newApprovalEnv(ctx, []v1alpha1.Gate{builder.ApprovalGate(1, argo)}, nil)
		e.createPromotion(ctx, builder.Promotion(toProduction).Version("1"))
		e.createApproval(ctx, builder.Approval(argo))
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(p.Status.History[0].Approvers).To(Equal([]v1alpha1.UserName{argo}))
	})
})
