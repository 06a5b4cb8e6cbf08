// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	eventsv1 "k8s.io/api/events/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("A gated model on a real MLflow", func() {
	It("has versions promoted, blocked and rolled back, and drift reverted", func(ctx SpecContext) {
		const name = "life"
		e := newEnv(ctx, openServer)
		Expect(e.user.CreateModel(ctx, name, map[string]string{"foreign": "tag"})).To(Succeed())
		for _, accuracy := range []string{"0.9", "0.8", "0.95"} {
			e.trainVersion(ctx, name, accuracy)
		}
		e.createObject(ctx, e.newConnection().PollInterval("1s").Build())
		e.createObject(ctx, newGatedModel(name).Build())

		By("promoting a version that passes")
		e.createObject(ctx, builder.Promotion("life").Model(name).Version("1").Build())
		e.waitForPromotion(ctx, "life", v1alpha1.ReasonPromoted)
		Expect(e.getModel(ctx, name).Aliases).To(Equal(map[string]string{"champion": "1"}))

		By("blocking a version that does not pass")
		e.setVersion(ctx, "life", "2")
		p := e.waitForPromotion(ctx, "life", v1alpha1.ReasonGateFailed)
		Expect(readyCondition(p).Message).To(HavePrefix(
			"version 2 is not promoted to stage production, which version 1 holds: accuracy 0.8 is not greater than 0.85 (gate accuracy, run "))
		Expect(e.getModel(ctx, name).Aliases).To(Equal(map[string]string{"champion": "1"}))
		Expect(e.getEvidence(ctx, name, "2")).To(BeEmpty())

		By("promoting one that beats the champion")
		e.setVersion(ctx, "life", "3")
		e.waitForPromotion(ctx, "life", v1alpha1.ReasonPromoted)
		Expect(e.getEvidence(ctx, name, "3")).To(ContainSubstring(`"observed":"0.95, baseline 0.9 of version 1"`))

		By("rolling back with an edit of one field")
		e.setVersion(ctx, "life", "1")
		e.waitForPromotion(ctx, "life", v1alpha1.ReasonRolledBack)

		By("reverting an external change of the alias")
		Expect(e.user.SetAlias(ctx, name, "champion", "2")).To(Succeed())
		Eventually(e.listEventNotes).WithContext(ctx).WithArguments("DriftReverted").
			Should(Equal([]string{"alias champion of model life moved from version 2 to 1"}))

		p = e.waitForPromotion(ctx, "life", v1alpha1.ReasonPromoted)
		Expect(historyReasons(p)).To(Equal([]string{"DriftReverted 1", "RolledBack 1", "Promoted 3", "Promoted 1"}))
		model := e.getModel(ctx, name)
		Expect(model.Aliases).To(Equal(map[string]string{"champion": "1"}))
		Expect(model.LatestInStage("Production").Version).To(Equal("1"))
		Expect(model.Tags).To(HaveKeyWithValue("foreign", "tag"))
	})
})

// listEventNotes returns the notes of the events in the namespace with a reason.
func (e *env) listEventNotes(ctx SpecContext, reason string) []string {
	GinkgoHelper()
	var list eventsv1.EventList
	Expect(controlPlane.Client.List(ctx, &list, client.InNamespace(e.namespace))).To(Succeed())
	var notes []string
	for i := range list.Items {
		if list.Items[i].Reason == reason {
			notes = append(notes, list.Items[i].Note)
		}
	}
	return notes
}
