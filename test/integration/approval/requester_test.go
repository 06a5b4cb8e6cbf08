// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package approval

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// newRequesterExcludedGate returns an approval gate that excludes the requester.
func newRequesterExcludedGate() v1alpha1.Gate {
	gate := builder.ApprovalGate(1)
	gate.Approval.ExcludeRequester = new(true)
	return gate
}

// requesterNotCountedMessage says that the approval of the requester does not count.
const requesterNotCountedMessage = "; not counted: own by alice (requested the version)"

var _ = Describe("A gate that excludes the requester", func() {
	It("requires the requester's name, and accepts the approval of another user", func(ctx SpecContext) {
		e := env.NewWithApprovalPolicy(ctx, []v1alpha1.Gate{newRequesterExcludedGate()}, nil)
		p := builder.Promotion(env.ToProduction).Namespace(e.Namespace).Version("1").Build()
		Expect(env.NewClientAs("alice").Create(ctx, p)).To(Succeed())
		e.WaitUntilOlder(ctx, p)
		e.CreateApproval(ctx, builder.Approval("alice").Name("own"))
		env.WaitForConditions(ctx, p, env.Expectation{
			Version: "1", Reason: "WaitingForApproval", Detail: "the gate excludes the requester of version 1, but spec.requestedBy is empty: " +
				"the requester must write their own user name there (gate sign-off)",
		}.WaitingConditions()...)

		err := editPromotionAs(ctx, e, "alice", func(s *v1alpha1.ModelPromotionSpec) { s.RequestedBy = "bob" })
		Expect(err).To(MatchError(ContainSubstring("requestedBy must be the user who asks for the version: " +
			"you are alice, and requestedBy is bob; write your own name there, or remove it")))
		Expect(editPromotionAs(ctx, e, "alice", func(s *v1alpha1.ModelPromotionSpec) { s.RequestedBy = "alice" })).To(Succeed())
		waitForApprovals(ctx, e, "1", "0 of 1 approvals; "+anyoneMessage(e)+", except alice who requested it,",
			requesterNotCountedMessage)
		Expect(e.ListAliasWrites()).To(BeEmpty())
		e.CreateApproval(ctx, builder.Approval("bob"))
		p = e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(p.Status.History[0].Approvers).To(Equal([]v1alpha1.UserName{"bob"}))
	})

	It("is not bypassed by an edit of another user's request", func(ctx SpecContext) {
		e := env.NewWithApprovalPolicy(ctx, []v1alpha1.Gate{newRequesterExcludedGate()}, nil, nil)
		p := builder.Promotion(env.ToProduction).Namespace(e.Namespace).Version("1").RequestedBy("alice").Build()
		Expect(env.NewClientAs("bob").Create(ctx, p.DeepCopy())).NotTo(Succeed())
		Expect(env.NewClientAs("alice").Create(ctx, p)).To(Succeed())
		e.WaitUntilOlder(ctx, p)
		waitForApprovals(ctx, e, "1", "0 of 1 approvals; "+anyoneMessage(e)+", except alice who requested it,", "")

		By("letting bob request another version in alice's name")
		forAnother := MatchError(ContainSubstring("you are bob, and requestedBy is alice"))
		Expect(editPromotionAs(ctx, e, "bob", func(s *v1alpha1.ModelPromotionSpec) { s.Version = "2" })).To(forAnother)
		Expect(editPromotionAs(ctx, e, "bob", func(s *v1alpha1.ModelPromotionSpec) {
			s.Version, s.VersionFrom = "", &v1alpha1.VersionFrom{Latest: &v1alpha1.LatestVersion{}}
		})).To(forAnother)
		Expect(editPromotionAs(ctx, e, "bob", func(s *v1alpha1.ModelPromotionSpec) {
			s.Override = &v1alpha1.Override{Version: "1", Gates: []string{"sign-off"}, Reason: env.OverrideReason}
		})).To(forAnother)

		By("letting bob edit a field that does not select the version")
		Expect(editPromotionAs(ctx, e, "bob", func(s *v1alpha1.ModelPromotionSpec) { s.Suspend = new(true) })).To(Succeed())
		Expect(editPromotionAs(ctx, e, "bob", func(s *v1alpha1.ModelPromotionSpec) { s.Suspend = nil })).To(Succeed())
		e.CreateApproval(ctx, builder.Approval("alice").Name("own"))
		waitForApprovals(ctx, e, "1", "0 of 1 approvals; "+anyoneMessage(e)+", except alice who requested it,",
			requesterNotCountedMessage)

		By("letting bob request it in his own name")
		Expect(editPromotionAs(ctx, e, "bob", func(s *v1alpha1.ModelPromotionSpec) { s.Version, s.RequestedBy = "2", "bob" })).To(Succeed())
		e.CreateApproval(ctx, builder.Approval("alice").Version("2"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "2"}.PromotedConditions()...)
	})
})
