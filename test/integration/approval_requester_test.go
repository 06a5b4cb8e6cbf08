// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// newRequesterExcludedGate asks somebody else than who asks for the version.
func newRequesterExcludedGate() v1alpha1.Gate {
	gate := builder.ApprovalGate(1)
	gate.Approval.ExcludeRequester = new(true)
	return gate
}

var _ = Describe("A gate that excludes who asks", func() {
	It("wants to know who that is, and takes another's approval", func(ctx SpecContext) {
		e := newApprovalEnv(ctx, []v1alpha1.Gate{newRequesterExcludedGate()}, nil)
		p := builder.Promotion(toProduction).Namespace(e.namespace).Version("1").Build()
		Expect(newClientAs("alice").Create(ctx, p)).To(Succeed())
		e.waitUntilOlder(ctx, p)
		e.createApproval(ctx, builder.Approval("alice").Name("own"))
		waitForConditions(ctx, p, expectation{
			version: "1", reason: "WaitingForApproval", detail: "the gate excludes the requester of version 1, but spec.requestedBy is empty: " +
				"the requester must write their own user name there (gate sign-off)",
		}.waitingConditions()...)

		err := e.editPromotionAs(ctx, "alice", func(s *v1alpha1.ModelPromotionSpec) { s.RequestedBy = "bob" })
		Expect(err).To(MatchError(ContainSubstring("requestedBy must be the user who asks for the version: " +
			"you are alice, and requestedBy is bob; write your own name there, or remove it")))
		Expect(e.editPromotionAs(ctx, "alice", func(s *v1alpha1.ModelPromotionSpec) { s.RequestedBy = "alice" })).To(Succeed())
		e.waitForApprovals(ctx, "1", "0 of 1 approvals; "+e.anyoneMessage()+", except alice who requested it,",
			"; not counted: own by alice (requested the version)")
		Expect(e.listAliasWrites()).To(BeEmpty())
		e.createApproval(ctx, builder.Approval("bob"))
		p = waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(p.Status.History[0].Approvers).To(Equal([]v1alpha1.UserName{"bob"}))
	})

	It("is not deceived by an edit of somebody else's request", func(ctx SpecContext) {
		e := newApprovalEnv(ctx, []v1alpha1.Gate{newRequesterExcludedGate()}, nil, nil)
		p := builder.Promotion(toProduction).Namespace(e.namespace).Version("1").RequestedBy("alice").Build()
		Expect(newClientAs("bob").Create(ctx, p.DeepCopy())).NotTo(Succeed())
		Expect(newClientAs("alice").Create(ctx, p)).To(Succeed())
		e.waitUntilOlder(ctx, p)
		e.waitForApprovals(ctx, "1", "0 of 1 approvals; "+e.anyoneMessage()+", except alice who requested it,", "")

		By("letting bob ask for another version in alice's name")
		forAnother := MatchError(ContainSubstring("you are bob, and requestedBy is alice"))
		Expect(e.editPromotionAs(ctx, "bob", func(s *v1alpha1.ModelPromotionSpec) { s.Version = "2" })).To(forAnother)
		Expect(e.editPromotionAs(ctx, "bob", func(s *v1alpha1.ModelPromotionSpec) {
			s.Version, s.VersionFrom = "", &v1alpha1.VersionFrom{Latest: &v1alpha1.LatestVersion{}}
		})).To(forAnother)
		Expect(e.editPromotionAs(ctx, "bob", func(s *v1alpha1.ModelPromotionSpec) {
			s.Override = &v1alpha1.Override{Version: "1", Gates: []string{"sign-off"}, Reason: overrideReason}
		})).To(forAnother)

		By("letting bob edit what says nothing of the version")
		Expect(e.editPromotionAs(ctx, "bob", func(s *v1alpha1.ModelPromotionSpec) { s.Suspend = new(true) })).To(Succeed())
		Expect(e.editPromotionAs(ctx, "bob", func(s *v1alpha1.ModelPromotionSpec) { s.Suspend = nil })).To(Succeed())
		e.createApproval(ctx, builder.Approval("alice").Name("own"))
		e.waitForApprovals(ctx, "1", "0 of 1 approvals; "+e.anyoneMessage()+", except alice who requested it,",
			"; not counted: own by alice (requested the version)")

		By("letting bob ask in his own name")
		Expect(e.editPromotionAs(ctx, "bob", func(s *v1alpha1.ModelPromotionSpec) { s.Version, s.RequestedBy = "2", "bob" })).To(Succeed())
		e.createApproval(ctx, builder.Approval("alice").Version("2"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "2"}.promotedConditions()...)
	})
})
