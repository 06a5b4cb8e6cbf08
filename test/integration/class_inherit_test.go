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
		e := newClassEnv(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.8"})
		waitForConditions(ctx, e.classObject(), acceptedConditions()...)
		m := waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(m.Spec.Stages).To(BeEmpty())
		var named v1alpha1.RegisteredModelList
		Expect(controlPlane.Client.List(ctx, &named, client.MatchingFields{"spec.className": e.namespace})).To(Succeed())
		Expect(named.Items).To(ConsistOf(HaveField("Name", modelName)))
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(gateOrigins(p)).To(HaveKeyWithValue("accuracy", v1alpha1.GateOriginClass))

		e.setVersion(ctx, toProduction, "2")
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{
			version: "2", reason: "GateFailed", currentVersion: "version 1",
			detail: e.fillPlaceholders("2", "accuracy 0.8 is not greater than 0.85 (gate accuracy, run RUN)"),
		}.stalledConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1"}))
	})

	It("lets a version tell which stages of the class it holds", func(ctx SpecContext) {
		e := newClassEnv(ctx, metrics{"accuracy": "0.9"})
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		e.createObject(ctx, builder.ModelVersion(april).AdoptVersion("1"))
		Eventually(func(g Gomega) {
			v := e.versionObject(april)
			g.Expect(controlPlane.Client.Get(ctx, objectKey(v), v)).To(Succeed())
			g.Expect(v.Status.Stages).To(Equal([]v1alpha1.StageName{"production"}))
		}).WithContext(ctx).Should(Succeed())
	})

	It("adds tags, stages and gates of its own, and each gate tells whose it is", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createClass(ctx, e.newClass())
		e.registerModel(ctx, metrics{"accuracy": "0.9", "f1": "0.8", "recall": "0.7"})
		e.createObject(ctx, e.newClassifiedModel().Tag("stars", "5").Stages(
			builder.Stage("staging"),
			builder.Stage("production").PromotesFrom("staging").Gates(builder.GreaterThanGate("f1", "0.7"))))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1").Gates(builder.GreaterThanGate("recall", "0.6")))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{
			version: "1", reason: "PrerequisiteStageMissing", detail: "version 1 was never promoted to staging: promote it there first",
		}.stalledConditions()...)

		e.createObject(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		e.waitForStageSummary(ctx, "staging=1 production=1")
		Expect(gateOrigins(p)).To(Equal(map[string]v1alpha1.GateOrigin{
			"version-ready": "BuiltIn", "promotes-from": "BuiltIn", "not-backward": "BuiltIn",
			"accuracy": "Class", "f1": "Stage", "recall": "Promotion",
		}))
		Expect(e.mlflow.Model(modelName).Tags).To(HaveKeyWithValue("stars", "5"))
	})

	It("weakens nothing: who tries is told per field, and nothing is written", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createClass(ctx, e.newClass().RequireMetadata(v1alpha1.MetadataOwner))
		e.registerModel(ctx, metrics{"accuracy": "0.5"})
		e.createObject(ctx, builder.RegisteredModel(modelName).Class(e.namespace).Tag("team", "vision").Stages(
			builder.Stage("fast").Alias("champion"),
			builder.Stage("production").Alias("live").Gates(builder.GreaterThanGate("accuracy", "0.1"))))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		e.createObject(ctx, builder.Promotion("to-fast").Stage("fast").Version("1"))
		of := "class " + e.namespace
		why := "owner: required by " + of + "; " +
			"stages.fast.alias: champion is the alias of stage production of " + of + ": choose another; " +
			"stages.production.alias: live, but stage production of " + of + " has the alias champion: remove it here; " +
			"stages.production.gates.accuracy: " + of + " has a gate with this name, which a model can't replace: rename this gate; " +
			e.teamNotAllowedMessage("vision")
		waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "InvalidSpec", why)...)
		waitForConditions(ctx, e.promotionObject(toProduction), modelNotReadyConditions(why)...)
		waitForConditions(ctx, e.promotionObject("to-fast"), modelNotReadyConditions(why)...)
		e.expectNoWrites()

		By("mending it")
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Spec.Owner, m.Spec.Tags, m.Spec.Stages = "nlp-team", map[string]v1alpha1.TagValue{"team": "nlp"}, nil
		})
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{
			version: "1", reason: "GateFailed", detail: e.fillPlaceholders("1", "accuracy 0.5 is not greater than 0.85 (gate accuracy, run RUN)"),
		}.stalledConditions()...)
		waitForConditions(ctx, e.promotionObject("to-fast"), unresolvedConditions("Stalled", "ReferenceNotFound",
			"RegisteredModel sentiment has no stage fast: add it there, or delete this promotion")...)
		Expect(e.listAliasWrites()).To(BeEmpty())
	})

	It("is told what is wrong while it is only observed, too", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createClass(ctx, e.newClass())
		e.createObject(ctx, e.newClassifiedModel().Tag("team", "vision").ObserveOnly())
		m := waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "InvalidSpec", e.teamNotAllowedMessage("vision"))...)
		editObject(ctx, m, func(m *v1alpha1.RegisteredModel) { m.Spec.Tags["team"] = "nlp" })
		waitForConditions(ctx, e.modelObject(modelName), plannedConditions(1, "model")...)
		e.expectNoWrites()
	})

	It("can't have a promotion with a gate of the class's name", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createClass(ctx, e.newClass())
		e.registerModel(ctx, metrics{"accuracy": "0.5"})
		e.createObject(ctx, e.newClassifiedModel())
		e.createObject(ctx, builder.Promotion(toProduction).Version("1").Gates(builder.GreaterThanGate("accuracy", "0.1")))
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Stalled", "InvalidSpec",
			"two gates have the name accuracy: rename those of this promotion, which can't replace the stage's")...)
		Expect(e.listAliasWrites()).To(BeEmpty())
	})
})

// gateOrigins are who demanded the gates that were asked last.
func gateOrigins(p *v1alpha1.ModelPromotion) map[string]v1alpha1.GateOrigin {
	all := map[string]v1alpha1.GateOrigin{}
	for i := range p.Status.Gates {
		all[p.Status.Gates[i].Name] = p.Status.Gates[i].Origin
	}
	return all
}

// modelNotReadyConditions are the conditions of a promotion whose model waits or is stalled.
func modelNotReadyConditions(why string) []string {
	return unresolvedConditions("Reconciling", "ModelNotReady", "RegisteredModel "+modelName+" is not ready: "+why)
}

// newClassEnv is a world in which version 1 holds production as the class of its model has it.
func newClassEnv(ctx SpecContext, versions ...metrics) *env {
	GinkgoHelper()
	e := newConnectedEnv(ctx)
	e.createClass(ctx, e.newClass())
	e.registerModel(ctx, versions...)
	e.createObject(ctx, e.newClassifiedModel())
	e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
	waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
	e.waitForStageSummary(ctx, "production=1")
	return e
}

// noClassMessage is the sentence about a class that is not there.
func (e *env) noClassMessage() string {
	return "there is no ModelClass " + e.namespace + ": create it, or name another className"
}

// teamNotAllowedMessage is the sentence about a team that the standard does not know.
func (e *env) teamNotAllowedMessage(team string) string {
	return `tags.team: "` + team + `" is not allowed by class ` + e.namespace + ": nlp, search or research"
}
