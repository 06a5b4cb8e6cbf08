// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("An edit of a class", func() {
	It("reaches all its models, and one that no longer meets it keeps what it has", func(ctx SpecContext) {
		w := newClassEnv(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.95"})
		w.createObject(ctx, builder.RegisteredModel("topics").Class(w.namespace).Tag("team", "research"))
		waitForConditions(ctx, w.modelObject("topics"), syncedConditions("topics")...)
		before := w.getModel(ctx)
		w.mlflow.ResetCalls()

		editObject(ctx, w.classObject(), func(c *v1alpha1.ModelClass) { c.Spec.Tags[0].Values = []string{"search", "research"} })
		why := `tags.team: "nlp" is not allowed by class ` + w.namespace + ": search or research"
		m := waitForConditions(ctx, w.modelObject(modelName), unsyncedConditions("Stalled", "InvalidSpec", why)...)
		waitForConditions(ctx, w.promotionObject(toProduction), modelNotReadyConditions(why)...)
		waitForConditions(ctx, w.modelObject("topics"), syncedConditions("topics")...)

		By("asking for a version meanwhile, and moving the alias by hand")
		w.setVersion(ctx, toProduction, "2")
		waitForConditions(ctx, w.promotionObject(toProduction), modelNotReadyConditions(why)...)
		Expect(w.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		w.pollNow()
		requestReconcile(ctx, m)
		m = waitForConditions(ctx, w.modelObject(modelName), unsyncedConditions("Stalled", "InvalidSpec", why)...)
		w.expectNoWrites()
		Expect(m.Status.Stages).To(Equal(before.Status.Stages))
		Expect(m.Status.ManagedTags).To(Equal(before.Status.ManagedTags))
		Expect(w.mlflow.Model(modelName).Tags).To(HaveKeyWithValue("team", "nlp"))
		Expect(historyEntries(w.getPromotion(ctx))).To(Equal([]string{"Promoted 1 after none"}))

		By("mending the model")
		editObject(ctx, m, func(m *v1alpha1.RegisteredModel) { m.Spec.Tags["team"] = "search" })
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "2"}.promotedConditions()...)
		Expect(w.mlflow.Model(modelName).Tags).To(HaveKeyWithValue("team", "search"))
	})

	It("mends the models that did not meet it", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		w.createClass(ctx, w.newClass())
		w.createObject(ctx, w.newClassifiedModel().Tag("team", "vision"))
		waitForConditions(ctx, w.modelObject(modelName), unsyncedConditions("Stalled", "InvalidSpec", w.teamNotAllowedMessage("vision"))...)
		w.expectNoWrites()
		editObject(ctx, w.classObject(), func(c *v1alpha1.ModelClass) { c.Spec.Tags[0].Values = append(c.Spec.Tags[0].Values, "vision") })
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
	})

	It("that tightens a gate demotes nothing, and counts for the next version", func(ctx SpecContext) {
		w := newClassEnv(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"})
		w.tightenClass(ctx, "0.95")
		w.setVersion(ctx, toProduction, "2")
		waitForConditions(ctx, w.promotionObject(toProduction), w.tooLowConditions()...)

		By("loosening it again")
		w.tightenClass(ctx, "0.85")
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "2"}.promotedConditions()...)
		Expect(w.listAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
	})

	It("counts for a version whose gates are being evaluated", func(ctx SpecContext) {
		w := newClassEnv(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"})
		gate := w.blockEvaluation(ctx)
		w.tightenClass(ctx, "0.95")
		gate.Release()
		waitForConditions(ctx, w.promotionObject(toProduction), w.tooLowConditions()...)
		Expect(w.listAliasWrites()).To(Equal([]string{"champion=1"}))
	})

	It("that deletes it while gates are evaluated lets nothing through", func(ctx SpecContext) {
		w := newClassEnv(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"})
		gate := w.blockEvaluation(ctx)
		Expect(controlPlane.Client.Delete(ctx, w.classObject())).To(Succeed())
		gate.Release()
		waitForConditions(ctx, w.promotionObject(toProduction), modelNotReadyConditions(w.noClassMessage())...)
		Expect(w.listAliasWrites()).To(Equal([]string{"champion=1"}))
	})

	It("that no model can be held to stops its models, and says what is wrong", func(ctx SpecContext) {
		w := newClassEnv(ctx, metrics{"accuracy": "0.9"})
		w.mlflow.ResetCalls()
		editObject(ctx, w.classObject(), func(c *v1alpha1.ModelClass) {
			c.Spec.Tags = append(c.Spec.Tags, v1alpha1.TagRule{Key: "domain", Pattern: "(news"})
		})
		wrong := `tags.domain.pattern: "(news" is not a valid regular expression: missing closing )`
		waitForConditions(ctx, w.classObject(), "Ready=False InvalidSpec: "+wrong, "Stalled=True InvalidSpec: "+wrong)
		why := "ModelClass " + w.namespace + " can't be carried out, change it: " + wrong
		waitForConditions(ctx, w.modelObject(modelName), unsyncedConditions("Reconciling", "InvalidSpec", why)...)
		waitForConditions(ctx, w.promotionObject(toProduction), modelNotReadyConditions(why)...)

		editObject(ctx, w.classObject(), func(c *v1alpha1.ModelClass) { c.Spec.Tags[1].Pattern = "(news)" })
		waitForConditions(ctx, w.classObject(), acceptedConditions()...)
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		w.expectNoWrites()
	})
})

// tightenClass edits the threshold of the class's gate, and waits until the operator knows.
func (w *env) tightenClass(ctx SpecContext, threshold v1alpha1.Decimal) {
	GinkgoHelper()
	editObject(ctx, w.classObject(), func(c *v1alpha1.ModelClass) { c.Spec.Stages[0].Gates[0].Metric.Threshold = threshold })
}

// tooLowConditions are the conditions of version 2 under the tightened class.
func (w *env) tooLowConditions() []string {
	return expectation{
		version: "2", reason: "GateFailed", currentVersion: "version 1",
		cause: w.fillPlaceholders("2", "accuracy 0.91 is not greater than 0.95 (gate accuracy, run RUN)"),
	}.stalledConditions()
}

// getPromotion is the promotion of the story as it is now.
func (w *env) getPromotion(ctx SpecContext) *v1alpha1.ModelPromotion {
	GinkgoHelper()
	p := w.promotionObject(toProduction)
	Expect(controlPlane.Client.Get(ctx, keyOf(p), p)).To(Succeed())
	return p
}
