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

// clientAs returns a client that impersonates a user.
func clientAs(user string) client.Client {
	GinkgoHelper()
	config := rest.CopyConfig(controlPlane.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: []string{"system:masters"}}
	c, err := client.New(config, client.Options{Scheme: controlPlane.Client.Scheme()})
	Expect(err).NotTo(HaveOccurred())
	return c
}

// waitForPolicy waits until a new approval counts: the operator requires it to be more than 10 s
// younger than the policy, and younger than the version that it approves.
func waitForPolicy(ctx SpecContext) {
	GinkgoHelper()
	var policy admissionv1.ValidatingAdmissionPolicy
	Expect(controlPlane.Client.Get(ctx, client.ObjectKey{Name: "authentic-users"}, &policy)).To(Succeed())
	effective := policy.CreationTimestamp.Add(11 * time.Second)
	if now := time.Now(); now.After(effective) {
		effective = now
	}
	Eventually(func() time.Time { return time.Now().Truncate(time.Second) }).WithContext(ctx).Should(BeTemporally(">", effective))
}

var _ = Describe("A version that needs an approval", func() {
	It("is promoted after an approval by the approver, and not after a forged one", func(ctx SpecContext) {
		const model = "approved"
		e := newEnv(ctx, openServer)
		Expect(e.user.CreateModel(ctx, model, nil)).To(Succeed())
		e.trainVersion(ctx, model, "0.9")
		e.createObject(ctx, e.newConnection().Build())
		stage := builder.Stage("production").Alias("champion").
			Gates(builder.GreaterThanGate("accuracy", "0.85"), builder.ApprovalGate(1, "alice"))
		e.createObject(ctx, builder.RegisteredModel(model).Stages(stage).Build())
		e.createObject(ctx, builder.Promotion(model).Model(model).Version("1").Build())
		pending := e.waitForPromotion(ctx, model, v1alpha1.ReasonWaitingForApproval)
		waitForPolicy(ctx)

		approval := builder.Approval("alice").Namespace(e.namespace).Promotion(model).EvidenceDigest(pending.Status.EvidenceDigest).Build()
		err := clientAs("mallory").Create(ctx, approval.DeepCopy())
		Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%v", err)
		Expect(clientAs("alice").Create(ctx, approval)).To(Succeed())
		p := e.waitForPromotion(ctx, model, v1alpha1.ReasonPromoted)
		Expect(p.Status.History[0].Approvers).To(Equal([]v1alpha1.UserName{"alice"}))
		Expect(e.getModel(ctx, model).Aliases).To(HaveKeyWithValue("champion", "1"))
		Expect(e.getEvidence(ctx, model, "1")).To(ContainSubstring(`"approvers":["alice"]`))
	})
})
