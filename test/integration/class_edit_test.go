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
		w := governed(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.95"})
		w.apply(ctx, builder.RegisteredModel("topics").Class(w.namespace).Tag("team", "research"))
		shows(ctx, w.model("topics"), synced("topics")...)
		before := w.read(ctx)
		w.mlflow.Reset()

		edit(ctx, w.class(), func(c *v1alpha1.ModelClass) { c.Spec.Tags[0].Values = []string{"search", "research"} })
		why := `tags.team: "nlp" is not allowed by class ` + w.namespace + ": search or research"
		m := shows(ctx, w.model(modelName), unsynced("Stalled", "MetadataInvalid", why)...)
		shows(ctx, w.promotion(toProduction), modelNotReady(why)...)
		shows(ctx, w.model("topics"), synced("topics")...)

		By("asking for a version meanwhile, and moving the alias by hand")
		w.promote(ctx, toProduction, "2")
		shows(ctx, w.promotion(toProduction), modelNotReady(why)...)
		Expect(w.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		w.poll()
		lookNow(ctx, m)
		m = shows(ctx, w.model(modelName), unsynced("Stalled", "MetadataInvalid", why)...)
		w.wroteNothing()
		Expect(m.Status.Stages).To(Equal(before.Status.Stages))
		Expect(m.Status.ManagedTags).To(Equal(before.Status.ManagedTags))
		Expect(w.mlflow.Model(modelName).Tags).To(HaveKeyWithValue("team", "nlp"))
		Expect(history(w.readPromotion(ctx))).To(Equal([]string{"Promoted 1 after none"}))

		By("mending the model")
		edit(ctx, m, func(m *v1alpha1.RegisteredModel) { m.Spec.Tags["team"] = "search" })
		shows(ctx, w.model(modelName), synced(modelName)...)
		shows(ctx, w.promotion(toProduction), verdict{version: "2"}.holds()...)
		Expect(w.mlflow.Model(modelName).Tags).To(HaveKeyWithValue("team", "search"))
	})

	It("mends the models that did not meet it", func(ctx SpecContext) {
		w := connected(ctx)
		w.declare(ctx, w.standard())
		w.apply(ctx, w.classified().Tag("team", "vision"))
		shows(ctx, w.model(modelName), unsynced("Stalled", "MetadataInvalid", w.notAllowed("vision"))...)
		w.wroteNothing()
		edit(ctx, w.class(), func(c *v1alpha1.ModelClass) { c.Spec.Tags[0].Values = append(c.Spec.Tags[0].Values, "vision") })
		shows(ctx, w.model(modelName), synced(modelName)...)
	})

	It("that tightens a gate demotes nothing, and counts for the next version", func(ctx SpecContext) {
		w := governed(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"})
		w.tighten(ctx, "0.95")
		w.promote(ctx, toProduction, "2")
		shows(ctx, w.promotion(toProduction), w.tooLow()...)

		By("loosening it again")
		w.tighten(ctx, "0.85")
		shows(ctx, w.promotion(toProduction), verdict{version: "2"}.holds()...)
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
	})

	It("counts for a version whose gates are being evaluated", func(ctx SpecContext) {
		w := governed(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"})
		gate := w.evaluating(ctx)
		w.tighten(ctx, "0.95")
		gate.Open()
		shows(ctx, w.promotion(toProduction), w.tooLow()...)
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1"}))
	})

	It("that deletes it while gates are evaluated lets nothing through", func(ctx SpecContext) {
		w := governed(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"})
		gate := w.evaluating(ctx)
		Expect(plane.Client.Delete(ctx, w.class())).To(Succeed())
		gate.Open()
		shows(ctx, w.promotion(toProduction), modelNotReady(w.noClass())...)
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1"}))
	})

	It("that no model can be held to stops its models, and says what is wrong", func(ctx SpecContext) {
		w := governed(ctx, metrics{"accuracy": "0.9"})
		w.mlflow.Reset()
		edit(ctx, w.class(), func(c *v1alpha1.ModelClass) {
			c.Spec.Tags = append(c.Spec.Tags, v1alpha1.TagRule{Key: "domain", Pattern: "(news"})
		})
		wrong := `tags.domain.pattern: "(news" is no regular expression: missing closing )`
		shows(ctx, w.class(), "Ready=False ClassInvalid: "+wrong, "Stalled=True ClassInvalid: "+wrong)
		why := "ModelClass " + w.namespace + " can't be carried out, change it: " + wrong
		shows(ctx, w.model(modelName), unsynced("Reconciling", "ClassInvalid", why)...)
		shows(ctx, w.promotion(toProduction), modelNotReady(why)...)

		edit(ctx, w.class(), func(c *v1alpha1.ModelClass) { c.Spec.Tags[1].Pattern = "(news)" })
		shows(ctx, w.class(), accepted()...)
		shows(ctx, w.model(modelName), synced(modelName)...)
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		w.wroteNothing()
	})
})

// tighten edits the threshold of the class's gate, and waits until the operator knows.
func (w *world) tighten(ctx SpecContext, threshold v1alpha1.Decimal) {
	GinkgoHelper()
	edit(ctx, w.class(), func(c *v1alpha1.ModelClass) { c.Spec.Stages[0].Gates[0].Metric.Threshold = threshold })
}

// tooLow are the conditions of version 2 under the tightened class.
func (w *world) tooLow() []string {
	return verdict{
		version: "2", reason: "GateFailed", keeps: "version 1",
		because: w.about("2", "accuracy 0.91 is not greater than 0.95 (gate accuracy, run RUN)"),
	}.stalled()
}

// readPromotion is the promotion of the story as it is now.
func (w *world) readPromotion(ctx SpecContext) *v1alpha1.ModelPromotion {
	GinkgoHelper()
	p := w.promotion(toProduction)
	Expect(plane.Client.Get(ctx, key(p), p)).To(Succeed())
	return p
}
