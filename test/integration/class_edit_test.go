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
		e := newClassEnv(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.95"})
		e.createObject(ctx, builder.RegisteredModel("topics").Class(e.namespace).Tag("team", "research"))
		waitForConditions(ctx, e.modelObject("topics"), syncedConditions("topics")...)
		before := e.getModel(ctx)
		e.mlflow.ResetCalls()

		editObject(ctx, e.classObject(), func(c *v1alpha1.ModelClass) { c.Spec.Tags[0].Values = []string{"search", "research"} })
		why := `tags.team: "nlp" is not allowed by class ` + e.namespace + ": search or research"
		m := waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "InvalidSpec", why)...)
		waitForConditions(ctx, e.promotionObject(toProduction), modelNotReadyConditions(why)...)
		waitForConditions(ctx, e.modelObject("topics"), syncedConditions("topics")...)

		By("asking for a version meanwhile, and moving the alias by hand")
		e.setVersion(ctx, toProduction, "2")
		waitForConditions(ctx, e.promotionObject(toProduction), modelNotReadyConditions(why)...)
		Expect(e.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		e.pollNow()
		requestReconcile(ctx, m)
		m = waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "InvalidSpec", why)...)
		e.expectNoWrites()
		Expect(m.Status.Stages).To(Equal(before.Status.Stages))
		Expect(m.Status.ManagedTags).To(Equal(before.Status.ManagedTags))
		Expect(e.mlflow.Model(modelName).Tags).To(HaveKeyWithValue("team", "nlp"))
		Expect(listHistory(e.getPromotion(ctx))).To(Equal([]string{"Promoted 1 after none"}))

		By("mending the model")
		editObject(ctx, m, func(m *v1alpha1.RegisteredModel) { m.Spec.Tags["team"] = "search" })
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "2"}.promotedConditions()...)
		Expect(e.mlflow.Model(modelName).Tags).To(HaveKeyWithValue("team", "search"))
	})

	It("mends the models that did not meet it", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createClass(ctx, e.newClass())
		e.createObject(ctx, e.newClassifiedModel().Tag("team", "vision"))
		waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "InvalidSpec", e.teamNotAllowedMessage("vision"))...)
		e.expectNoWrites()
		editObject(ctx, e.classObject(), func(c *v1alpha1.ModelClass) { c.Spec.Tags[0].Values = append(c.Spec.Tags[0].Values, "vision") })
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
	})

	It("that tightens a gate demotes nothing, and counts for the next version", func(ctx SpecContext) {
		e := newClassEnv(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"})
		e.raiseClassThreshold(ctx, "0.95")
		e.setVersion(ctx, toProduction, "2")
		waitForConditions(ctx, e.promotionObject(toProduction), e.thresholdFailedConditions()...)

		By("loosening it again")
		e.raiseClassThreshold(ctx, "0.85")
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "2"}.promotedConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
	})

	It("counts for a version whose gates are being evaluated", func(ctx SpecContext) {
		e := newClassEnv(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"})
		gate := e.blockEvaluation(ctx)
		e.raiseClassThreshold(ctx, "0.95")
		gate.Release()
		waitForConditions(ctx, e.promotionObject(toProduction), e.thresholdFailedConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1"}))
	})

	It("that deletes it while gates are evaluated lets nothing through", func(ctx SpecContext) {
		e := newClassEnv(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"})
		gate := e.blockEvaluation(ctx)
		Expect(controlPlane.Client.Delete(ctx, e.classObject())).To(Succeed())
		gate.Release()
		waitForConditions(ctx, e.promotionObject(toProduction), modelNotReadyConditions(e.noClassMessage())...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1"}))
	})

	It("that no model can be held to stops its models, and says what is wrong", func(ctx SpecContext) {
		e := newClassEnv(ctx, metrics{"accuracy": "0.9"})
		e.mlflow.ResetCalls()
		editObject(ctx, e.classObject(), func(c *v1alpha1.ModelClass) {
			c.Spec.Tags = append(c.Spec.Tags, v1alpha1.TagRule{Key: "domain", Pattern: "(news"})
		})
		wrong := `tags.domain.pattern: "(news" is not a valid regular expression: missing closing )`
		waitForConditions(ctx, e.classObject(), "Ready=False InvalidSpec: "+wrong, "Stalled=True InvalidSpec: "+wrong)
		why := "ModelClass " + e.namespace + " can't be carried out, change it: " + wrong
		waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Reconciling", "InvalidSpec", why)...)
		waitForConditions(ctx, e.promotionObject(toProduction), modelNotReadyConditions(why)...)

		editObject(ctx, e.classObject(), func(c *v1alpha1.ModelClass) { c.Spec.Tags[1].Pattern = "(news)" })
		waitForConditions(ctx, e.classObject(), acceptedConditions()...)
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		e.expectNoWrites()
	})
})

// tightenClass edits the threshold of the class's gate, and waits until the operator knows.
func (e *env) raiseClassThreshold(ctx SpecContext, threshold v1alpha1.Decimal) {
	GinkgoHelper()
	editObject(ctx, e.classObject(), func(c *v1alpha1.ModelClass) { c.Spec.Stages[0].Gates[0].Metric.Threshold = threshold })
}

// tooLowConditions are the conditions of version 2 under the tightened class.
func (e *env) thresholdFailedConditions() []string {
	return expectation{
		version: "2", reason: "GateFailed", currentVersion: "version 1",
		detail: e.fillPlaceholders("2", "accuracy 0.91 is not greater than 0.95 (gate accuracy, run RUN)"),
	}.stalledConditions()
}
