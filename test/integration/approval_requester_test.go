// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// fourEyes asks somebody else than who asks for the version.
func fourEyes() v1alpha1.Gate {
	gate := builder.Approvals(1)
	gate.Approval.ExcludeRequester = new(true)
	return gate
}

var _ = Describe("A gate that excludes who asks", func() {
	It("wants to know who that is, and takes another's approval", func(ctx SpecContext) {
		w := asking(ctx, []v1alpha1.Gate{fourEyes()}, nil)
		p := builder.Promotion(toProduction).Namespace(w.namespace).Version("1").Build()
		Expect(as("alice").Create(ctx, p)).To(Succeed())
		w.younger(ctx, p)
		w.says(ctx, builder.Approval("alice").Name("own"))
		shows(ctx, p, verdict{
			version: "1", reason: "WaitingForApproval", because: "the gate excludes who asked for version 1, and spec.requestedBy names nobody: " +
				"whoever wants the version writes their own user name there (gate sign-off)",
		}.waits()...)

		err := w.editAs(ctx, "alice", func(s *v1alpha1.ModelPromotionSpec) { s.RequestedBy = "bob" })
		Expect(err).To(MatchError(ContainSubstring("requestedBy must be the user who asks for the version: " +
			"you are alice, and requestedBy is bob; write your own name there, or remove it")))
		Expect(w.editAs(ctx, "alice", func(s *v1alpha1.ModelPromotionSpec) { s.RequestedBy = "alice" })).To(Succeed())
		w.waits(ctx, "1", "0 of 1 approvals; "+w.anybody()+", but alice who asked for it,",
			"; not counted: own by alice (asked for the version)")
		Expect(w.aliasWrites()).To(BeEmpty())
		w.says(ctx, builder.Approval("bob"))
		p = shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		Expect(p.Status.History[0].Approvers).To(Equal([]v1alpha1.UserName{"bob"}))
	})

	It("is not deceived by an edit of somebody else's request", func(ctx SpecContext) {
		w := asking(ctx, []v1alpha1.Gate{fourEyes()}, nil, nil)
		p := builder.Promotion(toProduction).Namespace(w.namespace).Version("1").RequestedBy("alice").Build()
		Expect(as("bob").Create(ctx, p.DeepCopy())).NotTo(Succeed())
		Expect(as("alice").Create(ctx, p)).To(Succeed())
		w.younger(ctx, p)
		w.waits(ctx, "1", "0 of 1 approvals; "+w.anybody()+", but alice who asked for it,", "")

		By("letting bob ask for another version in alice's name")
		forAnother := MatchError(ContainSubstring("you are bob, and requestedBy is alice"))
		Expect(w.editAs(ctx, "bob", func(s *v1alpha1.ModelPromotionSpec) { s.Version = "2" })).To(forAnother)
		Expect(w.editAs(ctx, "bob", func(s *v1alpha1.ModelPromotionSpec) {
			s.Version, s.VersionFrom = "", &v1alpha1.VersionFrom{Latest: &v1alpha1.LatestVersion{}}
		})).To(forAnother)
		Expect(w.editAs(ctx, "bob", func(s *v1alpha1.ModelPromotionSpec) {
			s.Override = &v1alpha1.Override{Version: "1", Gates: []string{"sign-off"}, Reason: overrideReason}
		})).To(forAnother)

		By("letting bob edit what says nothing of the version")
		Expect(w.editAs(ctx, "bob", func(s *v1alpha1.ModelPromotionSpec) { s.Suspend = new(true) })).To(Succeed())
		Expect(w.editAs(ctx, "bob", func(s *v1alpha1.ModelPromotionSpec) { s.Suspend = nil })).To(Succeed())
		w.says(ctx, builder.Approval("alice").Name("own"))
		w.waits(ctx, "1", "0 of 1 approvals; "+w.anybody()+", but alice who asked for it,",
			"; not counted: own by alice (asked for the version)")

		By("letting bob ask in his own name")
		Expect(w.editAs(ctx, "bob", func(s *v1alpha1.ModelPromotionSpec) { s.Version, s.RequestedBy = "2", "bob" })).To(Succeed())
		w.says(ctx, builder.Approval("alice").Version("2"))
		shows(ctx, w.promotion(toProduction), verdict{version: "2"}.holds()...)
	})
})
