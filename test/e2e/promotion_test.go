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

var _ = Describe("A model's life on a real MLflow", func() {
	It("is promoted, blocked, promoted, rolled back, and put back", func(ctx SpecContext) {
		const name = "life"
		w := newEnv(ctx, openServer)
		Expect(w.user.CreateModel(ctx, name, map[string]string{"foreign": "tag"})).To(Succeed())
		for _, accuracy := range []string{"0.9", "0.8", "0.95"} {
			w.trainVersion(ctx, name, accuracy)
		}
		w.createObject(ctx, w.newConnection().PollInterval("1s").Build())
		w.createObject(ctx, newGatedModel(name).Build())

		By("promoting a version that passes")
		w.createObject(ctx, builder.Promotion("life").Model(name).Version("1").Build())
		w.waitForPromotion(ctx, "life", v1alpha1.ReasonPromoted)
		Expect(w.getModel(ctx, name).Aliases).To(Equal(map[string]string{"champion": "1"}))

		By("blocking one that does not")
		w.setVersion(ctx, "life", "2")
		p := w.waitForPromotion(ctx, "life", v1alpha1.ReasonGateFailed)
		Expect(readyCondition(p).Message).To(HavePrefix(
			"version 2 does not take stage production, which version 1 holds: accuracy 0.8 is not greater than 0.85 (gate accuracy, run "))
		Expect(w.getModel(ctx, name).Aliases).To(Equal(map[string]string{"champion": "1"}))
		Expect(w.getEvidence(ctx, name, "2")).To(BeEmpty())

		By("promoting one that beats the champion")
		w.setVersion(ctx, "life", "3")
		w.waitForPromotion(ctx, "life", v1alpha1.ReasonPromoted)
		Expect(w.getEvidence(ctx, name, "3")).To(ContainSubstring(`"observed":"0.95 against 0.9 of version 1"`))

		By("rolling back by the edit of one field")
		w.setVersion(ctx, "life", "1")
		w.waitForPromotion(ctx, "life", v1alpha1.ReasonRolledBack)

		By("putting an alias back that another hand moved")
		Expect(w.user.SetAlias(ctx, name, "champion", "2")).To(Succeed())
		Eventually(w.listEventNotes).WithContext(ctx).WithArguments("DriftReverted").
			Should(Equal([]string{"alias champion of model life moved from version 2 to 1"}))

		p = w.waitForPromotion(ctx, "life", v1alpha1.ReasonPromoted)
		Expect(historyReasons(p)).To(Equal([]string{"DriftReverted 1", "RolledBack 1", "Promoted 3", "Promoted 1"}))
		model := w.getModel(ctx, name)
		Expect(model.Aliases).To(Equal(map[string]string{"champion": "1"}))
		Expect(model.LatestInStage("Production").Version).To(Equal("1"))
		Expect(model.Tags).To(HaveKeyWithValue("foreign", "tag"))
	})
})

// listEventNotes are the sentences of the events of the story that have a reason.
func (w *env) listEventNotes(ctx SpecContext, reason string) []string {
	GinkgoHelper()
	var list eventsv1.EventList
	Expect(controlPlane.Client.List(ctx, &list, client.InNamespace(w.namespace))).To(Succeed())
	var notes []string
	for i := range list.Items {
		if list.Items[i].Reason == reason {
			notes = append(notes, list.Items[i].Note)
		}
	}
	return notes
}
