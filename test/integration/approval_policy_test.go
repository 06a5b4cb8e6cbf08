// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// noPolicyMessage is the message of the gate if no policy is in force.
func (e *env) noPolicyMessage() string {
	return "no ValidatingAdmissionPolicy enforces spec.approver in namespace " + e.namespace + ": apply config/policy"
}

// waitForGateError waits until the gate answers Error, and tells why.
func (e *env) waitForGateError(ctx SpecContext, why string) {
	GinkgoHelper()
	v := expectation{version: "1", reason: "GateError", detail: "no approval counts: " + why + " (gate sign-off)"}
	because := v.detail
	waitForConditions(ctx, e.promotionObject(toProduction),
		"Ready=False GateError: "+because,
		"Reconciling=True GateError: "+because,
		v.candidateResolvedLine(),
		"GatesPassed=False GateError: "+because,
		"Promoted=Unknown GateError: not known while GatesPassed is False")
	Expect(e.listAliasWrites()).To(BeEmpty())
}

// removePolicy removes the policy until the story ends, or gives what puts it back before.
func removePolicy(ctx SpecContext) (restore func()) {
	GinkgoHelper()
	Expect(controlPlane.RemovePolicy(ctx)).To(Succeed())
	gone := true
	DeferCleanup(func(ctx SpecContext) {
		if gone {
			Expect(controlPlane.InstallPolicy(ctx)).To(Succeed())
		}
	})
	return func() {
		GinkgoHelper()
		gone = false
		Expect(controlPlane.InstallPolicy(ctx)).To(Succeed())
	}
}

// createForgedApproval is an approval in alice's name that mallory creates while nothing keeps them from it.
func (e *env) createForgedApproval(ctx SpecContext) {
	GinkgoHelper()
	Expect(newClientAs("mallory").Create(ctx, builder.Approval("alice").Name("forged").Namespace(e.namespace).Build())).To(Succeed())
}

var forgedNotCountedMessage = "; not counted: forged by alice (older than the proof that user names are authentic: approve again)"

var _ = Describe("Without the policy that makes user names authentic", func() {
	It("no approval counts from the start, nor afterwards what was created before", func(ctx SpecContext) {
		restore := removePolicy(ctx)
		restartOperator(controlPlane.Config)
		e := newApprovalEnv(ctx, []v1alpha1.Gate{builder.ApprovalGate(1, "alice")}, nil)
		e.createPromotion(ctx, builder.Promotion(toProduction).Version("1"))
		e.createForgedApproval(ctx)
		e.waitForGateError(ctx, e.noPolicyMessage())

		restore()
		e.waitForApprovals(ctx, "1", "0 of 1 approvals; alice", forgedNotCountedMessage)
		e.createApproval(ctx, builder.Approval("alice"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
	})

	It("no approval counts that is forged while the policy is away", func(ctx SpecContext) {
		e := newApprovalEnv(ctx, []v1alpha1.Gate{builder.ApprovalGate(1, "alice")}, nil)
		e.createPromotion(ctx, builder.Promotion(toProduction).Version("1"))
		e.waitForApprovals(ctx, "1", "0 of 1 approvals; alice", "")
		restore := removePolicy(ctx)
		e.createForgedApproval(ctx)
		e.waitForGateError(ctx, e.noPolicyMessage())

		restore()
		e.waitForApprovals(ctx, "1", "0 of 1 approvals; alice", forgedNotCountedMessage)
		Expect(e.listAliasWrites()).To(BeEmpty())
		e.createApproval(ctx, builder.Approval("alice"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
	})

	It("no approval counts where it is bound to other namespaces, or to some objects only", func(ctx SpecContext) {
		e := newApprovalEnv(ctx, []v1alpha1.Gate{builder.ApprovalGate(1)}, nil)
		binding := &admissionv1.ValidatingAdmissionPolicyBinding{ObjectMeta: metav1.ObjectMeta{Name: "authentic-users"}}
		limit := func(m *admissionv1.MatchResources) {
			editObject(ctx, binding, func(b *admissionv1.ValidatingAdmissionPolicyBinding) { b.Spec.MatchResources = m })
		}
		DeferCleanup(func(ctx SpecContext) {
			Expect(controlPlane.RemovePolicy(ctx)).To(Succeed())
			Expect(controlPlane.InstallPolicy(ctx)).To(Succeed())
		})
		limit(&admissionv1.MatchResources{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"guarded": "yes"}}})
		Eventually(func() error {
			return newClientAs("mallory").Create(ctx, builder.Approval("alice").Namespace(e.namespace).Build(), client.DryRunAll)
		}).WithContext(ctx).Should(Succeed())
		e.createPromotion(ctx, builder.Promotion(toProduction).Version("1"))
		e.waitForGateError(ctx, e.noPolicyMessage())

		limit(&admissionv1.MatchResources{ObjectSelector: &metav1.LabelSelector{
			MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "trusted", Operator: metav1.LabelSelectorOpDoesNotExist}},
		}})
		e.waitForGateError(ctx, "ValidatingAdmissionPolicy authentic-users with binding authentic-users rejects a forged approval in namespace "+
			e.namespace+", but is not the shipped policy: the binding excludes some objects; apply config/policy")

		By("binding it as it was, after an approval was forged that nobody looked at")
		forgery := builder.Approval("alice").Name("forged").Namespace(e.namespace).Build()
		forgery.Labels = map[string]string{"trusted": "yes"}
		Expect(newClientAs("mallory").Create(ctx, forgery)).To(Succeed())
		limit(nil)
		e.waitForGateError(ctx, "ValidatingAdmissionPolicy authentic-users with binding authentic-users rejects a forged approval in namespace "+
			e.namespace+", but is not the shipped policy: the binding was edited after its creation, "+
			"so that nothing records since when its rules apply: delete it first; apply config/policy")
		Expect(controlPlane.RemovePolicy(ctx)).To(Succeed())
		Expect(controlPlane.InstallPolicy(ctx)).To(Succeed())
		e.waitForApprovals(ctx, "1", "0 of 1 approvals; "+e.anyoneMessage(), forgedNotCountedMessage)
	})

	It("a stage is still put right that another hand moved", func(ctx SpecContext) {
		e := newApprovalEnv(ctx, []v1alpha1.Gate{builder.ApprovalGate(1)}, nil, nil)
		e.createPromotion(ctx, builder.Promotion(toProduction).Version("1"))
		e.createApproval(ctx, builder.Approval("alice"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		removePolicy(ctx)
		Expect(e.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		e.pollNow()
		e.waitForHistory(ctx, toProduction, "DriftReverted 1 after 2", "Promoted 1 after none")
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(p.Status.Gates).To(ContainElement(HaveField("Message",
			"not evaluated (gate sign-off); exempt: version 1 is recorded as the holder of stage production, "+
				"so it need not be approved again")))
	})
})
