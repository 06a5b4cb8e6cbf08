// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("A model with a class", func() {
	It("has the stages of the class, and its gates guard them", func(ctx SpecContext) {
		w := governed(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.8"})
		shows(ctx, w.class(), accepted()...)
		m := shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(m.Spec.Stages).To(BeEmpty())
		var named v1alpha1.RegisteredModelList
		Expect(plane.Client.List(ctx, &named, client.MatchingFields{"spec.className": w.namespace})).To(Succeed())
		Expect(named.Items).To(ConsistOf(HaveField("Name", modelName)))
		p := shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		Expect(origins(p)).To(HaveKeyWithValue("accuracy", v1alpha1.GateOriginClass))

		w.promote(ctx, toProduction, "2")
		shows(ctx, w.promotion(toProduction), verdict{
			version: "2", reason: "GateFailed", keeps: "version 1",
			because: w.about("2", "accuracy 0.8 is not greater than 0.85 (gate accuracy, run RUN)"),
		}.stalled()...)
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1"}))
	})

	It("lets a version tell which stages of the class it holds", func(ctx SpecContext) {
		w := governed(ctx, metrics{"accuracy": "0.9"})
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		w.apply(ctx, builder.ModelVersion(april).Adopts("1"))
		Eventually(func(g Gomega) {
			v := w.version(april)
			g.Expect(plane.Client.Get(ctx, key(v), v)).To(Succeed())
			g.Expect(v.Status.Stages).To(Equal([]v1alpha1.StageName{"production"}))
		}).WithContext(ctx).Should(Succeed())
	})

	It("adds tags, stages and gates of its own, and each gate tells whose it is", func(ctx SpecContext) {
		w := connected(ctx)
		w.declare(ctx, w.standard())
		w.registered(ctx, metrics{"accuracy": "0.9", "f1": "0.8", "recall": "0.7"})
		w.apply(ctx, w.classified().Tag("stars", "5").Stages(
			builder.Stage("staging"),
			builder.Stage("production").PromotesFrom("staging").Gates(builder.GreaterThan("f1", "0.7"))))
		w.apply(ctx, builder.Promotion(toProduction).Version("1").Gates(builder.GreaterThan("recall", "0.6")))
		shows(ctx, w.promotion(toProduction), verdict{
			version: "1", reason: "OutOfOrder", because: "version 1 was never promoted to staging: promote it there first",
		}.stalled()...)

		w.apply(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		p := shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		w.holdersAre(ctx, "staging=1 production=1")
		Expect(origins(p)).To(Equal(map[string]v1alpha1.GateOrigin{
			"version-ready": "BuiltIn", "promotes-from": "BuiltIn", "not-backward": "BuiltIn",
			"accuracy": "Class", "f1": "Stage", "recall": "Promotion",
		}))
		Expect(w.mlflow.Model(modelName).Tags).To(HaveKeyWithValue("stars", "5"))
	})

	It("weakens nothing: who tries is told per field, and nothing is written", func(ctx SpecContext) {
		w := connected(ctx)
		w.declare(ctx, w.standard().Metadata(v1alpha1.MetadataOwner))
		w.registered(ctx, metrics{"accuracy": "0.5"})
		w.apply(ctx, builder.RegisteredModel(modelName).Class(w.namespace).Tag("team", "vision").Stages(
			builder.Stage("fast").Alias("champion"),
			builder.Stage("production").Alias("live").Gates(builder.GreaterThan("accuracy", "0.1"))))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		w.apply(ctx, builder.Promotion("to-fast").Stage("fast").Version("1"))
		of := "class " + w.namespace
		why := "owner: required by " + of + "; " +
			"stages.fast.alias: champion is the alias of stage production of " + of + ": choose another; " +
			"stages.production.alias: live, but stage production of " + of + " has the alias champion: remove it here; " +
			"stages.production.gates.accuracy: " + of + " has a gate of this name, which can't be replaced: give this one another name; " +
			w.notAllowed("vision")
		shows(ctx, w.model(modelName), unsynced("Stalled", "MetadataInvalid", why)...)
		shows(ctx, w.promotion(toProduction), modelNotReady(why)...)
		shows(ctx, w.promotion("to-fast"), modelNotReady(why)...)
		w.wroteNothing()

		By("mending it")
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Spec.Owner, m.Spec.Tags, m.Spec.Stages = "nlp-team", map[string]v1alpha1.TagValue{"team": "nlp"}, nil
		})
		shows(ctx, w.model(modelName), synced(modelName)...)
		shows(ctx, w.promotion(toProduction), verdict{
			version: "1", reason: "GateFailed", because: w.about("1", "accuracy 0.5 is not greater than 0.85 (gate accuracy, run RUN)"),
		}.stalled()...)
		shows(ctx, w.promotion("to-fast"), unresolved("Stalled", "StageNotFound",
			"RegisteredModel sentiment has no stage fast: add it there, or delete this promotion")...)
		Expect(w.aliasWrites()).To(BeEmpty())
	})

	It("is told what is wrong while it is only observed, too", func(ctx SpecContext) {
		w := connected(ctx)
		w.declare(ctx, w.standard())
		w.apply(ctx, w.classified().Tag("team", "vision").Observe())
		m := shows(ctx, w.model(modelName), unsynced("Stalled", "MetadataInvalid", w.notAllowed("vision"))...)
		edit(ctx, m, func(m *v1alpha1.RegisteredModel) { m.Spec.Tags["team"] = "nlp" })
		shows(ctx, w.model(modelName), planned(1, "model")...)
		w.wroteNothing()
	})

	It("can't have a promotion with a gate of the class's name", func(ctx SpecContext) {
		w := connected(ctx)
		w.declare(ctx, w.standard())
		w.registered(ctx, metrics{"accuracy": "0.5"})
		w.apply(ctx, w.classified())
		w.apply(ctx, builder.Promotion(toProduction).Version("1").Gates(builder.GreaterThan("accuracy", "0.1")))
		shows(ctx, w.promotion(toProduction), unresolved("Stalled", "DuplicateGate",
			"two gates have the name accuracy: rename those of this promotion, which can't replace the stage's")...)
		Expect(w.aliasWrites()).To(BeEmpty())
	})
})

// origins are who demanded the gates that were asked last.
func origins(p *v1alpha1.ModelPromotion) map[string]v1alpha1.GateOrigin {
	all := map[string]v1alpha1.GateOrigin{}
	for i := range p.Status.Gates {
		all[p.Status.Gates[i].Name] = p.Status.Gates[i].Origin
	}
	return all
}
