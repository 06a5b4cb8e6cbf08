// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// clientAs is what a person does.
func clientAs(user string) client.Client {
	GinkgoHelper()
	config := rest.CopyConfig(controlPlane.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: []string{"system:masters"}}
	c, err := client.New(config, client.Options{Scheme: controlPlane.Client.Scheme()})
	Expect(err).NotTo(HaveOccurred())
	return c
}

// waitForPolicy waits until approvals are younger than the policy by as much as the operator
// wants, and than what was registered until now.
func waitForPolicy(ctx SpecContext) {
	GinkgoHelper()
	var policy admissionv1.ValidatingAdmissionPolicy
	Expect(controlPlane.Client.Get(ctx, client.ObjectKey{Name: "authentic-users"}, &policy)).To(Succeed())
	counts := policy.CreationTimestamp.Add(11 * time.Second)
	if now := time.Now(); now.After(counts) {
		counts = now
	}
	Eventually(func() time.Time { return time.Now().Truncate(time.Second) }).WithContext(ctx).Should(BeTemporally(">", counts))
}

var _ = Describe("A version that people have to approve", func() {
	It("is promoted when somebody did, and not when somebody says so for them", func(ctx SpecContext) {
		const model = "approved"
		w := newEnv(ctx, openServer)
		Expect(w.user.CreateModel(ctx, model, nil)).To(Succeed())
		w.trainVersion(ctx, model, "0.9")
		w.createObject(ctx, w.newConnection().Build())
		stage := builder.Stage("production").Alias("champion").Gates(builder.GreaterThanGate("accuracy", "0.85"), builder.ApprovalGate(1, "alice"))
		w.createObject(ctx, builder.RegisteredModel(model).Stages(stage).Build())
		w.createObject(ctx, builder.Promotion(model).Model(model).Version("1").Build())
		waiting := w.waitForPromotion(ctx, model, v1alpha1.ReasonWaitingForApproval)
		waitForPolicy(ctx)

		yes := builder.Approval("alice").Namespace(w.namespace).Promotion(model).EvidenceDigest(waiting.Status.EvidenceDigest).Build()
		err := clientAs("mallory").Create(ctx, yes.DeepCopy())
		Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%v", err)
		Expect(clientAs("alice").Create(ctx, yes)).To(Succeed())
		p := w.waitForPromotion(ctx, model, v1alpha1.ReasonPromoted)
		Expect(p.Status.History[0].Approvers).To(Equal([]v1alpha1.UserName{"alice"}))
		Expect(w.getModel(ctx, model).Aliases).To(HaveKeyWithValue("champion", "1"))
		Expect(w.getEvidence(ctx, model, "1")).To(ContainSubstring(`"approvers":["alice"]`))
	})
})
