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

// noPolicy is the sentence where nothing holds names to who writes them.
func (w *world) noPolicy() string {
	return "no ValidatingAdmissionPolicy holds user names to who writes them in namespace " + w.namespace + ": apply config/policy"
}

// cannotCount waits until the gate answers Error, and tells why.
func (w *world) cannotCount(ctx SpecContext, why string) {
	GinkgoHelper()
	v := verdict{version: "1", reason: "GateError", because: "no approval counts: " + why + " (gate sign-off)"}
	because := v.because
	shows(ctx, w.promotion(toProduction),
		"Ready=False GateError: "+because,
		"Reconciling=True GateError: "+because,
		v.found(),
		"GatesPassed=False GateError: "+because,
		"Promoted=Unknown GateError: not known while GatesPassed is False")
	Expect(w.aliasWrites()).To(BeEmpty())
}

// withoutPolicy removes the policy until the story ends, or gives what puts it back before.
func withoutPolicy(ctx SpecContext) (restore func()) {
	GinkgoHelper()
	Expect(plane.RemovePolicy(ctx)).To(Succeed())
	gone := true
	DeferCleanup(func(ctx SpecContext) {
		if gone {
			Expect(plane.InstallPolicy(ctx)).To(Succeed())
		}
	})
	return func() {
		GinkgoHelper()
		gone = false
		Expect(plane.InstallPolicy(ctx)).To(Succeed())
	}
}

// forged is an approval in alice's name that mallory creates while nothing keeps them from it.
func (w *world) forged(ctx SpecContext) {
	GinkgoHelper()
	Expect(as("mallory").Create(ctx, builder.Approval("alice").Name("forged").Namespace(w.namespace).Build())).To(Succeed())
}

var older = "; not counted: forged by alice (older than the proof that user names are authentic: approve again)"

var _ = Describe("Without the policy that makes user names authentic", func() {
	It("no approval counts from the start, nor afterwards what was created before", func(ctx SpecContext) {
		restore := withoutPolicy(ctx)
		restartOperator(plane.Config)
		w := asking(ctx, []v1alpha1.Gate{builder.Approvals(1, "alice")}, nil)
		w.asks(ctx, builder.Promotion(toProduction).Version("1"))
		w.forged(ctx)
		w.cannotCount(ctx, w.noPolicy())

		restore()
		w.waits(ctx, "1", "0 of 1 approvals; alice", older)
		w.says(ctx, builder.Approval("alice"))
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
	})

	It("no approval counts that is forged while the policy is away", func(ctx SpecContext) {
		w := asking(ctx, []v1alpha1.Gate{builder.Approvals(1, "alice")}, nil)
		w.asks(ctx, builder.Promotion(toProduction).Version("1"))
		w.waits(ctx, "1", "0 of 1 approvals; alice", "")
		restore := withoutPolicy(ctx)
		w.forged(ctx)
		w.cannotCount(ctx, w.noPolicy())

		restore()
		w.waits(ctx, "1", "0 of 1 approvals; alice", older)
		Expect(w.aliasWrites()).To(BeEmpty())
		w.says(ctx, builder.Approval("alice"))
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
	})

	It("no approval counts where it is bound to other namespaces, or to some objects only", func(ctx SpecContext) {
		w := asking(ctx, []v1alpha1.Gate{builder.Approvals(1)}, nil)
		binding := &admissionv1.ValidatingAdmissionPolicyBinding{ObjectMeta: metav1.ObjectMeta{Name: "authentic-users"}}
		limit := func(m *admissionv1.MatchResources) {
			edit(ctx, binding, func(b *admissionv1.ValidatingAdmissionPolicyBinding) { b.Spec.MatchResources = m })
		}
		DeferCleanup(func(ctx SpecContext) {
			Expect(plane.RemovePolicy(ctx)).To(Succeed())
			Expect(plane.InstallPolicy(ctx)).To(Succeed())
		})
		limit(&admissionv1.MatchResources{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"guarded": "yes"}}})
		Eventually(func() error {
			return as("mallory").Create(ctx, builder.Approval("alice").Namespace(w.namespace).Build(), client.DryRunAll)
		}).WithContext(ctx).Should(Succeed())
		w.asks(ctx, builder.Promotion(toProduction).Version("1"))
		w.cannotCount(ctx, w.noPolicy())

		limit(&admissionv1.MatchResources{ObjectSelector: &metav1.LabelSelector{
			MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "trusted", Operator: metav1.LabelSelectorOpDoesNotExist}},
		}})
		w.cannotCount(ctx, "ValidatingAdmissionPolicy authentic-users with binding authentic-users refuses a false name in namespace "+
			w.namespace+", but is not the policy that is shipped: the binding leaves objects out; apply config/policy")

		By("binding it as it was, after an approval was forged that nobody looked at")
		forgery := builder.Approval("alice").Name("forged").Namespace(w.namespace).Build()
		forgery.Labels = map[string]string{"trusted": "yes"}
		Expect(as("mallory").Create(ctx, forgery)).To(Succeed())
		limit(nil)
		w.cannotCount(ctx, "ValidatingAdmissionPolicy authentic-users with binding authentic-users refuses a false name in namespace "+
			w.namespace+", but is not the policy that is shipped: the binding was edited since it was created, "+
			"which hides since when it says so: delete it first; apply config/policy")
		Expect(plane.RemovePolicy(ctx)).To(Succeed())
		Expect(plane.InstallPolicy(ctx)).To(Succeed())
		w.waits(ctx, "1", "0 of 1 approvals; "+w.anybody(), older)
	})

	It("a stage is still put right that another hand moved", func(ctx SpecContext) {
		w := asking(ctx, []v1alpha1.Gate{builder.Approvals(1)}, nil, nil)
		w.asks(ctx, builder.Promotion(toProduction).Version("1"))
		w.says(ctx, builder.Approval("alice"))
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		withoutPolicy(ctx)
		Expect(w.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		w.poll()
		w.records(ctx, toProduction, "DriftReverted 1 after 2", "Promoted 1 after none")
		p := shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		Expect(p.Status.Gates).To(ContainElement(HaveField("Message",
			"version 1 is recorded as the holder of stage production, so it need not be approved again (gate sign-off)")))
	})
})
