// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package approval

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// noPolicyMessage is the message of a namespace without the policy.
func noPolicyMessage(e *env.Env) string {
	return "no ValidatingAdmissionPolicy enforces spec.approver in namespace " + e.Namespace + ": apply config/policy"
}

// waitForGateError waits until the gate has the result Error, with this reason.
func waitForGateError(ctx SpecContext, e *env.Env, why string) {
	GinkgoHelper()
	v := env.Expectation{Version: "1", Reason: "GateError", Detail: "no approval counts: " + why + " (gate sign-off)"}
	because := v.Detail
	e.WaitForPromotion(ctx,
		"Ready=False GateError: "+because,
		"Reconciling=True GateError: "+because,
		v.CandidateResolvedLine(),
		"GatesPassed=False GateError: "+because,
		env.GateErrorPromotedLine)
	Expect(e.ListAliasWrites()).To(BeEmpty())
}

// removePolicy removes the policy until the story ends or calls the returned function.
func removePolicy(ctx SpecContext) (restore func()) {
	GinkgoHelper()
	Expect(env.ControlPlane.RemovePolicy(ctx)).To(Succeed())
	gone := true
	DeferCleanup(func(ctx SpecContext) {
		if gone {
			Expect(env.ControlPlane.InstallPolicy(ctx)).To(Succeed())
		}
	})
	return func() {
		GinkgoHelper()
		gone = false
		Expect(env.ControlPlane.InstallPolicy(ctx)).To(Succeed())
	}
}

// createForgedApproval creates an approval with alice as its approver, as mallory, while the policy is missing.
func createForgedApproval(ctx SpecContext, e *env.Env) {
	GinkgoHelper()
	Expect(env.NewClientAs("mallory").Create(ctx, builder.Approval("alice").Name("forged").Namespace(e.Namespace).Build())).To(Succeed())
}

var forgedNotCountedMessage = "; not counted: forged by alice (older than the proof that user names are authentic: approve again)"

var _ = Describe("Without the policy that makes user names authentic", func() {
	It("no approval counts that was created before the policy", func(ctx SpecContext) {
		restore := removePolicy(ctx)
		env.RestartOperator(env.ControlPlane.Config)
		e := env.NewWithApprovalPolicy(ctx, []v1alpha1.Gate{builder.ApprovalGate(1, "alice")}, nil)
		e.CreatePromotion(ctx, builder.Promotion(env.ToProduction).Version("1"))
		createForgedApproval(ctx, e)
		waitForGateError(ctx, e, noPolicyMessage(e))

		restore()
		waitForApprovals(ctx, e, "1", "0 of 1 approvals; alice", forgedNotCountedMessage)
		e.CreateApproval(ctx, builder.Approval("alice"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
	})

	It("no approval counts that is forged while the policy is missing", func(ctx SpecContext) {
		e := env.NewWithApprovalPolicy(ctx, []v1alpha1.Gate{builder.ApprovalGate(1, "alice")}, nil)
		e.CreatePromotion(ctx, builder.Promotion(env.ToProduction).Version("1"))
		waitForApprovals(ctx, e, "1", "0 of 1 approvals; alice", "")
		restore := removePolicy(ctx)
		createForgedApproval(ctx, e)
		waitForGateError(ctx, e, noPolicyMessage(e))

		restore()
		waitForApprovals(ctx, e, "1", "0 of 1 approvals; alice", forgedNotCountedMessage)
		Expect(e.ListAliasWrites()).To(BeEmpty())
		e.CreateApproval(ctx, builder.Approval("alice"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
	})

	It("no approval counts if the binding excludes the namespace or some objects", func(ctx SpecContext) {
		e := env.NewWithApprovalPolicy(ctx, []v1alpha1.Gate{builder.ApprovalGate(1)}, nil)
		binding := &admissionv1.ValidatingAdmissionPolicyBinding{ObjectMeta: metav1.ObjectMeta{Name: "authentic-users"}}
		limit := func(m *admissionv1.MatchResources) {
			env.EditObject(ctx, binding, func(b *admissionv1.ValidatingAdmissionPolicyBinding) { b.Spec.MatchResources = m })
		}
		DeferCleanup(func(ctx SpecContext) {
			Expect(env.ControlPlane.RemovePolicy(ctx)).To(Succeed())
			Expect(env.ControlPlane.InstallPolicy(ctx)).To(Succeed())
		})
		limit(&admissionv1.MatchResources{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"guarded": "yes"}}})
		Eventually(func() error {
			return env.NewClientAs("mallory").Create(ctx, builder.Approval("alice").Namespace(e.Namespace).Build(), client.DryRunAll)
		}).WithContext(ctx).Should(Succeed())
		e.CreatePromotion(ctx, builder.Promotion(env.ToProduction).Version("1"))
		waitForGateError(ctx, e, noPolicyMessage(e))

		limit(&admissionv1.MatchResources{ObjectSelector: &metav1.LabelSelector{
			MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "trusted", Operator: metav1.LabelSelectorOpDoesNotExist}},
		}})
		waitForGateError(ctx, e, "ValidatingAdmissionPolicy authentic-users with binding authentic-users rejects a forged approval in namespace "+
			e.Namespace+", but is not the shipped policy: the binding excludes some objects; apply config/policy")

		By("restoring the binding after an approval was forged without a reconcile")
		forgery := builder.Approval("alice").Name("forged").Namespace(e.Namespace).Build()
		forgery.Labels = map[string]string{"trusted": "yes"}
		Expect(env.NewClientAs("mallory").Create(ctx, forgery)).To(Succeed())
		limit(nil)
		waitForGateError(ctx, e, "ValidatingAdmissionPolicy authentic-users with binding authentic-users rejects a forged approval in namespace "+
			e.Namespace+", but is not the shipped policy: the binding was edited after its creation, "+
			"so that nothing records since when its rules apply: delete it first; apply config/policy")
		Expect(env.ControlPlane.RemovePolicy(ctx)).To(Succeed())
		Expect(env.ControlPlane.InstallPolicy(ctx)).To(Succeed())
		waitForApprovals(ctx, e, "1", "0 of 1 approvals; "+anyoneMessage(e), forgedNotCountedMessage)
	})

	It("drift is still reverted", func(ctx SpecContext) {
		e := env.NewWithApprovalPolicy(ctx, []v1alpha1.Gate{builder.ApprovalGate(1)}, nil, nil)
		e.CreatePromotion(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.CreateApproval(ctx, builder.Approval("alice"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		removePolicy(ctx)
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "2")).To(Succeed())
		e.PollNow()
		e.WaitForHistory(ctx, env.ToProduction, "DriftReverted 1 after 2", "Promoted 1 after none")
		p := e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(p.Status.Gates).To(ContainElement(HaveField("Message",
			"not evaluated (gate sign-off); exempt: version 1 is the last promoted version of stage production, "+
				"so it need not be approved again")))
	})
})
